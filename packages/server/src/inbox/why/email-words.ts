import type { EmailFacts } from '../../outbox/email-facts.ts'
import { reasonForMember, reasonText } from '../../outbox/reasons.ts'
import { MAX_ATTEMPTS } from '../../outbox/retry-policy.ts'
import type { NotificationFacts } from './facts.ts'
import { timeText } from './times.ts'

export type Reader = 'member' | 'operator'

/** What became of an email. `why`: completes "not by email: ..."; `text`: in full sentences. */
export type EmailWords = { result: 'sent' | 'waits' | 'not sent'; why: string | null; text: string }

/** What became of the email about a notification. @param reader only the operator reads a provider's words, and addresses */
export function emailWords(notification: NotificationFacts, reader: Reader, now: Date): EmailWords {
  const { email, emailStatus, emailStatusReason, others } = notification
  if (email) {
    const words = wordsOfEmail(email, reader, now)
    if (email.type !== 'digest') return words
    const together = others ? `, with ${others} other ${others === 1 ? 'notification' : 'notifications'}` : ''
    const text = `${words.text} It is a digest${together}.`
    return { ...words, text }
  }
  if (emailStatus === 'SENT') return { result: 'sent', why: null, text: 'It was sent by the replaced backend.' }
  const why = emailStatus === null ? reasonText('EMAIL_DELETED') : reasonIn(emailStatusReason, reader)
  return { result: 'not sent', why, text: `No email: ${why ?? NO_REASON}.` }
}

/** @param now for what waits */
export function wordsOfEmail(email: EmailFacts, reader: Reader, now: Date): EmailWords {
  const { status, reason, failureCode, updatedAt, reported } = email
  const why = reasonIn(status !== 'IGNORED' && reader === 'member' ? (failureCode ?? reason) : reason, reader)
  switch (status) {
    case 'SENT': {
      const undone = reported === 'bounced' || reported === 'dropped' ? REPORTS[reported] : undefined
      return { result: undone ? 'not sent' : 'sent', why: undone ?? null, text: sent(email, reader) }
    }
    case 'PENDING':
      return { result: 'waits', why, text: waiting(email, why, now) }
    case 'FAILED': {
      const tried = attempts(email.attempts)
      return {
        result: 'not sent',
        why,
        text: `Given up at ${timeText(updatedAt)}, after ${tried}: ${why ?? NO_REASON}.`,
      }
    }
    default:
      return { result: 'not sent', why, text: `Not sent: ${why ?? NO_REASON} (decided at ${timeText(updatedAt)}).` }
  }
}

const NO_REASON = 'the reason was not recorded'

/** What the provider reported later, if anything. */
export function reportWords({ reported, reportedAt, reportedReason }: EmailFacts, reader: Reader): string | null {
  if (!reported) return null
  const at = reportedAt ? ` at ${timeText(reportedAt)}` : ''
  const detail = reader === 'operator' && reportedReason ? `: ${reportedReason}` : ''
  return `The email provider reported${at}: ${REPORTS[reported] ?? 'something that this version does not know'}${detail}.`
}

const REPORTS: Record<string, string> = {
  delivered: 'delivered to the mailbox',
  deferred: 'the mailbox does not accept it yet, and the provider tries again',
  bounced: 'the mailbox refused it',
  dropped: 'the provider did not try to deliver it',
  complained: 'it was marked as spam',
}

const reasonIn = (stored: string | null, reader: Reader): string | null =>
  stored === null ? null : reader === 'member' ? reasonForMember(stored) : reasonText(stored)

const attempts = (count: number) => `${count} ${count === 1 ? 'attempt' : 'attempts'}`

function sent(
  { sentAt, updatedAt, attempts: count, address, provider, messageId }: EmailFacts,
  reader: Reader,
): string {
  const which = count > 1 ? `, on attempt ${count}` : ''
  if (reader === 'member') return `The email provider accepted it at ${timeText(sentAt ?? updatedAt)}${which}.`
  const to = address ? ` to ${address}` : ''
  const as = messageId ? `, as ${messageId}` : ''
  return `${provider ?? 'The email provider'} accepted it${to} at ${timeText(sentAt ?? updatedAt)}${which}${as}.`
}

function waiting(
  { sendAt, leaseUntil, attempts: count, failingSince }: EmailFacts,
  why: string | null,
  now: Date,
): string {
  const isBeingSent = leaseUntil !== null && leaseUntil > now
  const failed =
    failingSince && why
      ? ` It has failed since ${timeText(failingSince)}, with ${attempts(count)} of ${MAX_ATTEMPTS} counted: ${why}.`
      : ''
  if (isBeingSent) return `It is being sent.${failed}`
  if (sendAt > now) return `It waits until ${timeText(sendAt)}.${failed}`
  return `It has been due since ${timeText(sendAt)}.${failed}`
}
