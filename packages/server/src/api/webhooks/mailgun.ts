import { createHmac, timingSafeEqual } from 'node:crypto'
import { REPORTING } from '../../config/email-providers.ts'
import type { Report } from '../../outbox/reports.ts'
import type { WebhookDefinition } from './define.ts'
import { addressOf, entryOf, type Fields, fieldsOf, idOf, parseJson, reasonOf, textOf, timeMsOf } from './fields.ts'

/** One event has a few kilobytes. */
const MOST_BYTES = 256 * 1024
const DAY_SECONDS = 24 * 60 * 60

/**
 * Mailgun's webhooks: one event a request, with an HMAC over a timestamp and a random token in the body.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 */
export const createMailgunWebhook = (key: string): WebhookDefinition => ({
  provider: REPORTING.mailgun,
  mostBytes: MOST_BYTES,
  read(_headers, body) {
    const { signature, 'event-data': event } = fieldsOf(parseJson(body))
    const signed = fieldsOf(signature)
    const [timestamp, token, hex] = [textOf(signed.timestamp), textOf(signed.token), textOf(signed.signature)]
    if (!timestamp || !token || !hex || !isSigned(key, timestamp + token, hex)) return undefined
    // Mailgun tries for eight hours. The signature does not cover the body: whoever saw one could use it for any other.
    if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < DAY_SECONDS)) return undefined
    const report = reportOf(fieldsOf(event))
    return report ? [report] : []
  },
})

function isSigned(key: string, text: string, hex: string): boolean {
  const expected = createHmac('sha256', key).update(text).digest()
  const given = Buffer.from(hex, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

type What = Pick<Report, 'what' | 'addressFault'>

const WHATS: Record<string, (event: Fields) => What> = {
  accepted: () => ({ what: 'accepted', addressFault: undefined }),
  opened: () => ({ what: 'accepted', addressFault: undefined }),
  clicked: () => ({ what: 'accepted', addressFault: undefined }),
  delivered: () => ({ what: 'delivered', addressFault: undefined }),
  rejected: () => ({ what: 'dropped', addressFault: undefined }),
  complained: () => ({ what: 'complained', addressFault: 'COMPLAINED' }),
  unsubscribed: () => ({ what: 'accepted', addressFault: 'UNSUBSCRIBED' }),
  failed: failureOf,
}

/** What Mailgun's own lists say: it does not send the email at all. */
const DROPPED: Record<string, Report['addressFault']> = {
  'suppress-bounce': 'BOUNCED',
  'suppress-complaint': 'COMPLAINED',
  'suppress-unsubscribe': 'UNSUBSCRIBED',
}
/** It gave up after retries, or the mailbox provider blocked the sender. */
const SOFT = ['old', 'espblock']
/** RFC 3463: an address or a mailbox that is none, or is switched off. A full mailbox or a policy is not the address's fault. */
const NO_SUCH_ADDRESS = /^5\.(1\.\d+|2\.1)$/
/** Codes that say the same where there is no status (RFC 5321), and Mailgun's own for what it knows to bounce. */
const REFUSED = [550, 551, 553, 605]

function failureOf({ severity, reason, 'delivery-status': delivery }: Fields): What {
  // It tries again.
  if (severity === 'temporary') return { what: 'deferred', addressFault: undefined }
  const why = textOf(reason)
  const listed = entryOf(DROPPED, why)
  if (listed) return { what: 'dropped', addressFault: listed }
  const { code, message, description, 'enhanced-code': enhanced } = fieldsOf(delivery)
  const said = [enhanced, message, description].flatMap((text) => textOf(text) ?? '').join(' ')
  const [status] = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(said.slice(0, MOST_SEARCHED)) ?? []
  const isHard =
    status === undefined ? code === undefined || REFUSED.includes(Number(code)) : NO_SUCH_ADDRESS.test(status)
  return { what: 'bounced', addressFault: isHard && !SOFT.includes(why ?? '') ? 'BOUNCED' : 'soft' }
}

const MOST_SEARCHED = 1_000

function reportOf(event: Fields): Report | undefined {
  const what = entryOf(WHATS, textOf(event.event))?.(event)
  const messageId = fieldsOf(fieldsOf(event.message).headers)['message-id']
  const status = fieldsOf(event['delivery-status'])
  return (
    what && {
      ...what,
      keys: [fieldsOf(event['user-variables']).email_key, messageId].flatMap((key) => idOf(key) ?? []),
      atMs: timeMsOf(event.timestamp),
      reason: reasonOf(status.message, status.description, event.reason),
      address: addressOf(event.recipient),
      messageId: idOf(messageId),
    }
  )
}
