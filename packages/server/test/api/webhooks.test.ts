import { spawn } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Api, serveApi } from '../support/api.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'
import {
  electionMailed,
  emailsOf,
  mailgunEvent,
  nowSeconds,
  postAsMailgun,
  postAsSendGrid,
  sendgridEvent,
  signedAsSendGrid,
  webhookKeys,
} from '../support/webhooks.ts'

const createStory = stories()

async function mailed(...handles: string[]) {
  const story = await createStory()
  const members = await electionMailed(story, ...handles)
  const api = await serveApi(story, { webhookKeys })
  const emails = await emailsOf(story)
  const [email] = emails
  if (!email) throw new Error('unreachable')
  return { story, api, members, emails, email }
}

const reportedOf = async (story: Story) =>
  (await emailsOf(story)).map(({ status, reported, reportedReason }) => ({ status, reported, reportedReason }))

const counted = async (story: Story, name: string) =>
  Object.fromEntries(
    (await story.db.counter.findMany({ where: { name } })).map(({ labels, value }) => [
      Object.values(labels as object).join(' '),
      value,
    ]),
  )

describe("SendGrid's published examples", () => {
  const spki = (base64: string) => createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
  const ONE = {
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==',
    signature: 'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=',
    timestamp: '1588788367',
    body: JSON.stringify({ category: 'example_payload', event: 'test_event', message_id: 'message_id' }),
  }
  const MANY = {
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
    signature: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    timestamp: '1600112502',
    body: `${JSON.stringify([
      {
        email: 'hello@world.com',
        event: 'dropped',
        reason: 'Bounced Address',
        sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
        sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
        'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
        timestamp: 1600112492,
      },
    ])}\r\n`,
  }
  const OTHER_KEY =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA=='
  const OTHER_SIGNATURE = ONE.signature.replace('H2j', 'H3j')

  test.each([
    ['one event', ONE, 200],
    ['a list of events', MANY, 200],
    ['another key', { ...ONE, key: OTHER_KEY }, 403],
    ['another body', { ...ONE, body: 'payload' }, 403],
    ['a body without its line break', { ...MANY, body: MANY.body.trim() }, 403],
    ['another signature', { ...ONE, signature: OTHER_SIGNATURE }, 403],
    ['a signature that is none', { ...ONE, signature: 'signature' }, 403],
    ['an empty signature', { ...ONE, signature: '' }, 403],
    ['another timestamp', { ...ONE, timestamp: 'timestamp' }, 403],
  ])('%s', async (_name, { key, signature, timestamp, body }, status) => {
    const api = await serveApi(await createStory(), { webhookKeys: { sendgrid: spki(key) } })
    const response = await fetch(`${api.url}/webhooks/sendgrid`, {
      method: 'POST',
      headers: {
        'x-twilio-email-event-webhook-signature': signature,
        'x-twilio-email-event-webhook-timestamp': timestamp,
      },
      body,
    })
    expect(response.status).toBe(status)
    if (status === 200) expect(await response.json()).toEqual({ recorded: 0 })
  })
})

test('what providers report is recorded on the email', async () => {
  const { story, api, emails } = await mailed('alice', 'bob', 'carol', 'dave', 'erin', 'frank')
  const [alice, bob, carol, dave, erin, frank] = emails as [never, never, never, never, never, never]
  const response = await postAsSendGrid(api, [
    sendgridEvent(alice, 'processed'),
    sendgridEvent(alice, 'delivered', { response: '250 OK' }),
    sendgridEvent(bob, 'deferred', { response: '400 try again later' }),
    sendgridEvent(carol, 'bounce', { type: 'bounce', reason: '550 no such user' }),
    sendgridEvent(dave, 'dropped', { reason: 'Spam Content' }),
    sendgridEvent(erin, 'spamreport'),
    sendgridEvent(frank, 'open'),
  ])
  expect([response.status, await response.json()]).toEqual([200, { recorded: 7 }])
  expect(await reportedOf(story)).toEqual([
    { status: 'SENT', reported: 'delivered', reportedReason: '250 OK' },
    { status: 'SENT', reported: 'deferred', reportedReason: '400 try again later' },
    { status: 'SENT', reported: 'bounced', reportedReason: '550 no such user' },
    { status: 'SENT', reported: 'dropped', reportedReason: 'Spam Content' },
    { status: 'SENT', reported: 'complained', reportedReason: null },
    { status: 'SENT', reported: null, reportedReason: null },
  ])
  expect(await counted(story, 'email_reports_total')).toEqual({
    'delivered SendGrid': 1,
    'deferred SendGrid': 1,
    'bounced SendGrid': 1,
    'dropped SendGrid': 1,
    'complained SendGrid': 1,
  })
})

test('Mailgun reports one event a request', async () => {
  const { story, api, emails } = await mailed('alice', 'bob', 'carol', 'dave', 'erin')
  const [alice, bob, carol, dave, erin] = emails as [never, never, never, never, never]
  for (const event of [
    mailgunEvent(alice, 'delivered', { 'delivery-status': { code: 250, message: 'OK' } }),
    mailgunEvent(bob, 'failed', { severity: 'temporary', reason: 'generic', 'delivery-status': { code: 452 } }),
    mailgunEvent(carol, 'failed', { severity: 'permanent', reason: 'bounce', 'delivery-status': { code: 550 } }),
    mailgunEvent(dave, 'failed', { severity: 'permanent', reason: 'suppress-complaint' }),
    mailgunEvent(erin, 'complained'),
  ]) {
    const response = await postAsMailgun(api, event)
    expect([response.status, await response.json()]).toEqual([200, { recorded: 1 }])
  }
  expect((await reportedOf(story)).map(({ reported }) => reported)).toEqual([
    'delivered',
    'deferred',
    'bounced',
    'dropped',
    'complained',
  ])
  const suppressed = await story.db.suppression.findMany({ orderBy: { address: 'asc' } })
  expect(suppressed.map(({ address, reason }) => [address, reason])).toEqual([
    ['carol@example.org', 'BOUNCED'],
    ['dave@example.org', 'COMPLAINED'],
    ['erin@example.org', 'COMPLAINED'],
  ])
})

test('a signature of Mailgun counts for a day, and no other key does', async () => {
  const { story, api, email } = await mailed('alice')
  const event = mailgunEvent(email, 'complained')
  for (const options of [{ key: 'another key' }, { ageSeconds: 25 * 60 * 60 }, { ageSeconds: -25 * 60 * 60 }]) {
    expect((await postAsMailgun(api, event, options)).status).toBe(403)
  }
  expect(await reportedOf(story)).toMatchObject([{ reported: null }])
  expect((await postAsMailgun(api, event, { ageSeconds: 8 * 60 * 60 })).status).toBe(200)
  expect(await reportedOf(story)).toMatchObject([{ reported: 'complained' }])
})

test('a report is found by our Message-ID where the provider sends no key back', async () => {
  const { story, api, emails } = await mailed('alice', 'bob')
  const [alice, bob] = emails as [(typeof emails)[0], (typeof emails)[0]]
  const messageId = `<${alice.id}.${alice.createdAt.getTime()}@example.org>`
  const event = { ...sendgridEvent(alice, 'delivered', { 'smtp-id': messageId }), email_key: undefined }
  await postAsSendGrid(api, [event])
  await postAsMailgun(api, mailgunEvent(bob, 'delivered', { 'user-variables': {} }))
  expect((await reportedOf(story)).map(({ reported }) => reported)).toEqual(['delivered', 'delivered'])
})

test('reports may come twice and in any order: the strongest counts, and of equals the latest', async () => {
  const { story, api, email } = await mailed('alice')
  const at = nowSeconds()
  const order = [
    sendgridEvent(email, 'delivered', { timestamp: at - 50 }),
    sendgridEvent(email, 'deferred', { timestamp: at - 10, response: 'later' }),
    sendgridEvent(email, 'bounce', { type: 'blocked', timestamp: at - 40, reason: 'second' }),
    sendgridEvent(email, 'bounce', { type: 'blocked', timestamp: at - 45, reason: 'first' }),
    sendgridEvent(email, 'delivered', { timestamp: at - 1 }),
    sendgridEvent(email, 'spamreport', { timestamp: at - 60 }),
    sendgridEvent(email, 'bounce', { type: 'blocked', timestamp: at }),
  ]
  const seen = []
  for (const event of order) {
    await postAsSendGrid(api, [event])
    await postAsSendGrid(api, [event, event])
    const [after] = await reportedOf(story)
    seen.push(`${after?.reported} ${after?.reportedReason}`)
  }
  expect(seen).toEqual([
    'delivered null',
    'delivered null',
    'bounced second',
    'bounced second',
    'bounced second',
    'complained null',
    'complained null',
  ])
  expect(await counted(story, 'email_reports_total')).toEqual({
    'delivered SendGrid': 1,
    'bounced SendGrid': 1,
    'complained SendGrid': 1,
  })
  const [suppression] = await story.db.suppression.findMany()
  expect(suppression).toMatchObject({ address: 'alice@example.org', reason: 'COMPLAINED' })
  expect(suppression?.score).toBeGreaterThan(0.99)
  expect(suppression?.score).toBeLessThanOrEqual(1)
  const other = await mailed('alice')
  await postAsSendGrid(
    other.api,
    order.map((event) => ({ ...event, email_key: sendgridEvent(other.email, '').email_key })),
  )
  expect(await reportedOf(other.story)).toMatchObject([{ reported: 'complained' }])
})

test('reports of emails that this database does not have change nothing', async () => {
  const { story, api, email } = await mailed('alice')
  const key = (id: unknown, createdAtMs: unknown) => ({ email_key: `${id}.${createdAtMs}` })
  const createdAtMs = email.createdAt.getTime()
  const before = await emailsOf(story)
  const foreign = [
    key(email.id, createdAtMs + 1),
    key(email.id + 1, createdAtMs),
    key(0, 0),
    key('99999999999', createdAtMs),
    key(2 ** 31, createdAtMs),
    key(email.id, '999999999999999'),
    key(`${email.id}`, `${createdAtMs}; DROP TABLE "Email"`),
    { email_key: { id: email.id } },
    { email_key: null, 'smtp-id': '<LRzXl@ismtpd0039p1iad1.sendgrid.net>' },
    // To the address that the member had when an earlier attempt was made.
    { email: 'another@example.org' },
  ].map((fields) => sendgridEvent(email, 'bounce', { type: 'bounce', ...fields }))
  const response = await postAsSendGrid(api, foreign)
  expect([response.status, await response.json()]).toEqual([200, { recorded: 0 }])
  expect(await emailsOf(story)).toEqual(before)
  expect(await story.db.suppression.count()).toBe(0)
})

test('what cannot be understood in a request is skipped, and the rest is recorded', async () => {
  const { story, api, email } = await mailed('alice')
  const odd = [
    null,
    7,
    'bounce',
    [],
    [[sendgridEvent(email, 'spamreport')]],
    {},
    { event: 'bounce' },
    { event: { toString: 'x' }, email_key: [] },
    sendgridEvent(email, '__proto__'),
    sendgridEvent(email, 'constructor'),
    sendgridEvent(email, 'group_unsubscribe'),
    sendgridEvent(email, 'an event of next year'),
  ]
  const delivered = sendgridEvent(email, 'delivered', {
    response: `${'x'.repeat(400_000)}\u0000 ${'\ud800'}`,
    timestamp: 1e300,
    sg_message_id: { a: 1 },
    email: 'ALICE@example.org',
  })
  const response = await postAsSendGrid(api, [...odd, delivered])
  expect([response.status, await response.json()]).toEqual([200, { recorded: 1 }])
  const [after] = await emailsOf(story)
  expect(after).toMatchObject({ reported: 'delivered' })
  expect(after?.reportedReason?.length).toBeLessThanOrEqual(301)
  for (const timestamp of [-1, 'soon', null, 1e15, '1e400', {}, Number.NaN, 0.001]) {
    const { status } = await postAsSendGrid(api, [
      sendgridEvent(email, 'bounce', { type: 'blocked', timestamp, reason: 'a\u0000b\nc' }),
    ])
    expect(status, String(timestamp)).toBe(200)
  }
  expect(await reportedOf(story)).toEqual([{ status: 'SENT', reported: 'bounced', reportedReason: 'a b c' }])
})

test.each([
  '',
  'null',
  '7',
  '"text"',
  '{}',
  '[]',
  '[',
  '{"signature":null}',
  '['.repeat(100_000) + ']'.repeat(100_000),
  `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  `[${Array(300_000).fill('{}')}]`,
  `[${'"\\u0000",'.repeat(100_000)}1]`,
])('odd body %# is answered, and records nothing', async (body) => {
  const { story, api } = await mailed('alice')
  const response = await postAsSendGrid(api, body)
  expect([response.status, await response.json()]).toEqual([200, { recorded: 0 }])
  const mailgun = await fetch(`${api.url}/webhooks/mailgun`, { method: 'POST', body })
  expect([403, 413]).toContain(mailgun.status)
  expect(await reportedOf(story)).toMatchObject([{ reported: null }])
})

test('a body that is too large is refused, whether or not it says its length', async () => {
  const { api } = await mailed('alice')
  const large = 'x'.repeat(3 * 1024 * 1024)
  expect((await postAsSendGrid(api, large)).status).toBe(413)
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /webhooks/sendgrid HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  socket.write(`300000\r\n${large}\r\n`)
  expect(await text(socket)).toMatch(/^HTTP.1.1 413 /)
  // Nothing of it is held on to.
  expect((await postAsSendGrid(api, [])).status).toBe(200)
})

test('a body in very small parts, which take much more memory than they bring, is refused', async () => {
  const { api, story, email } = await mailed('alice')
  const inParts = (count: number) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      'POST /webhooks/sendgrid HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
    )
    socket.write(`${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`)
    return text(socket)
  }
  expect(await inParts(3_000)).toMatch(/^HTTP.1.1 403 /)
  await inParts(5_000)
  await until(() => api.log.some((line) => line.includes('"status":413')))
  // What comes in parts is put together as it was.
  const { body, headers } = signedAsSendGrid([sendgridEvent(email, 'delivered', { response: 'ä'.repeat(20_000) })])
  const bytes = Buffer.from(body)
  async function* parts() {
    for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777)
  }
  const init = { method: 'POST', headers, body: parts(), duplex: 'half' }
  expect((await fetch(`${api.url}/webhooks/sendgrid`, init as unknown as RequestInit)).status).toBe(200)
  expect(await reportedOf(story)).toMatchObject([{ reported: 'delivered' }])
})

test.each(['sendgrid', 'mailgun'])(
  'who hangs up in the middle of a body for /webhooks/%s leaves no error in the log',
  async (name) => {
    const { api } = await mailed('alice')
    const port = Number(new URL(api.url).port)
    const start = `POST /webhooks/${name} HTTP/1.1\r\nHost: x\r\n`
    for (const rest of ['Content-Length: 1000\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n']) {
      const socket = connect(port, '127.0.0.1')
      socket.end(start + rest)
      await text(socket)
    }
    // What is no chunk is answered by Node.js.
    const broken = connect(port, '127.0.0.1')
    broken.write(`${start}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n`)
    expect(await text(broken)).toMatch(/^HTTP.1.1 400 /)
    await until(() => api.log.filter((line) => line.includes('"msg":"Request"')).length === 3)
    expect(api.log.filter((line) => JSON.parse(line).level >= 40)).toEqual([])
  },
)

test('thousands of reports of one email in a request count once', async () => {
  const { story, api, email } = await mailed('alice')
  const events = Array.from({ length: 5_000 }, () => sendgridEvent(email, 'bounce', { type: 'blocked' }))
  expect(await (await postAsSendGrid(api, events)).json()).toEqual({ recorded: 5_000 })
  expect(await counted(story, 'email_reports_total')).toEqual({ 'bounced SendGrid': 1 })
  expect(await story.db.suppression.findMany()).toMatchObject([
    { address: 'alice@example.org', reason: null, score: 1 },
  ])
})

test('without its key, a webhook does not exist; with it, only POST is allowed', async () => {
  const story = await createStory()
  const [none, both] = [await serveApi(story), await serveApi(story, { webhookKeys })]
  const status = async (api: Api, path: string, method: string) => (await fetch(api.url + path, { method })).status
  for (const path of ['/webhooks/sendgrid', '/webhooks/mailgun']) {
    for (const method of ['POST', 'GET', 'PUT']) expect(await status(none, path, method)).toBe(404)
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await fetch(both.url + path, { method })
      expect([response.status, response.headers.get('allow')], method).toEqual([405, 'POST'])
    }
    expect(await status(both, path, 'POST')).toBe(403)
    expect(await status(both, `${path}/`, 'POST')).toBe(403)
  }
  for (const path of ['/webhooks', '/webhooks/', '/webhooks/postmark']) {
    expect(await status(both, path, 'POST')).toBe(404)
  }
})

test('requests with a wrong signature count against their network, and a provider on the same network is not cut', async () => {
  const { story, email } = await mailed('alice')
  const api = await serveApi(story, { webhookKeys, trustedProxies: 1, requestsPerMinute: 3, metricsToken: 'metrics' })
  const from = { url: api.url, headers: { 'x-forwarded-for': '198.51.100.1' } }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const forged = async () => (await postAsSendGrid(from, [sendgridEvent(email, 'spamreport')], privateKey)).status
  for (let n = 0; n < 10; n++) expect((await postAsSendGrid(from, [])).status).toBe(200)
  expect([await forged(), await forged(), await forged(), await forged()]).toEqual([403, 403, 403, 429])
  const answered = await Promise.all(
    Array.from({ length: 50 }, () => postAsMailgun(from, mailgunEvent(email, 'delivered'))),
  )
  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await reportedOf(story)).toMatchObject([{ reported: 'delivered' }])
  expect(api.log.filter((line) => line.includes('check SENDGRID_WEBHOOK_KEY'))).toHaveLength(1)
  const metrics = await fetch(`${api.url}/metrics`, { headers: { authorization: 'Bearer metrics' } })
  expect(await metrics.text()).toContain('rate_limited_total{limit="requests per minute"} 1')
})

test('the log has nothing of what a webhook received', async () => {
  const { api, email } = await mailed('alice')
  await postAsSendGrid(api, [sendgridEvent(email, 'bounce', { type: 'bounce', reason: 'secret words' })])
  await postAsSendGrid(api, '["secret words"')
  const log = api.log.join('\n')
  expect(log).toContain('"operation":"webhook SendGrid"')
  expect(log).not.toMatch(/secret words|alice@|email_key/)
})

test('reports of many emails need a few statements, however many requests bring them', async () => {
  const { story, api, email } = await mailed('alice')
  await story.db.$executeRaw`
    INSERT INTO "Email" (type, "memberId", address, status, attempts, "sentAt")
    SELECT 'notification', ${email.memberId}, 'a' || n || '@example.org', 'SENT', 1, now()
    FROM generate_series(1, 20000) n`
  const emails = (await emailsOf(story)).slice(1)
  const statements: string[] = []
  const run = story.pool.query.bind(story.pool)
  story.pool.query = ((...args: Parameters<typeof run>) => {
    statements.push(String(args[0]))
    return run(...args)
  }) as typeof story.pool.query
  const REQUESTS = 100
  const size = emails.length / REQUESTS
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, n) => {
      const events = emails
        .slice(n * size, (n + 1) * size)
        .flatMap((sent) => [sendgridEvent(sent, 'processed'), sendgridEvent(sent, 'bounce', { type: 'bounce' })])
      let response = await postAsSendGrid(api, events)
      // Beyond what may wait, SendGrid comes back.
      for (let tries = 1; response.status === 503 && tries < 1_000; tries++)
        response = await postAsSendGrid(api, events)
      return ((await response.json()) as { recorded: number }).recorded
    }),
  )
  story.pool.query = run
  expect(answers).toEqual(Array(REQUESTS).fill(2 * size))
  expect(await story.db.email.count({ where: { reported: 'bounced' } })).toBe(20_000)
  expect(await story.db.suppression.count({ where: { reason: 'BOUNCED' } })).toBe(20_000)
  expect(statements.length).toBeLessThanOrEqual(2 * REQUESTS)
})

test('while the database fails, a provider is told to come back, and what it sends then is recorded', async () => {
  const { story, api, email } = await mailed('alice')
  const event = sendgridEvent(email, 'delivered')
  await story.db.$executeRaw`ALTER TABLE "Suppression" RENAME TO "Hidden"`
  try {
    const response = await postAsSendGrid(api, [event])
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Hidden" RENAME TO "Suppression"`
  }
  expect(
    api.log.filter((line) => line.includes('Reports of SendGrid are not recorded: it sends them again')),
  ).toHaveLength(1)
  expect(await reportedOf(story)).toMatchObject([{ reported: null }])
  expect((await postAsSendGrid(api, [event])).status).toBe(200)
  expect(await reportedOf(story)).toMatchObject([{ reported: 'delivered' }])
})

test('several processes record reports of the same emails and addresses at the same time', async () => {
  const handles = Array.from({ length: 30 }, (_, n) => `member${n}`)
  const { story, emails } = await mailed(...handles)
  const apis = [await serveApi(story, { webhookKeys }), await serveApi(story, { webhookKeys })]
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const events = emails.map((email) => sendgridEvent(email, n % 3 ? 'spamreport' : 'bounce', { type: 'blocked' }))
      const api = apis[n % 2] as Api
      return (await postAsSendGrid(api, n % 4 < 2 ? events : events.toReversed())).status
    }),
  )
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(await counted(story, 'email_reports_total')).toMatchObject({ 'complained SendGrid': 30 })
  expect(await story.db.suppression.count({ where: { reason: 'COMPLAINED' } })).toBe(30)
})

test('the variables open the webhooks of the process', async () => {
  const { story, email } = await mailed('alice')
  const root = resolve(import.meta.dirname, '../../../..')
  const api = spawn(join(root, 'run'), ['node', join(root, 'packages/server/src/main/api.ts')], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: story.url,
      APP_SECRET_KEY: SECRET_KEY,
      QUERY_NODE_ENDPOINT: story.node.url,
      PORT: '127.0.0.1:0',
      SENDGRID_WEBHOOK_KEY: webhookKeys.sendgrid.export({ type: 'spki', format: 'der' }).toString('base64'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void api.kill('SIGKILL'))
  let url = ''
  for await (const line of createInterface(api.stderr)) {
    url = /The API answers at (http:[^"]+)/.exec(line)?.[1] ?? ''
    if (url) break
  }
  expect((await postAsSendGrid({ url }, [sendgridEvent(email, 'delivered')])).status).toBe(200)
  expect((await postAsMailgun({ url }, mailgunEvent(email, 'complained'))).status).toBe(404)
  expect(await reportedOf(story)).toMatchObject([{ reported: 'delivered' }])
})
