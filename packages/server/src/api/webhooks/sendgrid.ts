import { createVerify, type KeyObject } from 'node:crypto'
import { REPORTING } from '../../config/email-providers.ts'
import type { Report } from '../../outbox/reports.ts'
import type { WebhookDefinition } from './define.ts'
import { addressOf, entryOf, type Fields, fieldsOf, idOf, parseJson, reasonOf, textOf, timeMsOf } from './fields.ts'

const SIGNATURE = 'x-twilio-email-event-webhook-signature'
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp'
/** It posts at 768 KB, or after some seconds. */
const MOST_BYTES = 2 * 1024 * 1024

/**
 * SendGrid's Event Webhook: up to thousands of events a request, signed by ECDSA over a timestamp and the raw body.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
export const createSendGridWebhook = (key: KeyObject): WebhookDefinition => ({
  provider: REPORTING.sendgrid,
  mostBytes: MOST_BYTES,
  read(headers, body) {
    const [signature, timestamp] = [headers[SIGNATURE], headers[TIMESTAMP]]
    if (typeof signature !== 'string' || typeof timestamp !== 'string') return undefined
    if (!createVerify('sha256').update(timestamp).update(body).verify(key, signature, 'base64')) return undefined
    const events = parseJson(body)
    return Array.isArray(events) ? events.flatMap((event) => reportOf(fieldsOf(event)) ?? []) : []
  },
})

type What = Pick<Report, 'what' | 'addressFault'>

const WHATS: Record<string, (event: Fields) => What> = {
  processed: () => ({ what: 'accepted', addressFault: undefined }),
  open: () => ({ what: 'accepted', addressFault: undefined }),
  click: () => ({ what: 'accepted', addressFault: undefined }),
  deferred: () => ({ what: 'deferred', addressFault: undefined }),
  delivered: () => ({ what: 'delivered', addressFault: undefined }),
  bounce: ({ type }) => ({ what: 'bounced', addressFault: type === 'blocked' ? 'soft' : 'BOUNCED' }),
  dropped: ({ reason }) => ({ what: 'dropped', addressFault: entryOf(DROPPED, textOf(reason)) }),
  spamreport: () => ({ what: 'complained', addressFault: 'COMPLAINED' }),
  unsubscribe: () => ({ what: 'accepted', addressFault: 'UNSUBSCRIBED' }),
}

/** What SendGrid's own lists say. It drops for other reasons too, which are not the address's. */
const DROPPED: Record<string, Report['addressFault']> = {
  'Bounced Address': 'BOUNCED',
  Invalid: 'BOUNCED',
  'Spam Reporting Address': 'COMPLAINED',
  'Unsubscribed Address': 'UNSUBSCRIBED',
}

function reportOf(event: Fields): Report | undefined {
  const what = entryOf(WHATS, textOf(event.event))?.(event)
  return (
    what && {
      ...what,
      keys: [event.email_key, event['smtp-id']].flatMap((key) => idOf(key) ?? []),
      atMs: timeMsOf(event.timestamp),
      reason: reasonOf(event.reason, event.response),
      address: addressOf(event.email),
      // What it answers with at the hand-over is the first part.
      messageId: idOf(event.sg_message_id)?.split('.')[0],
    }
  )
}
