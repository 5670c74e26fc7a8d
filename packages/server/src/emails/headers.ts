import { domainOf } from '../outbox/sender.ts'
import type { Letter } from './define.ts'

/** Names this service in Feedback-ID: 5 to 15 characters, the same in every email. */
const SERVICE = 'joystream'
const MAX_ID_LENGTH = 60

/**
 * Headers for mail programs and mailbox providers, by name.
 *
 * - `Auto-Submitted` (RFC 3834) and `X-Auto-Response-Suppress` (Exchange): no automatic answers. Bounces stay allowed.
 * - `List-Id` (RFC 2919): the group of kinds, for filters.
 * - `References` and `In-Reply-To` (RFC 5322): a root that nobody ever sent, the same for a whole conversation.
 * - `Feedback-ID`: Google reports complaints by its parts.
 */
export function headersOf({ kind, group, conversation }: Letter, emailSender: string): Record<string, string> {
  const domain = domainOf(emailSender)
  const list = group === null ? 'account' : idOf(group.toLowerCase())
  const root = conversation && `<${idOf(conversation.id)}@${domain}>`
  return {
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
    'Feedback-ID': `${kind}:${list}::${SERVICE}`,
    ...(group !== null && { 'List-Id': `Joystream DAO: ${group} <${list}.notifications.${domain}>` }),
    ...(root && { 'In-Reply-To': root, References: root }),
  }
}

/** One click in a mail program (RFC 8058): the provider sends a POST to the address. */
export const unsubscribing = (url: string): Record<string, string> => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

/** Ids are the query node's: no character of theirs may end a header. */
const idOf = (text: string) => text.replace(/[^\w-]+/g, '-').slice(0, MAX_ID_LENGTH)
