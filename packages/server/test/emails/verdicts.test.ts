import { describe, expect, onTestFinished, test } from 'vitest'
import { createMailgun } from '../../src/emails/providers/mailgun.ts'
import { createSendGrid } from '../../src/emails/providers/sendgrid.ts'
import { createSmtp } from '../../src/emails/providers/smtp.ts'
import type { Outcome, Provider } from '../../src/outbox/provider.ts'
import { email, sender } from './an-email.ts'
import { answering, hangingUp, startStandIn } from './http-stand-in.ts'
import { type Replies, startScript } from './smtp-stand-in.ts'

// Whose fault it is that an email was not accepted, by every kind of answer: docs/decisions/0003.

const RECIPIENT_NEVER = { result: 'rejected' }
const MESSAGE_NEVER = { result: 'rejected', fault: 'message' }
const RECIPIENT_LATER = { result: 'failed' }
const IN_DOUBT = { result: 'failed', inDoubt: true }
const UNKNOWN = { result: 'unknown' }
const NOBODY = { result: 'unavailable' }

const verdictOf = (outcome: Outcome) => {
  if (outcome.result === 'sent') return outcome
  const { reason, ...verdict } = outcome
  expect(reason).toMatch(/.{10}/)
  return verdict
}

/** A server that says that it is busy is asked again, over fewer connections. */
async function finallySend(provider: Provider): Promise<Outcome> {
  const outcome = await provider.send(email)
  return outcome.result === 'busy' ? finallySend(provider) : outcome
}

describe('an SMTP server that replies', () => {
  async function outcomeAt(stage: keyof Replies, reply: string, scheme = 'smtp://', query = '') {
    const { host } = await startScript({ [stage]: reply })
    const smtp = createSmtp({ url: `${scheme}${host}${query && `/${query}`}`, sender })
    onTestFinished(smtp.close)
    return verdictOf(await finallySend(smtp))
  }

  test.each<[keyof Replies, string, object]>([
    // This recipient, never.
    ['recipient', '550 5.1.1 <bob@example.com>: no such user', RECIPIENT_NEVER],
    ['recipient', '550 5.1.10 RESOLVER.ADR.RecipientNotFound', RECIPIENT_NEVER],
    ['recipient', '550 5.2.1 The account is disabled', RECIPIENT_NEVER],
    ['recipient', '553 5.1.3 Invalid address', RECIPIENT_NEVER],
    ['recipient', '550 No such user here', RECIPIENT_NEVER],
    ['recipient', '550-5.1.1 No such user.\r\n550 5.1.1 Look it up', RECIPIENT_NEVER],
    ['recipient', '501 5.1.3 Bad recipient address syntax', RECIPIENT_NEVER],
    ['message', '550 5.1.1 no such user', RECIPIENT_NEVER],
    ['sender', '550 5.6.7 SMTPUTF8 is not supported', RECIPIENT_NEVER],
    ['recipient', '553 5.6.7 Non-ASCII addresses are not permitted', RECIPIENT_NEVER],
    ['message', '554 5.6.9 UTF-8 headers cannot be relayed', RECIPIENT_NEVER],
    // This recipient, later.
    ['recipient', '452 4.2.2 The mailbox is full', RECIPIENT_LATER],
    ['recipient', '450 4.2.0 Mailbox busy', RECIPIENT_LATER],
    ['recipient', '450 4.1.1 Unverified address', RECIPIENT_LATER],
    ['message', '452 4.2.2 The mailbox is full', RECIPIENT_LATER],
    ['recipient', '450 4.7.1 Greylisted, please come back', IN_DOUBT],
    ['recipient', '451 Greylisted', IN_DOUBT],
    ['recipient', '450 Requested mail action not taken', IN_DOUBT],
    ['recipient', '451 Local error in processing', IN_DOUBT],
    ['recipient', '452 Too many recipients', IN_DOUBT],
    ['message', '451 4.7.1 Greylisted', IN_DOUBT],
    // This message, never.
    ['message', '552 5.3.4 Message too big', MESSAGE_NEVER],
    ['sender', '552 5.3.4 Message size exceeds the limit', MESSAGE_NEVER],
    ['message', '554 Transaction failed', MESSAGE_NEVER],
    ['message', '550 Looks like spam', MESSAGE_NEVER],
    ['message', '554 5.6.0 Malformed message', MESSAGE_NEVER],
    ['data', '554 No', MESSAGE_NEVER],
    // Nobody, for now.
    ['greeting', '421 4.3.2 Too many connections', NOBODY],
    ['greeting', '554 5.7.1 Your address is blocked', NOBODY],
    ['greeting', '554 No service here', NOBODY],
    ['hello', '421 Shutting down', NOBODY],
    ['hello', '550 Bad name', NOBODY],
    ['sender', '451 Local error', NOBODY],
    ['sender', '550 Sender not allowed', NOBODY],
    ['sender', '550 5.1.1 No such sender', NOBODY],
    ['sender', '530 5.7.0 Authentication required', NOBODY],
    ['sender', '432 4.3.2 Concurrent connections limit exceeded', NOBODY],
    ['sender', '550 5.4.5 Daily sending limit exceeded', NOBODY],
    ['recipient', '421 4.7.0 Try again later, closing', NOBODY],
    ['recipient', '530 Log in first', NOBODY],
    ['recipient', '550 5.4.5 Daily sending limit exceeded', NOBODY],
    ['recipient', '554 5.7.1 <bob@example.com>: Relay access denied', NOBODY],
    ['recipient', '550 relay not permitted', NOBODY],
    ['recipient', '553 sorry, that domain is not in my list of allowed rcpthosts', NOBODY],
    ['recipient', '550 Sender verify failed', NOBODY],
    ['recipient', '550 Access denied', NOBODY],
    ['recipient', '550 Administrative prohibition', NOBODY],
    ['recipient', '571 Delivery not authorized, message refused', NOBODY],
    ['recipient', '550 5.7.606 Access denied, banned sending IP', NOBODY],
    ['recipient', '550 5.1.8 Sender domain not found', NOBODY],
    ['recipient', '450 4.1.8 Sender domain not found', NOBODY],
    ['recipient', '550 5.1.90 Daily limit of the sender', NOBODY],
    ['recipient', '451 4.3.0 Temporary lookup failure', NOBODY],
    ['recipient', '452 4.3.1 Insufficient system storage', NOBODY],
    ['recipient', '503 Bad sequence', NOBODY],
    ['data', '451 Not now', NOBODY],
    ['message', '421 Closing', NOBODY],
    ['message', '451 4.3.0 Queue file write error', NOBODY],
    ['message', '452 Insufficient system storage', NOBODY],
    ['message', '550 5.4.5 Daily sending limit exceeded', NOBODY],
    ['message', '554 5.7.1 Rejected by policy', NOBODY],
    ['message', '550 5.1.90 Daily limit of the sender', NOBODY],
    ['greeting', 'hang up', NOBODY],
    ['hello', 'hang up', NOBODY],
    ['sender', 'hang up', NOBODY],
    ['recipient', 'hang up', NOBODY],
    ['data', 'hang up', NOBODY],
    // Nobody knows.
    ['message', 'hang up', UNKNOWN],
    ['message', '354 Go on', UNKNOWN],
    ['message', '251 Forwarded', UNKNOWN],
    ['message', 'what?', UNKNOWN],
  ])('to the %s: %j', async (stage, reply, expected) => {
    expect(await outcomeAt(stage, reply)).toEqual(expected)
  })

  test('an endless reply is not read to its end', async () => {
    expect(await outcomeAt('message', `250-${'x'.repeat(100_000)}`)).toEqual(UNKNOWN)
  })

  test('250 after the data has accepted the email', async () => {
    const accepted = { result: 'sent', messageId: expect.stringContaining('4C2D1') }
    expect(await outcomeAt('message', '250 2.0.0 Ok: queued as 4C2D1')).toEqual(accepted)
  })

  test.each(['535 5.7.8 Bad credentials', '454 4.7.0 Temporary failure', '432 4.7.12 Too many logins', 'hang up'])(
    'to the login: %s',
    async (reply) => {
      expect(await outcomeAt('login', reply, 'smtp://user:password@', '?ignoreTLS=true')).toEqual(NOBODY)
    },
  )
})

const errors = (...list: [message: string, field: string | null][]) =>
  JSON.stringify({ errors: list.map(([message, field]) => ({ message, field, help: null })) })
const page = '<!DOCTYPE html><html><title>Log in to the hotel</title></html>'

/** Answers that every API gives alike. */
const SHARED: [status: number, body: string, headers: Record<string, string>, expected: object][] = [
  [413, '', {}, MESSAGE_NEVER],
  [413, page, { 'Content-Type': 'text/html' }, MESSAGE_NEVER],
  [401, '', {}, NOBODY],
  [402, '', {}, NOBODY],
  [403, '', {}, NOBODY],
  [404, '', {}, NOBODY],
  [405, '', {}, NOBODY],
  [429, '', {}, { ...NOBODY, retryAfterMs: 0 }],
  [429, '', { 'Retry-After': '30' }, { ...NOBODY, retryAfterMs: 30_000 }],
  [500, '', {}, NOBODY],
  [502, page, { 'Content-Type': 'text/html' }, NOBODY],
  [503, '', { 'Retry-After': '120' }, { ...NOBODY, retryAfterMs: 120_000 }],
  [503, '', { 'Retry-After': 'soon' }, NOBODY],
  [503, '', { 'Retry-After': '-5' }, NOBODY],
  [504, '', {}, NOBODY],
  [301, '', { Location: '/elsewhere' }, NOBODY],
  [302, page, { Location: '/login', 'Content-Type': 'text/html' }, NOBODY],
  [307, '', { Location: '/elsewhere' }, NOBODY],
  [308, '', { Location: '/elsewhere' }, NOBODY],
  [200, page, { 'Content-Type': 'text/html' }, NOBODY],
  [200, page, {}, NOBODY],
  [400, page, { 'Content-Type': 'text/html' }, NOBODY],
  [200, '', {}, UNKNOWN],
  [201, '{}', {}, UNKNOWN],
  [204, '', {}, UNKNOWN],
  [400, '', {}, MESSAGE_NEVER],
  [400, '{"errors":"none of your business"}', {}, MESSAGE_NEVER],
  [503, 'x'.repeat(1_000_000), {}, NOBODY],
]

const providers = {
  SendGrid: {
    create: (url: string) => createSendGrid({ apiKey: 'SG.key', sender, baseUrl: url }),
    rows: [
      [200, '{"id":"<1@mg.example.org>"}', {}, UNKNOWN],
      [202, page, { 'X-Message-Id': 'abc' }, { result: 'sent', messageId: 'abc' }],
      [202, 'x'.repeat(1_000_000), {}, { result: 'sent', messageId: null }],
      [400, errors(['Does not contain a valid address.', 'personalizations.0.to.0.email']), {}, RECIPIENT_NEVER],
      [400, errors(['Does not contain a valid address.', 'from.email']), {}, NOBODY],
      [400, errors(['The from address does not match a verified Sender Identity.', 'from']), {}, NOBODY],
      [400, errors(['The from email does not match a verified identity', null]), {}, NOBODY],
      [400, errors(['Invalid', 'personalizations.0.to'], ['Invalid', 'from']), {}, NOBODY],
      [400, errors(['The address bob@example.com is invalid', null]), {}, RECIPIENT_NEVER],
      [400, errors(['The content value must be a string', 'content.0.value']), {}, MESSAGE_NEVER],
      [400, errors(['Bad Request', null]), {}, MESSAGE_NEVER],
    ] as typeof SHARED,
  },
  Mailgun: {
    create: (apiUrl: string) => createMailgun({ apiKey: 'key-1', domain: 'mg.example.org', apiUrl, sender }),
    rows: [
      [200, '{"id":"<1@mg.example.org>","message":"Queued"}', {}, { result: 'sent', messageId: '<1@mg.example.org>' }],
      [200, '{"message":"Queued"}', {}, UNKNOWN],
      [200, '{"id":""}', {}, UNKNOWN],
      [202, '{"id":"<1@mg.example.org>"}', {}, UNKNOWN],
      [400, '{"message":"to parameter is not a valid address"}', {}, RECIPIENT_NEVER],
      [400, `{"message":"'to' parameter is not a valid address. please check documentation"}`, {}, RECIPIENT_NEVER],
      [400, '{"message":"from parameter is missing"}', {}, NOBODY],
      [400, `{"message":"'from' parameter is not a valid address."}`, {}, NOBODY],
      [400, '{"message":"Sandbox subdomains are for test purposes only"}', {}, NOBODY],
      [400, '{"message":"Need at least one of text or html"}', {}, MESSAGE_NEVER],
      [400, 'Bad Request', {}, MESSAGE_NEVER],
    ] as typeof SHARED,
  },
}

describe.each(Object.entries(providers))('%s, when it answers', (vendor, { create, rows }) => {
  // Mailgun has delivered after its own errors: what it may have goes to no other provider.
  const inDoubt = (status: number) => (vendor === 'Mailgun' && status >= 500 ? { mayHaveIt: true } : {})
  const named = [...rows, ...SHARED].map((row) => [`${row[0]} ${row[1].slice(0, 60)}`, ...row] as const)
  test.each(named)('%s', async (_name, status, body, headers, expected) => {
    const { url, received } = await startStandIn(answering(status, body, headers))
    expect(verdictOf(await create(url).send(email))).toEqual({ ...expected, ...inDoubt(status) })
    // Nothing is repeated, and no redirect is followed.
    expect(received.length).toBe(1)
  })

  test('the beginning of its answer counts when the rest is missing', async () => {
    const { url } = await startStandIn((_, response) => {
      response.writeHead(503, { 'Content-Length': '1000' }).write('Overloaded', () => response.destroy())
    })
    expect(await create(url).send(email)).toEqual({
      ...NOBODY,
      ...inDoubt(503),
      reason: 'answered 503: Overloaded',
    })
  })

  test('an endless answer is not read to its end', async () => {
    let ended: (() => void) | undefined
    const hungUp = new Promise<void>((resolve) => {
      ended = resolve
    })
    const { url } = await startStandIn((_, response) => {
      response.writeHead(500).on('close', () => ended?.())
      const more = (): void => void response.write('x'.repeat(10_000), (error) => error ?? setImmediate(more))
      more()
    })
    expect(verdictOf(await create(url).send(email))).toEqual({ ...NOBODY, ...inDoubt(500) })
    await hungUp
  })

  test('and hangs up on the request, nobody knows', async () => {
    const { url } = await startStandIn(hangingUp)
    expect(verdictOf(await create(url).send(email))).toEqual(UNKNOWN)
  })

  test('over plain HTTP at an address for HTTPS, nothing was handed over', async () => {
    const { url, received } = await startStandIn(answering(202))
    expect(verdictOf(await create(url.replace('http:', 'https:')).send(email))).toEqual(NOBODY)
    expect(received).toEqual([])
  })
})
