import { createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { emailKey } from '../../src/outbox/email-key.ts'
import type { Story } from './story.ts'

const sendgrid = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const mailgun = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4'

/** The keys of the providers that these functions sign as. */
export const webhookKeys = { sendgrid: sendgrid.publicKey, mailgun }

type Posted = { url: string; headers?: Record<string, string> }

/** A request with events, or any other body, as SendGrid signs it. */
export function signedAsSendGrid(events: unknown, privateKey = sendgrid.privateKey) {
  const body = typeof events === 'string' ? events : `${JSON.stringify(events)}\r\n`
  const timestamp = String(Math.floor(Date.now() / 1000))
  const headers = {
    'content-type': 'application/json',
    'x-twilio-email-event-webhook-signature': createSign('sha256')
      .update(timestamp + body)
      .sign(privateKey, 'base64'),
    'x-twilio-email-event-webhook-timestamp': timestamp,
  }
  return { body, headers }
}

/** Posts events, or any other body, as SendGrid does. */
export function postAsSendGrid({ url, headers }: Posted, events: unknown, privateKey = sendgrid.privateKey) {
  const signed = signedAsSendGrid(events, privateKey)
  return fetch(`${url}/webhooks/sendgrid`, {
    method: 'POST',
    headers: { ...signed.headers, ...headers },
    body: signed.body,
  })
}

/** Posts one event as Mailgun does. */
export function postAsMailgun({ url, headers }: Posted, event: unknown, { key = mailgun, ageSeconds = 0 } = {}) {
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds)
  const token = randomBytes(25).toString('hex')
  const signature = createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex')
  return fetch(`${url}/webhooks/mailgun`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ signature: { timestamp, token, signature }, 'event-data': event }),
  })
}

type Sent = { id: number; createdAt: Date; address: string | null }

export const nowSeconds = () => Math.floor(Date.now() / 1000)

/** An event of SendGrid about an email. */
export const sendgridEvent = (email: Sent, event: string, fields: object = {}) => ({
  email: email.address,
  timestamp: nowSeconds(),
  event,
  sg_event_id: randomBytes(12).toString('base64url'),
  sg_message_id: 'aProviderId.filterdrecv-abc-1',
  email_key: emailKey(email),
  ...fields,
})

/** An event of Mailgun about an email. */
export const mailgunEvent = (email: Sent, event: string, fields: object = {}) => ({
  event,
  id: randomBytes(12).toString('base64url'),
  timestamp: Date.now() / 1000,
  recipient: email.address,
  message: { headers: { 'message-id': `${emailKey(email)}@example.org` } },
  'user-variables': { email_key: emailKey(email) },
  ...fields,
})

/** The emails in the outbox, in their order. */
export const emailsOf = ({ db }: Story) => db.email.findMany({ orderBy: { id: 'asc' } })

/** A story whose members, named here, were each sent an email of an election. */
export async function electionMailed(story: Story, ...handles: string[]) {
  const members = []
  for (const handle of handles) members.push(await story.member(handle))
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  return members
}
