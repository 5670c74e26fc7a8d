import type { Member } from 'query-node'
import { describe, expect, test } from 'vitest'
import { signPreferences } from '../../src/members/email-links.ts'
import { readLinkKey } from '../../src/members/links.ts'
import { serveApi, signed } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'
import {
  emailsOf,
  mailgunEvent,
  nowSeconds,
  postAsMailgun,
  postAsSendGrid,
  sendgridEvent,
  webhookKeys,
} from '../support/webhooks.ts'

const createStory = stories()
const DAY = 24 * 60 * 60

const ME = '{ me { email unverifiedEmail emailSuppressed { reason at } } }'
const UPDATE =
  'mutation ($email: String) { updateMember(email: $email) { email unverifiedEmail emailSuppressed { reason } } }'
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { email emailSuppressed { reason } } }'
const HARD = { type: 'bounce', reason: '550 no such user' }
const SOFT = { type: 'blocked', reason: '421 try later' }

/** Members with confirmed addresses, the API that they use, and the notifier that mails them. */
async function members(...handles: string[]) {
  const story = await createStory()
  const cast: Member[] = []
  for (const handle of handles) cast.push(await story.member(handle))
  story.chain.announcingPeriodStarted()
  await story.begins()
  const promptly: number[] = []
  const api = await serveApi(story, { webhookKeys, sendPromptly: (id) => void promptly.push(id) })
  const token = (n: number) => api.tokenOf(cast[n] as never)
  return {
    story,
    api,
    promptly,
    token,
    me: async (n = 0) => (await api.data(ME, {}, token(n))).me,
    ask: async (email: string, n = 0) => (await api.data(UPDATE, { email }, token(n))).updateMember,
    verify: async (link: string) => (await api.data(VERIFY, { token: link })).verifyEmail,
    /** An election of which all members hear. @returns who was emailed */
    async election() {
      story.sent.length = 0
      story.chain.announcingPeriodStarted()
      await story.notify()
      return story.sent.map(({ to }) => to).sort()
    },
    /** Runs the notifier. @returns who was emailed */
    async mailed() {
      story.sent.length = 0
      await story.notify()
      return story.sent.map(({ to }) => to).sort()
    },
    linkIn: () => /emailVerificationToken=([\w.-]+)/.exec(story.sent.at(-1)?.text ?? '')?.[1] ?? '',
    report: async (address: string, event: string, fields = {}) =>
      postAsSendGrid(api, [sendgridEvent(await lastTo(story, address), event, fields)]),
  }
}

async function lastTo(story: Story, address: string) {
  const email = (await emailsOf(story)).findLast((email) => email.address === address && email.status === 'SENT')
  if (!email) throw new Error(`Nothing was sent to ${address}`)
  return email
}

const pass = (story: Story, seconds: number) => story.db.$executeRaw`
  UPDATE "Email" SET "sendAt" = "sendAt" - make_interval(secs => ${seconds}::int),
    "sentAt" = "sentAt" - make_interval(secs => ${seconds}::int),
    "updatedAt" = "updatedAt" - make_interval(secs => ${seconds}::int)`

const reasonsOf = async (story: Story) =>
  (await emailsOf(story)).map(({ type, status, reason }) => `${type} ${status} ${reason}`)

test.each([
  ['bounce', HARD, 'BOUNCED'],
  ['bounce', {}, 'BOUNCED'],
  ['spamreport', {}, 'COMPLAINED'],
  ['unsubscribe', {}, 'UNSUBSCRIBED'],
  ['dropped', { reason: 'Bounced Address' }, 'BOUNCED'],
  ['dropped', { reason: 'Spam Reporting Address' }, 'COMPLAINED'],
  ['dropped', { reason: 'Unsubscribed Address' }, 'UNSUBSCRIBED'],
])('after %s %j, nothing more is emailed to the address, and its member sees why', async (event, fields, reason) => {
  const { story, report, me, election } = await members('alice', 'bob')
  expect(await election()).toEqual(['alice@example.org', 'bob@example.org'])
  expect(await me()).toMatchObject({ emailSuppressed: null })
  const at = nowSeconds() - 3
  await report('alice@example.org', event, { ...fields, timestamp: at })
  expect(await me()).toMatchObject({
    email: 'alice@example.org',
    emailSuppressed: { reason, at: expect.stringMatching(/^20.*Z$/) },
  })
  expect(await me(1)).toMatchObject({ emailSuppressed: null })
  expect(await election()).toEqual(['bob@example.org'])
  expect((await reasonsOf(story)).filter((line) => line.includes('SUPPRESSED'))).toEqual([
    'notification IGNORED SUPPRESSED',
  ])
})

test.each([
  ['deferred', {}],
  ['delivered', {}],
  ['dropped', { reason: 'Spam Content' }],
  ['dropped', { reason: 'constructor' }],
  ['bounce', SOFT],
  ['group_unsubscribe', {}],
])('after %s %j, emails go on', async (event, fields) => {
  const { report, me, election } = await members('alice')
  await election()
  for (let n = 0; n < 20; n++) await report('alice@example.org', event, { ...fields, timestamp: nowSeconds() - n })
  expect(await me()).toMatchObject({ emailSuppressed: null })
  expect(await election()).toEqual(['alice@example.org'])
})

test.each([
  [{ 'delivery-status': { code: 550, message: 'no such user' } }, 'BOUNCED'],
  [{ 'delivery-status': { code: 550, 'enhanced-code': '5.1.1' } }, 'BOUNCED'],
  [{ 'delivery-status': { code: 550, message: '5.2.1 This mailbox is disabled' } }, 'BOUNCED'],
  [{}, 'BOUNCED'],
  [{ 'delivery-status': { code: 554, message: '5.7.1 Message blocked by policy' } }, null],
  [{ 'delivery-status': { code: 550, 'enhanced-code': '5.7.1' } }, null],
  [{ 'delivery-status': { code: 552, 'enhanced-code': '5.2.2', message: 'Mailbox full' } }, null],
  [{ 'delivery-status': { code: 554, message: 'Transaction failed' } }, null],
  [{ reason: 'espblock', 'delivery-status': { code: 550 } }, null],
])('a permanent failure of Mailgun with %j leads to %s', async (fields, reason) => {
  const { api, story, me, election } = await members('alice')
  await election()
  const [email] = await emailsOf(story)
  if (!email) throw new Error('There is an email')
  await postAsMailgun(api, mailgunEvent(email, 'failed', { severity: 'permanent', reason: 'bounce', ...fields }))
  expect((await emailsOf(story))[0]).toMatchObject({ reported: 'bounced' })
  expect(await me()).toMatchObject({ emailSuppressed: reason === null ? null : { reason } })
})

describe('soft bounces', () => {
  test('five of one week stop emails, in whatever order they are reported', async () => {
    const { api, story, me, election } = await members('alice')
    for (let n = 0; n < 5; n++) await election()
    const events = (await emailsOf(story)).map((email, n) =>
      sendgridEvent(email, 'bounce', { ...SOFT, timestamp: nowSeconds() - 50 + 7 * ((n * 3) % 5) }),
    )
    for (const event of events.slice(0, 4)) await postAsSendGrid(api, [event, event])
    expect(await me()).toMatchObject({ emailSuppressed: null })
    await postAsSendGrid(api, events)
    expect(await me()).toMatchObject({ emailSuppressed: { reason: 'BOUNCED_REPEATEDLY' } })
    expect(await election()).toEqual([])
  })

  test('in one request count the same', async () => {
    const { api, story, me, election } = await members('alice', 'bob')
    for (let n = 0; n < 5; n++) await election()
    const alices = (await emailsOf(story)).filter(({ address }) => address === 'alice@example.org')
    await postAsSendGrid(
      api,
      alices.map((email) => sendgridEvent(email, 'bounce', SOFT)),
    )
    expect(await me(0)).toMatchObject({ emailSuppressed: { reason: 'BOUNCED_REPEATEDLY' } })
    expect(await me(1)).toMatchObject({ emailSuppressed: null })
  })

  test('lose half of their weight in a week', async () => {
    const { api, story, me, election } = await members('alice')
    for (let n = 0; n < 9; n++) await election()
    await story.db.$executeRaw`UPDATE "Email" SET "createdAt" = date_trunc('second', now() - interval '40 days')`
    const emails = await emailsOf(story)
    const bounce = async (n: number, daysAgo: number) => {
      const email = emails[n]
      if (!email) throw new Error('unreachable')
      await postAsSendGrid(api, [sendgridEvent(email, 'bounce', { ...SOFT, timestamp: nowSeconds() - daysAgo * DAY })])
    }
    for (const n of [0, 1, 2, 3]) await bounce(n, 28)
    await bounce(4, 21)
    await bounce(5, 14)
    await bounce(6, 7)
    await bounce(7, 0)
    const [{ score } = { score: 0 }] = await story.db.suppression.findMany()
    expect(score).toBeCloseTo(4 / 16 + 1 / 8 + 1 / 4 + 1 / 2 + 1, 3)
    expect(await me()).toMatchObject({ emailSuppressed: null })
    await bounce(8, 30)
    expect(await me()).toMatchObject({ emailSuppressed: null })
  })

  test('of Mailgun are those that it gave up, and not those that it tries again', async () => {
    const { api, story, me, election } = await members('alice')
    for (let n = 0; n < 5; n++) await election()
    for (const email of await emailsOf(story)) {
      await postAsMailgun(api, mailgunEvent(email, 'failed', { severity: 'temporary', reason: 'greylisted' }))
      await postAsMailgun(api, mailgunEvent(email, 'failed', { severity: 'temporary', reason: 'greylisted' }))
    }
    expect(await me()).toMatchObject({ emailSuppressed: null })
    for (const email of await emailsOf(story)) {
      await postAsMailgun(api, mailgunEvent(email, 'failed', { severity: 'permanent', reason: 'old' }))
    }
    expect(await me()).toMatchObject({ emailSuppressed: { reason: 'BOUNCED_REPEATEDLY' } })
  })
})

test('a suppression is of an address: the members who share it hear nothing, one who has left it does', async () => {
  const { story, api, token, me, report, election } = await members('alice', 'bob', 'carol')
  await story.db.member.updateMany({ where: { name: 'bob' }, data: { email: 'Alice@example.org' } })
  await election()
  await story.db.member.updateMany({ where: { name: 'alice' }, data: { email: 'new@example.org' } })
  await report('alice@example.org', 'bounce', HARD)
  expect(await me(0)).toMatchObject({ emailSuppressed: null })
  expect(await me(1)).toMatchObject({ emailSuppressed: { reason: 'BOUNCED' } })
  expect(await election()).toEqual(['carol@example.org', 'new@example.org'])
  await api.data('mutation { updateMember(removeEmail: true) { email } }', {}, token(1))
  expect(await election()).not.toContain('Alice@example.org')
  expect(await me(1)).toMatchObject({ email: null, emailSuppressed: null })
})

test('an internationalised address is the same in both spellings', async () => {
  const { story, api, me, election } = await members('alice')
  await story.db.member.updateMany({ data: { email: 'Alice@bücher.example' } })
  expect(await election()).toEqual(['Alice@xn--bcher-kva.example'])
  const email = await lastTo(story, 'Alice@bücher.example')
  await postAsSendGrid(api, [sendgridEvent(email, 'bounce', { ...HARD, email: 'alice@xn--bcher-kva.example' })])
  expect(await me()).toMatchObject({ emailSuppressed: { reason: 'BOUNCED' } })
  expect(await election()).toEqual([])
})

test('confirming the address again lets emails through, and reports from before no longer count', async () => {
  const { story, api, promptly, me, ask, verify, mailed, linkIn, report, election } = await members('alice')
  await election()
  const before = await lastTo(story, 'alice@example.org')
  await report('alice@example.org', 'spamreport', { timestamp: nowSeconds() - 5 })
  expect(await ask('alice@example.org')).toMatchObject({
    email: 'alice@example.org',
    unverifiedEmail: 'alice@example.org',
    emailSuppressed: { reason: 'COMPLAINED' },
  })
  expect(promptly).toHaveLength(1)
  expect(await mailed()).toEqual(['alice@example.org'])
  const link = linkIn()
  expect(await verify(link)).toEqual({ email: 'alice@example.org', emailSuppressed: null })
  expect(await verify(link)).toEqual({ email: 'alice@example.org', emailSuppressed: null })
  expect(await me()).toEqual({ email: 'alice@example.org', unverifiedEmail: null, emailSuppressed: null })
  await postAsSendGrid(api, [
    sendgridEvent(before, 'spamreport', { timestamp: nowSeconds() - 5 }),
    sendgridEvent(before, 'bounce', { ...HARD, timestamp: nowSeconds() - 3600 }),
  ])
  expect(await me()).toMatchObject({ emailSuppressed: null })
  expect(await election()).toEqual(['alice@example.org'])
  // Nobody was told that the address changed.
  expect((await reasonsOf(story)).filter((line) => line.startsWith('address-changed'))).toEqual([])

  await report('alice@example.org', 'bounce', HARD)
  expect(await me()).toMatchObject({ emailSuppressed: { reason: 'BOUNCED' } })
  expect(await verify(link)).toEqual({ email: 'alice@example.org', emailSuppressed: { reason: 'BOUNCED' } })
  expect(await election()).toEqual([])
})

test('a link from between a bounce and a complaint opens nothing either', async () => {
  const { story, ask, verify, mailed, linkIn, me, report, election } = await members('alice')
  await ask('new@example.org')
  await mailed()
  const link = linkIn()
  await verify(link)
  await election()
  await report('new@example.org', 'bounce', HARD)
  await report('new@example.org', 'spamreport')
  await story.db.$executeRaw`
    UPDATE "Suppression" SET since = now() - interval '1 day', "scoredAt" = now() + interval '1 second'`
  await verify(link)
  expect(await me()).toMatchObject({ emailSuppressed: { reason: 'COMPLAINED' } })
  // The same link, from after both.
  await story.db.$executeRaw`UPDATE "Suppression" SET "scoredAt" = now() - interval '1 day'`
  await verify(link)
  expect(await me()).toMatchObject({ emailSuppressed: null })
})

test('a link from before a bounce opens nothing', async () => {
  const { story, api, ask, verify, mailed, linkIn, me, report, election } = await members('alice')
  await ask('new@example.org')
  await mailed()
  const link = linkIn()
  expect(await verify(link)).toMatchObject({ email: 'new@example.org', emailSuppressed: null })
  await election()
  await story.db.$executeRaw`UPDATE "Email" SET "createdAt" = "createdAt" - interval '1 day'`
  await report('new@example.org', 'bounce', HARD)
  // The provider's clock has whole seconds.
  await story.db.$executeRaw`UPDATE "Suppression" SET since = now()`
  expect(await verify(link)).toMatchObject({ emailSuppressed: { reason: 'BOUNCED' } })
  const page = await fetch(`${api.url}/verify-email/${link}`, { method: 'POST' })
  expect([page.status, await page.text()]).toEqual([409, expect.stringContaining('This link is too old')])
  expect(await me()).toMatchObject({ emailSuppressed: { reason: 'BOUNCED' } })
})

describe('confirmations to a suppressed address', () => {
  test('are one a day, whoever asks, however the address is spelt', async () => {
    const { story, ask, mailed, report, election } = await members('alice', 'bob', 'carol')
    await election()
    await report('alice@example.org', 'spamreport')
    await ask('alice@example.org')
    await ask('Alice@example.org', 1)
    await ask('alice+news@example.org', 2)
    expect(await mailed()).toHaveLength(1)
    for (let day = 0; day < 2; day++) {
      await pass(story, DAY - 60)
      expect(await mailed()).toEqual([])
      await pass(story, 61)
      expect(await mailed()).toHaveLength(1)
    }
  })

  test('are one a day too when they were asked for before', async () => {
    const { story, ask, mailed, report, election } = await members('alice', 'bob', 'carol')
    await election()
    await ask('alice@example.org', 1)
    await ask('alice@example.org', 2)
    await report('alice@example.org', 'spamreport')
    expect(await mailed()).toEqual(['alice@example.org'])
    expect(await mailed()).toEqual([])
    await pass(story, DAY + 1)
    expect(await mailed()).toEqual(['alice@example.org'])
  })

  test('go to a new member too, who sees why no email comes', async () => {
    const { story, api, ask, mailed, report, linkIn, verify } = await members('alice')
    await ask('typo@example.org')
    await mailed()
    await report('typo@example.org', 'bounce', HARD)
    const member = story.stranger('erin')
    await story.notify()
    const { signup: token } = await api.data(
      `mutation ($memberId: Int!, $email: String!, $signature: String!, $timestamp: BigInt!) {
        signup(memberId: $memberId, name: "erin", email: $email, signature: $signature, timestamp: $timestamp)
      }`,
      { ...signed(member), email: 'typo@example.org' },
    )
    expect(await api.data(ME, {}, String(token))).toMatchObject({
      me: { email: null, unverifiedEmail: 'typo@example.org', emailSuppressed: { reason: 'BOUNCED' } },
    })
    expect(await mailed()).toEqual([])
    await pass(story, DAY + 1)
    expect(await mailed()).toEqual(['typo@example.org'])
    expect(await verify(linkIn())).toEqual({ email: 'typo@example.org', emailSuppressed: null })
  })

  test('are not needed for an address that emails reach', async () => {
    const { ask, mailed } = await members('alice')
    expect(await ask('alice@example.org')).toMatchObject({ unverifiedEmail: null })
    expect(await mailed()).toEqual([])
  })
})

test('a member is not told at a suppressed address that it was changed', async () => {
  const { story, ask, verify, mailed, linkIn, report, election } = await members('alice')
  await election()
  await report('alice@example.org', 'spamreport')
  await ask('new@example.org')
  expect(await mailed()).toEqual(['new@example.org'])
  expect(await verify(linkIn())).toEqual({ email: 'new@example.org', emailSuppressed: null })
  expect(await mailed()).toEqual([])
  expect(await reasonsOf(story)).toContain('address-changed IGNORED SUPPRESSED')
})

test('the preferences page says that emails have stopped, and sends the confirmation again', async () => {
  const { story, api, promptly, report, election, mailed, linkIn, me } = await members('alice')
  await election()
  const path = `/preferences/${signPreferences(await readLinkKey(story.pool), 0, Date.now())}`
  const open = async () => (await fetch(api.url + path)).text()
  const press = async () =>
    (await fetch(api.url + path, { method: 'POST', body: new URLSearchParams({ form: 'confirm again' }) })).text()
  expect(await open()).not.toContain('Emails to you have stopped')
  expect(await press()).toContain('There is nothing to confirm.')
  await report('alice@example.org', 'bounce', HARD)
  const page = await open()
  expect(page).toContain('Emails to you have stopped')
  expect(page).toContain('Nothing has been emailed to a•••@ex•••.org since 20')
  expect(page).not.toMatch(/alice@|no such user/)
  for (let n = 0; n < 5; n++) expect(await press()).toContain('An email with a link is on its way.')
  expect(new Set(promptly).size).toBe(1)
  expect(await mailed()).toEqual(['alice@example.org'])
  const link = linkIn()
  expect(await press()).toContain('waits until a day after it')
  expect(await mailed()).toEqual([])
  expect((await fetch(`${api.url}/verify-email/${link}`, { method: 'POST' })).status).toBe(200)
  expect(await me()).toMatchObject({ emailSuppressed: null })
  expect(await open()).not.toContain('Emails to you have stopped')
})

test('a batch of emails is asked about in one query', async () => {
  const { story, report, election } = await members(...Array.from({ length: 90 }, (_, n) => `member${n}`))
  await election()
  await report('member3@example.org', 'bounce', HARD)
  const statements: string[] = []
  const run = story.pool.query.bind(story.pool)
  story.pool.query = ((...args: Parameters<typeof run>) => {
    statements.push(String(args[0]))
    return run(...args)
  }) as typeof story.pool.query
  expect(await election()).toHaveLength(89)
  story.pool.query = run
  expect(statements.filter((text) => text.includes('"Suppression"'))).toHaveLength(1)
})

test('an address that an operator suppressed for a reason of their own stays so', async () => {
  const { story, me, report, election } = await members('alice')
  await election()
  const address = 'alice@example.org'
  await story.db.suppression.create({ data: { address, mailbox: address, reason: 'asked by phone' } })
  expect(await me()).toMatchObject({ emailSuppressed: { reason: 'BOUNCED', at: expect.stringMatching(/Z$/) } })
  await report(address, 'bounce', SOFT)
  expect(await election()).toEqual([])
  await report(address, 'spamreport')
  expect(await me()).toMatchObject({ emailSuppressed: { reason: 'COMPLAINED' } })
})
