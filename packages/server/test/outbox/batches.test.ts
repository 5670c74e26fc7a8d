import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { createMailgun } from '../../src/emails/providers/mailgun.ts'
import { createSendGrid } from '../../src/emails/providers/sendgrid.ts'
import { storePublicUrl } from '../../src/members/public-url.ts'
import type { OutgoingEmail, Provider } from '../../src/outbox/provider.ts'
import { entriesIn } from '../calendar/read.ts'
import { hangingUp } from '../emails/http-stand-in.ts'
import { type Delivered, startMailgun, startSendGrid } from '../emails/provider-stand-in.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'

const createStory = stories()
const SENDER = 'Pioneer <notifications@example.org>'
const PUBLIC_URL = 'https://notifications.example.org'

type StandIn = Awaited<ReturnType<typeof startSendGrid>>

const sendGridAt = ({ url }: StandIn) => createSendGrid({ apiKey: 'SG.key', sender: SENDER, baseUrl: url })
const mailgunAt = ({ url }: StandIn) =>
  createMailgun({ apiKey: 'key', domain: 'mg.example.org', apiUrl: url, sender: SENDER })

const vendors = {
  SendGrid: { start: startSendGrid, provider: sendGridAt },
  Mailgun: { start: startMailgun, provider: mailgunAt },
}
type Vendor = keyof typeof vendors
const each = Object.keys(vendors) as Vendor[]

const NAMES = ['bob', 'Tom & <b>Jerry</b>', '-v0htmlname-', '%recipient.key%', '{{name}}', '"O\'Neil" = 名']

/** Members whose emails about one event wait. @param names of the first ones */
async function waiting(provider: Provider, members: number, names: string[] = []) {
  const story = await createStory({ provider })
  await storePublicUrl(story.pool, PUBLIC_URL)
  await story.db.$executeRaw`
    INSERT INTO "Member" (id, name, email)
    SELECT n, coalesce((${names}::text[])[n], 'member-' || n), 'm' || n || '@example.com'
    FROM generate_series(1, ${members}::int) n`
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  return story
}

const statuses = async ({ db }: Story) =>
  Object.fromEntries(
    (await db.email.groupBy({ by: ['status', 'failureCode'], _count: true })).map((group) => [
      [group.status, group.failureCode].filter(Boolean).join(' '),
      group._count,
    ]),
  )

const addresses = (delivered: readonly Delivered[]) => delivered.map(({ to }) => to).sort()

/** Tokens have the second of their issue. */
const withoutTokens = (text: string) => text.replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')

/** Claims of one member, in the tokens of their email. */
const membersIn = (text: string) =>
  [...text.matchAll(/eyJ[\w-]+\.([\w-]+)\.[\w-]+/g)].map(
    ([, payload = '']) => JSON.parse(Buffer.from(payload, 'base64url').toString()).memberId,
  )

test.each(each)('%s gets 2,500 emails about one event in three requests, and each member their own', async (vendor) => {
  const api = await vendors[vendor].start()
  const story = await waiting(vendors[vendor].provider(api), 2_500, NAMES)
  expect((await story.notify()).emails).toMatchObject({ sent: 2_500, failed: 0 })
  expect(api.sizes.sort()).toEqual([1_000, 1_000, 500])
  expect(new Set(addresses(api.delivered)).size).toBe(2_500)

  const emails = await story.db.email.findMany()
  for (const { to, html, text, headers, key } of api.delivered) {
    const memberId = Number(/\d+/.exec(to)?.[0])
    const email = emails.find((each) => each.memberId === memberId)
    const expectedKey = `${email?.id}.${email?.createdAt.getTime()}`
    expect(key).toBe(expectedKey)
    expect(headers['Message-ID'] ?? headers['Message-Id']).toBe(`<${expectedKey}@example.org>`)
    expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
    expect(new Set(membersIn(`${html} ${text} ${headers['List-Unsubscribe']}`))).toEqual(new Set([memberId]))
    expect(membersIn(headers['List-Unsubscribe'] ?? '')).toHaveLength(1)
  }
})

test.each(each)('an email in a batch of %s is the one that its recipient would get alone', async (vendor) => {
  const api = await vendors[vendor].start()
  const story = await waiting(vendors[vendor].provider(api), NAMES.length, NAMES)
  await story.notify()
  expect(api.sizes).toEqual([NAMES.length])

  const alone: OutgoingEmail[] = []
  story.deps.providers = [recordingProvider(alone)]
  await story.db.email.updateMany({ data: { status: 'PENDING' } })
  await story.notify()
  const comparable = ({ to, subject, html, text, headers, files }: Omit<Delivered, 'key'>) => {
    const { 'Message-ID': _, 'Message-Id': __, ...others } = headers
    return JSON.parse(withoutTokens(JSON.stringify({ to, subject, html, text, headers: others, files })))
  }
  const sorted = (emails: Omit<Delivered, 'key'>[]) => emails.map(comparable).sort((a, b) => a.to.localeCompare(b.to))
  const withFiles = ({ attachments = [], ...email }: OutgoingEmail) => ({
    ...email,
    files: attachments.map(({ name, content }) => ({ name, content })),
  })
  expect(sorted(api.delivered)).toEqual(sorted(alone.map(withFiles)))
  for (const { files } of api.delivered) {
    expect(files).toMatchObject([{ name: 'deadline.ics' }])
    expect(entriesIn(files[0]?.content ?? '')).toMatchObject([{ summary: 'Ends: Voting for the council', sequence: 0 }])
  }
  expect(api.delivered.find(({ to }) => to === 'm2@example.com')?.html).toContain('Tom &amp; &lt;b&gt;Jerry')
  expect(api.delivered.find(({ to }) => to === 'm2@example.com')?.text).toContain('Tom & <b>Jerry')
})

test('two emails to one address go in different requests', async () => {
  const api = await startSendGrid()
  const story = await waiting(
    recordingProvider([], () => ({ result: 'unavailable', reason: 'closed' })),
    6,
  )
  story.expectLog(/Sending has stopped/)
  await story.notify()
  await story.db.member.updateMany({ where: { id: { lte: 3 } }, data: { email: 'Shared@example.com' } })
  await story.db.member.updateMany({ where: { id: 4 }, data: { email: 'shared@EXAMPLE.com' } })
  await story.db.email.updateMany({ data: { failingSince: null } })
  story.deps.providers = [sendGridAt(api)]
  expect((await story.notify()).emails).toMatchObject({ sent: 6 })
  expect(api.sizes.sort()).toEqual([1, 1, 1, 3])
})

test.each(each)(
  '%s gets an international domain in ASCII, and the email keeps the address as it was entered',
  async (vendor) => {
    const api = await vendors[vendor].start()
    const story = await waiting(vendors[vendor].provider(api), 3)
    await story.db.member.update({ where: { id: 2 }, data: { email: 'bob@bücher.example' } })
    await story.notify()
    expect(addresses(api.delivered)).toEqual(['bob@xn--bcher-kva.example', 'm1@example.com', 'm3@example.com'])
    expect(api.requests).toBe(1)
    expect((await story.db.email.findFirst({ where: { memberId: 2 } }))?.address).toBe('bob@bücher.example')
  },
)

test('emails that say different things do not share a request, and those that failed before go alone', async () => {
  const api = await startSendGrid()
  const story = await waiting(sendGridAt(api), 4)
  story.chain.revealingStageStarted()
  await story.notify()
  expect(api.sizes).toEqual([4, 4])
  expect(new Set(api.delivered.map(({ subject }) => subject)).size).toBe(2)

  await story.db.email.updateMany({ data: { status: 'PENDING' } })
  await story.db.email.updateMany({ where: { id: { in: [2, 3] } }, data: { failingSince: new Date() } })
  await story.notify()
  expect(api.sizes.slice(2).sort()).toEqual([1, 1, 2, 4])
})

test('a recipient for whom the email cannot be written keeps nobody else from getting it', async () => {
  const api = await startSendGrid()
  const story = await waiting(sendGridAt(api), 20)
  story.expectLog(/is retried|cannot/)
  const { emailTypes } = story.deps
  story.deps.emailTypes = {
    ...emailTypes,
    async open() {
      const prepare = await emailTypes.open()
      return async (pool, emails) => {
        const prepared = await prepare(pool, emails)
        const third = prepared.get(3)
        if (!third || !('draft' in third)) throw new Error('There is a third email')
        const fail = () => {
          throw new Error('no such letter')
        }
        return prepared.set(3, { ...third, draft: () => ({ ...third.draft(), personal: fail, compose: fail }) })
      }
    },
  }
  expect((await story.notify()).emails).toMatchObject({ sent: 19, retrying: 1 })
  expect(api.sizes).toEqual([19])
  expect(await statuses(story)).toEqual({ SENT: 19, 'PENDING CANNOT_BE_WRITTEN': 1 })
})

const refusing = (...members: number[]) => {
  const refused = members.map((n) => `m${n}@example.com`)
  return (to: string) => (refused.includes(to) ? 'Does not contain a valid address.' : undefined)
}

test('recipients whom SendGrid names fail alone, and everybody else is sent once', async () => {
  const api = await startSendGrid(refusing(3, 500, 999))
  const story = await waiting(sendGridAt(api), 1_000)
  expect((await story.notify()).emails).toMatchObject({ sent: 997, failed: 3 })
  expect(api.requests).toBe(2)
  expect(api.sizes).toEqual([0, 997])
  expect(await statuses(story)).toEqual({ SENT: 997, 'FAILED RECIPIENT_REFUSED': 3 })
  expect((await story.db.email.findMany({ where: { status: 'FAILED' } })).map(({ address }) => address).sort()).toEqual(
    ['m3@example.com', 'm500@example.com', 'm999@example.com'],
  )
})

test('an address that Mailgun quotes fails alone, though another one ends like it', async () => {
  const api = await startMailgun((to) =>
    to === 'm11@example.com' ? "'m11@example.com' is not a valid address" : undefined,
  )
  const story = await waiting(mailgunAt(api), 111)
  expect((await story.notify()).emails).toMatchObject({ sent: 110, failed: 1 })
  expect(api.requests).toBe(2)
})

test.each<[string, () => Promise<StandIn>, Vendor]>([
  ['SendGrid', () => startSendGrid(refusing(1, 700, 1_000), { namesThem: false }), 'SendGrid'],
  ['Mailgun', () => startMailgun(refusing(1, 700, 1_000)), 'Mailgun'],
])(
  'a request that %s refuses without naming anybody is halved until the culprits are alone',
  async (_, start, vendor) => {
    const api = await start()
    const story = await waiting(vendors[vendor].provider(api), 1_000)
    expect((await story.notify()).emails).toMatchObject({ sent: 997, failed: 3 })
    expect(new Set(addresses(api.delivered)).size).toBe(997)
    expect(api.delivered.length).toBe(997)
    // Each of the three halves the request at most ten times.
    expect(api.requests).toBeLessThanOrEqual(1 + 3 * 2 * 10)
  },
)

const unnamed: [string, (refuses: (to: string) => string | undefined) => Promise<StandIn>, Vendor][] = [
  ['SendGrid', (refuses) => startSendGrid(refuses, { namesThem: false }), 'SendGrid'],
  ['Mailgun', (refuses) => startMailgun(refuses), 'Mailgun'],
]
const numberOf = (to: string) => Number(/\d+/.exec(to)?.[0])

test.each(unnamed)(
  'a content that %s refuses for everybody costs no request for each, and everybody reads why',
  async (_, start, vendor) => {
    let refusals = 0
    const api = await start(() => `The content is not acceptable (reference ${++refusals})`)
    const story = await waiting(vendors[vendor].provider(api), 2_500)
    expect((await story.notify()).emails).toMatchObject({ sent: 0, failed: 2_500 })
    expect(await statuses(story)).toEqual({ 'FAILED MESSAGE_REFUSED': 2_500 })
    expect(api.requests).toBeLessThanOrEqual(3 * 100)
    const shared = await story.db.email.findFirst({ where: { reason: { contains: 'others in the same request' } } })
    expect(shared?.reason).toMatch(
      /^answered 400: .*The content is not acceptable.* \(as for 2\d others in the same request, each alone\)$/s,
    )
  },
)

test('a content that is too large for SendGrid even alone costs no request for each', async () => {
  const api = await startSendGrid(undefined, { most: 0 })
  const story = await waiting(sendGridAt(api), 1_000)
  expect((await story.notify()).emails).toMatchObject({ sent: 0, failed: 1_000 })
  expect(api.requests).toBeLessThanOrEqual(100)
})

const parts: [string, (n: number) => boolean][] = [
  ['every third', (n) => n % 3 === 0],
  ['every second', (n) => n % 2 === 0],
  ['the first half', (n) => n <= 200],
  ['nineteen', (n) => n % 20 === 0 && n < 400],
]
for (const [name, isRefused] of parts) {
  test.each(unnamed)(
    `%s refuses ${name} without naming anybody: everybody else is sent once`,
    async (_, start, vendor) => {
      const api = await start((to) => (isRefused(numberOf(to)) ? 'Not acceptable' : undefined))
      const story = await waiting(vendors[vendor].provider(api), 400)
      await story.notify()
      const others = Array.from({ length: 400 }, (_, n) => n + 1).filter((n) => !isRefused(n))
      expect(api.delivered.map(({ to }) => numberOf(to)).sort((a, b) => a - b)).toEqual(others)
      expect(await statuses(story)).toEqual({ SENT: others.length, 'FAILED MESSAGE_REFUSED': 400 - others.length })
    },
  )
}

test('a domain that is refused without being named keeps no other domain from its emails', async () => {
  const api = await startSendGrid((to) => (to.endsWith('@example.com') ? 'Not acceptable' : undefined), {
    namesThem: false,
  })
  const story = await waiting(sendGridAt(api), 400)
  await story.db.$executeRaw`UPDATE "Member" SET email = id || '@other.example' WHERE id % 25 = 0`
  expect((await story.notify()).emails).toMatchObject({ sent: 16, failed: 384 })
  expect(api.delivered.length).toBe(16)
})

test.each(each)('a request that is too large for %s is halved, and everybody is sent once', async (vendor) => {
  const api = await vendors[vendor].start(undefined, { most: 300 })
  const story = await waiting(vendors[vendor].provider(api), 1_000)
  expect((await story.notify()).emails).toMatchObject({ sent: 1_000 })
  expect(api.sizes.filter(Boolean)).toEqual([250, 250, 250, 250])
})

const answer =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(body)
  }

const PENDING = { 'PENDING PROVIDER_UNAVAILABLE': 50 }
const UNKNOWN = { 'PENDING OUTCOME_UNKNOWN': 50 }
const badSender = JSON.stringify({ errors: [{ message: 'The from address is not verified', field: 'from' }] })
const badMailgunSender = JSON.stringify({ message: 'from parameter is not a valid address' })

/** After one request for 50 emails: what became of them, how many attempts count, and how many stop for how long. */
const outcomes: [string, RequestListener, { statuses: object; attempts: number }][] = [
  ['401', answer(401), { statuses: PENDING, attempts: 0 }],
  ['403', answer(403), { statuses: PENDING, attempts: 0 }],
  ['429', answer(429), { statuses: { PENDING: 50 }, attempts: 0 }],
  ['429 with a time', answer(429, '', { 'Retry-After': '900' }), { statuses: { PENDING: 50 }, attempts: 0 }],
  ['500', answer(500), { statuses: PENDING, attempts: 0 }],
  ['503 with a time', answer(503, '', { 'Retry-After': '900' }), { statuses: { PENDING: 50 }, attempts: 0 }],
  ['a login page', answer(200, '<html>', { 'Content-Type': 'text/html' }), { statuses: PENDING, attempts: 0 }],
  ['a redirect', answer(302, '', { Location: '/login' }), { statuses: PENDING, attempts: 0 }],
  ['a success without proof', answer(201), { statuses: UNKNOWN, attempts: 1 }],
  ['a connection that it resets', hangingUp, { statuses: UNKNOWN, attempts: 1 }],
]

for (const vendor of each) {
  const sender = vendor === 'SendGrid' ? badSender : badMailgunSender
  const unknownSender: (typeof outcomes)[number] = [
    'a sender that it does not know',
    answer(400, sender),
    { statuses: PENDING, attempts: 0 },
  ]
  test.each([...outcomes, unknownSender])(
    `${vendor} answers a batch with %s: nobody is charged with the fault of all, and all are sent once it works`,
    async (name, fault, { statuses: expected, attempts }) => {
      const api = await vendors[vendor].start()
      const story = await waiting(vendors[vendor].provider(api), 50)
      story.expectLog(/Sending (has stopped|is paused)/)
      api.fault = fault
      await story.notify()
      expect(api.requests).toBe(1)
      // Mailgun may have delivered after an error of its own: then a time to wait says nothing of the email.
      const isInDoubt = vendor === 'Mailgun' && /^50/.test(name)
      expect(await statuses(story)).toEqual(isInDoubt ? PENDING : expected)
      expect(await story.db.email.count({ where: { provider: null } })).toBe(isInDoubt || attempts ? 0 : 50)
      expect(await story.db.email.count({ where: { attempts, leaseUntil: null } })).toBe(50)
      // Paused: nothing is sent, whoever asks.
      await story.notify()
      expect(api.requests).toBe(1)

      api.fault = undefined
      await story.pauseEnds()
      await story.db.email.updateMany({ data: { sendAt: new Date() } })
      await story.notify()
      expect(await story.db.email.count({ where: { status: 'SENT' } })).toBe(50)
      expect(new Set(addresses(api.delivered)).size).toBe(50)
      expect(api.delivered.length).toBe(50)
    },
  )
}

test('after an unknown outcome of a batch, the same Message-IDs are sent again', async () => {
  const api = await startSendGrid()
  const story = await waiting(sendGridAt(api), 20)
  story.expectLog(/Sending has stopped/)
  const ids = () => api.delivered.map(({ headers }) => headers['Message-ID']).sort()
  await story.notify()
  const first = ids()
  api.delivered.length = 0
  await story.db.email.updateMany({ data: { status: 'PENDING', attempts: 1, failureCode: 'OUTCOME_UNKNOWN' } })
  await story.notify()
  expect(ids()).toEqual(first)
})

test('placeholders are new in each request, and no member can write one', async () => {
  const bodies: string[] = []
  const api = await startSendGrid()
  const sendGrid = sendGridAt(api)
  const { batch } = sendGrid
  if (!batch) throw new Error('SendGrid takes batches')
  const provider: Provider = {
    ...sendGrid,
    batch: {
      ...batch,
      send: (mailing) => {
        bodies.push(Object.keys(mailing.recipients[0]?.values ?? {}).join())
        return batch.send(mailing)
      },
    },
  }
  const story = await waiting(provider, 4)
  story.chain.revealingStageStarted()
  await story.notify()
  expect(bodies).toHaveLength(2)
  const variables = bodies.flatMap((names) => names.split(','))
  expect(new Set(variables).size).toBe(variables.length)
  expect(variables.every((name) => /^v[\da-f]{16}(html|text)(name|unsubscribe|preferences)$/.test(name))).toBe(true)
})

test('a limit of emails per second makes smaller requests, one after the other', async () => {
  const api = await startSendGrid()
  const story = await waiting({ ...sendGridAt(api), perSecond: 20 }, 50)
  const startedMs = performance.now()
  expect((await story.notify()).emails).toMatchObject({ sent: 50 })
  expect(api.sizes.sort((a, b) => b - a)).toEqual([20, 20, 10])
  // The last ten wait for the forty before them.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(2_000)
})
