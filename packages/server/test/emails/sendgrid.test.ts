import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { createSendGrid } from '../../src/emails/providers/sendgrid.ts'
import { calendarFile, email, emailWithFile, sender } from './an-email.ts'
import { answering, goneAddress, hangingUp, IMPATIENT_MS, neverAnswering, startStandIn } from './http-stand-in.ts'

const HOUR_SECONDS = 3_600

const service = (baseUrl: string, timeoutMs?: number) =>
  createSendGrid({ apiKey: 'SG.key', sender, baseUrl, timeoutMs })

async function sendTo(respond: RequestListener) {
  const { url, received } = await startStandIn(respond)
  return { outcome: await service(url, respond === neverAnswering ? IMPATIENT_MS : undefined).send(email), received }
}

const refusal = (message: string) => JSON.stringify({ errors: [{ message, field: null }] })
const json = { 'Content-Type': 'application/json' }

test('bob gets the whole email unchanged, from the sender, without tracking', async () => {
  const { outcome, received } = await sendTo(answering(202, '', { 'X-Message-Id': 'abc' }))

  expect(outcome).toEqual({ result: 'sent', messageId: 'abc' })
  expect(received).toHaveLength(1)
  expect(received[0]).toMatchObject({
    method: 'POST',
    path: '/v3/mail/send',
    headers: { authorization: 'Bearer SG.key' },
  })
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({
    from: { email: 'notifications@example.org', name: 'Pioneer' },
    personalizations: [
      {
        to: [{ email: 'bob@example.com' }],
        headers: { ...email.headers, 'Message-ID': '<email-12@example.org>' },
        custom_args: { email_key: email.key },
      },
    ],
    subject: email.subject,
    content: [
      { type: 'text/plain', value: email.text },
      { type: 'text/html', value: email.html },
    ],
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
      subscription_tracking: { enable: false },
      ganalytics: { enable: false },
    },
  })
})

test('a calendar file is attached, by the type of which SendGrid does not change the letters', async () => {
  const { url, received } = await startStandIn(answering(202, '', { 'X-Message-Id': 'abc' }))
  expect(await service(url).send(emailWithFile)).toEqual({ result: 'sent', messageId: 'abc' })
  const { attachments, ...rest } = JSON.parse(received[0]?.body ?? '')
  expect(attachments).toEqual([
    {
      filename: 'deadline.ics',
      type: 'application/ics',
      content: Buffer.from(calendarFile.content).toString('base64'),
      disposition: 'attachment',
    },
  ])
  await service(url).send(email)
  expect(rest).toEqual(JSON.parse(received[1]?.body ?? ''))
})

test.each([400, 413])(
  'an email that SendGrid refuses with %i is never sent again, and the operator reads why',
  async (status) => {
    const { outcome } = await sendTo(answering(status, refusal('Does not contain a valid address.'), json))
    expect(outcome).toEqual({
      result: 'rejected',
      fault: 'message',
      reason: expect.stringContaining('Does not contain a valid address.'),
    })
    expect(outcome).toMatchObject({ reason: expect.stringContaining(`answered ${status}`) })
  },
)

test.each([401, 403])('a key that SendGrid refuses with %i stops sending, whoever the email is for', async (status) => {
  const { outcome } = await sendTo(answering(status, refusal('The key is wrong'), json))
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('The key is wrong') })
})

test('a rate limit of SendGrid stops sending for the time that it names', async () => {
  const { outcome } = await sendTo(answering(429, '', { 'Retry-After': '7' }))
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('429'), retryAfterMs: 7000 })
})

test('sending stops until the limit of SendGrid ends', async () => {
  const end = Math.ceil(Date.now() / 1000) + HOUR_SECONDS
  await expectWaitUntil(end * 1000, { 'X-RateLimit-Reset': String(end) })
})

test('a wait given as a date is understood', async () => {
  const date = new Date(Date.now() + HOUR_SECONDS * 1000).toUTCString()
  await expectWaitUntil(Date.parse(date), { 'Retry-After': date })
})

/** The wait counts from some instant while the email is being sent. */
async function expectWaitUntil(end: number, headers: Record<string, string>) {
  const longest = end - Date.now()
  const { outcome } = await sendTo(answering(429, '', headers))
  const { result, retryAfterMs } = outcome as { result: string; retryAfterMs: number }
  expect(result).toBe('unavailable')
  expect(retryAfterMs).toBeLessThanOrEqual(longest)
  expect(retryAfterMs).toBeGreaterThanOrEqual(end - Date.now())
}

test.each<[string, RequestListener]>([
  ['never answers', neverAnswering],
  ['hangs up', hangingUp],
])('when SendGrid %s, nobody knows whether bob got it: later, not at once', async (_, respond) => {
  const { outcome, received } = await sendTo(respond)
  expect(outcome).toEqual({ result: 'unknown', reason: expect.stringMatching(/.{10}/) })
  expect(received).toHaveLength(1)
})

test('when SendGrid cannot be reached, emails stay pending', async () => {
  const outcome = await service(await goneAddress()).send(email)
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') })
})

test('two services with different keys do not mix them up', async () => {
  const { url, received } = await startStandIn(answering(202))
  const first = createSendGrid({ apiKey: 'SG.first', sender, baseUrl: url })
  createSendGrid({ apiKey: 'SG.second', sender })
  expect(await first.send(email)).toEqual({ result: 'sent', messageId: null })
  expect(received[0]?.headers.authorization).toBe('Bearer SG.first')
})

test('an address with letters outside ASCII before the @ is refused before SendGrid is asked', async () => {
  const { url, received } = await startStandIn(answering(202))
  expect(await service(url).send({ ...email, to: 'jörg@example.com' })).toEqual({
    result: 'rejected',
    reason: 'SendGrid takes only ASCII before the @',
  })
  expect(received).toEqual([])
})
