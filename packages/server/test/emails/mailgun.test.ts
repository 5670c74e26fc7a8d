import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { createMailgun } from '../../src/emails/providers/mailgun.ts'
import { calendarFile, email, emailWithFile, sender } from './an-email.ts'
import { answering, goneAddress, hangingUp, IMPATIENT_MS, neverAnswering, startStandIn } from './http-stand-in.ts'

const service = (apiUrl: string, timeoutMs?: number) =>
  createMailgun({ apiKey: 'key-1', domain: 'mg.example.org', apiUrl, sender, timeoutMs })

async function sendTo(respond: RequestListener) {
  const { url, received } = await startStandIn(respond)
  return { outcome: await service(url, respond === neverAnswering ? IMPATIENT_MS : undefined).send(email), received }
}

test('bob gets the whole email unchanged, from the sender, without tracking', async () => {
  const queued = { id: '<2026.1@mg.example.org>', message: 'Queued. Thank you.' }
  const { outcome, received } = await sendTo(answering(200, JSON.stringify(queued)))

  expect(outcome).toEqual({ result: 'sent', messageId: queued.id })
  expect(received).toHaveLength(1)
  expect(received[0]).toMatchObject({
    method: 'POST',
    path: '/v3/mg.example.org/messages',
    headers: { authorization: `Basic ${btoa('api:key-1')}` },
  })
  expect(Object.fromEntries(new URLSearchParams(received[0]?.body))).toEqual({
    from: sender,
    to: 'bob@example.com',
    subject: email.subject,
    html: email.html,
    text: email.text,
    'h:Message-Id': '<email-12@example.org>',
    ...Object.fromEntries(Object.entries(email.headers).map(([name, value]) => [`h:${name}`, value])),
    'o:tracking': 'no',
    'v:email_key': email.key,
  })
})

test('a file that is attached is a part of its own, in the form that files need', async () => {
  const { url, received } = await startStandIn(answering(200, '{"id":"<1@mg.example.org>"}'))
  await service(url).send(emailWithFile)
  const [request] = received
  const form = await new Response(request?.body, {
    headers: { 'Content-Type': String(request?.headers['content-type']) },
  }).formData()
  const file = form.get('attachment') as File
  expect([file.name, file.type]).toEqual(['deadline.ics', 'text/calendar; charset=utf-8; method=publish'])
  expect(await file.text()).toBe(calendarFile.content)
  expect(form.getAll('attachment')).toHaveLength(1)
  form.delete('attachment')
  expect(Object.fromEntries(form)).toEqual({
    from: sender,
    to: 'bob@example.com',
    subject: email.subject,
    html: email.html,
    text: email.text.replace('\n', '\r\n'),
    'h:Message-Id': '<email-12@example.org>',
    ...Object.fromEntries(Object.entries(email.headers).map(([name, value]) => [`h:${name}`, value])),
    'o:tracking': 'no',
    'v:email_key': email.key,
  })
})

test('an email that Mailgun refuses is never sent again, and the operator reads why', async () => {
  const { outcome } = await sendTo(answering(400, '{"message":"to parameter is not a valid address"}'))
  expect(outcome).toEqual({ result: 'rejected', reason: expect.stringContaining('not a valid address') })
})

test.each([401, 402, 403, 404])('an account that Mailgun refuses with %i stops sending', async (status) => {
  const { outcome } = await sendTo(answering(status, 'Forbidden'))
  expect(outcome).toEqual({ result: 'unavailable', reason: `answered ${status}: Forbidden` })
})

test('a rate limit of Mailgun stops sending for the time that it names', async () => {
  const { outcome } = await sendTo(answering(429, '', { 'Retry-After': '3' }))
  expect(outcome).toEqual({ result: 'unavailable', reason: 'answered 429', retryAfterMs: 3000 })
})

test.each<[string, RequestListener]>([
  ['never answers', neverAnswering],
  ['hangs up', hangingUp],
])('when Mailgun %s, nobody knows whether bob got it: later, not at once', async (_, respond) => {
  const { outcome, received } = await sendTo(respond)
  expect(outcome).toEqual({ result: 'unknown', reason: expect.stringMatching(/.{10}/) })
  expect(received).toHaveLength(1)
})

test('when Mailgun cannot be reached, emails stay pending', async () => {
  const outcome = await service(await goneAddress()).send(email)
  expect(outcome).toEqual({ result: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') })
})
