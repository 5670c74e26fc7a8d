import jwt from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { serveApi, signed } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

const SIGNUP = `mutation ($memberId: Int!, $name: String!, $email: String!, $signature: String!, $timestamp: BigInt!) {
  signup(memberId: $memberId, name: $name, email: $email, signature: $signature, timestamp: $timestamp)
}`
const UPDATE = 'mutation ($email: String) { updateMember(email: $email) { unverifiedEmail } }'
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { email } }'

const pass = (story: Story, seconds: number) => story.db.$executeRaw`
  UPDATE "Email" SET "createdAt" = "createdAt" - make_interval(secs => ${seconds}::int),
    "sendAt" = "sendAt" - make_interval(secs => ${seconds}::int),
    "sentAt" = "sentAt" - make_interval(secs => ${seconds}::int)`
const DAY = 24 * 60 * 60

/** Runs the notifier. @returns who received an email in this run */
async function mailed(story: Story): Promise<string[]> {
  story.sent.length = 0
  await story.notify()
  return story.sent.map(({ to }) => to)
}

/** Members whose addresses are confirmed, and the API that they change them with. */
async function members(...handles: string[]) {
  const story = await createStory()
  const cast = await Promise.all(handles.map((handle) => story.member(handle)))
  story.chain.announcingPeriodStarted()
  await story.begins()
  const api = await serveApi(story)
  const ask = (n: number, email: string) => {
    const member = cast[n]
    if (!member) throw new Error('unreachable')
    return api.data(UPDATE, { email }, api.tokenOf(member))
  }
  return { story, api, ask }
}

test.each([
  ['leet_joy', 'membership 0 (leet_joy)'],
  ['Bob-2', 'membership 0 (Bob-2)'],
  ['x'.repeat(30), `membership 0 (${'x'.repeat(30)})`],
  ['x'.repeat(31), 'membership 0.'],
  ['win at evil.example', 'membership 0.'],
  ['evil.example', 'membership 0.'],
  ['bób', 'membership 0.'],
  ['bob\n', 'membership 0.'],
  ['@bob', 'membership 0.'],
])('a confirmation for %j names %j and nothing else that was entered', async (handle, membership) => {
  const story = await createStory()
  const member = story.stranger(handle)
  story.chain.announcingPeriodStarted()
  await story.begins()
  const api = await serveApi(story)
  const name = 'You won a prize, claim it at www.evil.example'
  await api.data(SIGNUP, { ...signed(member), name, email: 'victim@example.org' })
  expect(await mailed(story)).toEqual(['victim@example.org'])
  const [{ subject, html, text } = { subject: '', html: '', text: '' }] = story.sent
  expect(subject).toBe('Confirm your email for Joystream notifications')
  expect(text).toMatch(/^Hello,\n/)
  for (const part of [html, text]) {
    expect(part).toContain(membership.replace(/\.$/, ''))
    expect(part).not.toMatch(/prize|evil|win at|bób|victim@|x{31}|@bob/)
  }
})

test('a handle that the database got otherwise is held to the same rule', async () => {
  const { story, ask } = await members('bob')
  await story.db.member.updateMany({ data: { handle: 'visit evil.example' } })
  await ask(0, 'victim@example.org')
  await mailed(story)
  expect(story.sent[0]?.text).toContain('for membership 0 at this address')
  expect(story.sent[0]?.text).not.toContain('evil')
})

test('an address receives three confirmations a day, whoever asks; the fourth waits for its turn', async () => {
  const { story, ask } = await members('alice', 'bob', 'carol', 'dave', 'erin')
  const spellings = ['victim@example.org', 'Victim@Example.org', 'victim+news@example.org', 'VICTIM@example.org']
  for (const [n, spelling] of spellings.entries()) {
    expect(await ask(n, spelling)).toEqual({
      updateMember: { unverifiedEmail: spelling.replace(/@.*/, '@example.org') },
    })
  }
  await ask(4, 'other@example.org')
  expect((await mailed(story)).sort()).toEqual([
    'Victim@example.org',
    'other@example.org',
    'victim+news@example.org',
    'victim@example.org',
  ])
  await pass(story, DAY - 60)
  expect(await mailed(story)).toEqual([])
  await pass(story, 61)
  expect(await mailed(story)).toEqual(['VICTIM@example.org'])
})

test('simultaneous requests of many members for one address stay within its limit', async () => {
  const { story, ask } = await members('alice', 'bob', 'carol', 'dave', 'erin', 'frank')
  await Promise.all([0, 1, 2, 3, 4, 5].map((n) => ask(n, 'victim@example.org')))
  expect(await mailed(story)).toHaveLength(3)
  await pass(story, DAY + 1)
  expect(await mailed(story)).toHaveLength(3)
})

test('confirmations that wait for a provider count as of now, not as of the time they were asked for', async () => {
  const { story, ask } = await members('alice', 'bob', 'carol', 'dave')
  for (const n of [0, 1, 2]) await ask(n, 'victim@example.org')
  await pass(story, 3 * DAY)
  await ask(3, 'victim@example.org')
  expect(await mailed(story)).toHaveLength(3)
})

test('a member has one confirmation a minute: the next one waits, and only the newest address is asked', async () => {
  const { story, ask } = await members('bob')
  await ask(0, 'first@example.org')
  expect(await mailed(story)).toEqual(['first@example.org'])
  await ask(0, 'second@example.org')
  await ask(0, 'third@example.org')
  expect(await mailed(story)).toEqual([])
  await pass(story, 61)
  expect(await mailed(story)).toEqual(['third@example.org'])
})

test('a member has ten confirmations a day, to whatever addresses', async () => {
  const { story, ask } = await members('bob')
  for (let n = 0; n < 10; n++) {
    await ask(0, `stranger-${n}@example.org`)
    expect(await mailed(story)).toEqual([`stranger-${n}@example.org`])
    await pass(story, 61)
  }
  await ask(0, 'stranger-10@example.org')
  expect(await mailed(story)).toEqual([])
  await pass(story, DAY - 700)
  expect(await mailed(story)).toEqual([])
  await pass(story, 700)
  expect(await mailed(story)).toEqual(['stranger-10@example.org'])
})

test('a confirmation that was never sent counts for nothing, and asking again keeps its place', async () => {
  const { story, ask } = await members('alice', 'bob')
  for (let n = 0; n < 20; n++) await ask(0, `typo-${n}@example.org`)
  await ask(0, 'right@example.org')
  await ask(0, 'right@example.org')
  await ask(1, 'right@example.org')
  expect((await mailed(story)).sort()).toEqual(['right@example.org', 'right@example.org'])
  expect(await story.db.email.count({ where: { status: 'PENDING' } })).toBe(0)
})

test('a confirmation whose outcome is unknown counts as sent', async () => {
  const { story, ask } = await members('alice', 'bob', 'carol', 'dave')
  for (const n of [0, 1, 2]) await ask(n, 'victim@example.org')
  // Handed over by notifiers that died; then their members asked for other addresses.
  await story.db.email.updateMany({ data: { attempts: 1, leaseUntil: new Date() } })
  for (const n of [0, 1, 2]) await ask(n, `other-${n}@example.org`)
  await ask(3, 'victim@example.org')
  expect(await mailed(story)).not.toContain('victim@example.org')
})

test('the old address learns that a new one was confirmed, even where emails are switched off', async () => {
  const { story, api, ask } = await members('bob')
  await story.db.member.updateMany({ data: { receiveEmails: false } })
  await ask(0, 'new@example.org')
  const token = story.tokens.email(0, 'new@example.org')
  await api.data(VERIFY, { token })
  expect(await mailed(story)).toEqual(['bob@example.org'])
  const [email] = story.sent
  expect(email?.subject).toBe('Your email address was changed')
  expect(email?.text).toContain('membership 0 goes to another address')
  // The new one may be a stranger's.
  expect(email?.text).not.toContain('new@')
  expect(await api.data(VERIFY, { token })).toEqual({ verifyEmail: { email: 'new@example.org' } })
  expect(await story.db.email.count({ where: { type: 'address-changed' } })).toBe(1)
})

test('a first address that is confirmed replaces none, so nobody else is told', async () => {
  const { story, api, ask } = await members('bob')
  await story.db.member.updateMany({ data: { email: null } })
  await ask(0, 'first@example.org')
  await api.data(VERIFY, { token: story.tokens.email(0, 'first@example.org') })
  expect(await mailed(story)).toEqual([])
})

const linkOf = (story: Story) => ({
  token: /emailVerificationToken=([\w.-]+)/.exec(story.sent.at(-1)?.text ?? '')?.[1] ?? '',
})

/** Lets a member ask for an address. @returns the link in its confirmation */
async function asked({ story, ask }: Awaited<ReturnType<typeof members>>, email: string) {
  await pass(story, 61)
  await ask(0, email)
  expect(await mailed(story)).toContain(email)
  return linkOf(story)
}

test('a link that is opened again after it worked answers with the member, and changes nothing', async () => {
  const cast = await members('bob')
  const { story, api } = cast
  const first = await asked(cast, 'new@example.org')
  const second = await asked(cast, 'new@example.org')
  const confirmed = { verifyEmail: { email: 'new@example.org' } }
  // Scanners open links before people do, and people open whichever email is on top.
  for (const link of [second, second, first]) expect(await api.data(VERIFY, link)).toEqual(confirmed)
  const before = await story.db.member.findFirstOrThrow()
  expect(await api.data(VERIFY, second)).toEqual(confirmed)
  expect(await story.db.member.findFirstOrThrow()).toEqual(before)
  expect(await story.db.email.count({ where: { type: 'address-changed' } })).toBe(1)

  // Asking for another address, and thinking better of it, does not end the link of the one in use.
  const other = await asked(cast, 'other@example.org')
  expect(await api.data(VERIFY, first)).toEqual(confirmed)
  await cast.ask(0, 'new@example.org')
  expect(await api.data(VERIFY, first)).toEqual(confirmed)
  expect(await api.code(VERIFY, other)).toBe('INVALID_TOKEN')
})

test('a link ends when its address is replaced, and stays so when the member returns to the address', async () => {
  const cast = await members('bob')
  const { api } = cast
  const verify = (link: object) => api.data(VERIFY, link)
  const oldA = await asked(cast, 'a@example.org')
  await verify(oldA)
  await verify(await asked(cast, 'b@example.org'))
  expect(await api.code(VERIFY, oldA)).toBe('INVALID_TOKEN')
  const newA = await asked(cast, 'a@example.org')
  expect(await api.code(VERIFY, oldA)).toBe('INVALID_TOKEN')
  expect(await verify(newA)).toEqual({ verifyEmail: { email: 'a@example.org' } })
  expect(await api.code(VERIFY, oldA)).toBe('INVALID_TOKEN')
  expect(await verify(newA)).toEqual({ verifyEmail: { email: 'a@example.org' } })
})

test('a link ends when another address is entered, though none was confirmed meanwhile', async () => {
  const cast = await members('bob')
  const { api, ask } = cast
  const oldA = await asked(cast, 'a@example.org')
  await ask(0, 'b@example.org')
  const newA = await asked(cast, 'a@example.org')
  expect(await api.code(VERIFY, oldA)).toBe('INVALID_TOKEN')
  expect(await api.data(VERIFY, newA)).toEqual({ verifyEmail: { email: 'a@example.org' } })
})

test("the replaced backend's links, which have no expiry, work for seven days, and again after they worked", async () => {
  const { story, api, ask } = await members('bob')
  await ask(0, 'new@example.org')
  const nowSeconds = Math.floor(Date.now() / 1000)
  const old = (payload: object, options: jwt.SignOptions = {}) => ({
    token: jwt.sign({ memberId: 0, email: 'new@example.org', type: 1, ...payload }, 'a secret of the tests', options),
  })
  const refused = [
    old({ iat: nowSeconds - 7 * DAY - 60 }),
    old({ iat: (nowSeconds - 7 * DAY - 60) * 1000 }),
    old({}, { noTimestamp: true }),
    old({ iat: nowSeconds, exp: nowSeconds - 1 }),
    old({ iat: nowSeconds, email: 'bob@evil.example' }),
    old({ iat: nowSeconds, memberId: 1 }),
    old({ iat: nowSeconds, type: 0 }),
  ]
  for (const link of refused) expect(await api.code(VERIFY, link)).toBe('INVALID_TOKEN')
  const link = old({ iat: nowSeconds - 7 * DAY + 3_600 })
  for (const _ of ['once', 'again']) {
    expect(await api.data(VERIFY, link)).toEqual({ verifyEmail: { email: 'new@example.org' } })
  }
  await ask(0, 'other@example.org')
  await api.data(VERIFY, { token: story.tokens.email(0, 'other@example.org') })
  await ask(0, 'new@example.org')
  expect(await api.code(VERIFY, link)).toBe('INVALID_TOKEN')
})

const SETTINGS = `mutation ($email: String, $receiveEmails: Boolean, $removeEmail: Boolean) {
  updateMember(email: $email, receiveEmails: $receiveEmails, removeEmail: $removeEmail) {
    email unverifiedEmail receiveEmails
  }
}`

test('an empty address changes no address, and keeps the confirmation that waits', async () => {
  const { story, api, ask } = await members('bob')
  const token = story.tokens.auth(0)
  await ask(0, 'new@example.org')
  for (const email of ['', '  ', null]) {
    const answer = await api.data(SETTINGS, { email, receiveEmails: email !== '' }, token)
    expect(answer).toEqual({
      updateMember: { email: 'bob@example.org', unverifiedEmail: 'new@example.org', receiveEmails: email !== '' },
    })
  }
  expect(await mailed(story)).toEqual(['new@example.org'])
})

test('a member removes the address: links to it end, nothing more is mailed, and the address learns of it', async () => {
  const cast = await members('bob', 'carol')
  const { story, api, ask } = cast
  const token = story.tokens.auth(0)
  const oldLink = await asked(cast, 'new@example.org')
  await api.data(VERIFY, oldLink)
  await mailed(story)
  await ask(0, 'waiting@example.org')
  const answer = await api.data(SETTINGS, { removeEmail: true, email: '' }, token)
  expect(answer).toEqual({ updateMember: { email: null, unverifiedEmail: null, receiveEmails: true } })
  story.chain.votingPeriodStarted({ candidates: [] })
  expect((await mailed(story)).sort()).toEqual(['carol@example.org', 'new@example.org'])
  const notice = story.sent.find(({ to }) => to === 'new@example.org')
  expect(notice?.subject).toBe('Your email address was removed')
  expect(notice?.text).toContain('membership 0 is no longer emailed')

  expect(await api.code(VERIFY, oldLink)).toBe('INVALID_TOKEN')
  const newLink = await asked(cast, 'new@example.org')
  expect(await api.code(VERIFY, oldLink)).toBe('INVALID_TOKEN')
  expect(await api.data(VERIFY, newLink)).toEqual({ verifyEmail: { email: 'new@example.org' } })
})

test('removing no address tells nobody, and an address cannot be removed and entered at once', async () => {
  const { story, api } = await members('bob')
  const token = story.tokens.auth(0)
  expect(await api.code(SETTINGS, { removeEmail: true, email: 'new@example.org' }, token)).toBe('BAD_USER_INPUT')
  for (const removeEmail of [false, null]) await api.data(SETTINGS, { removeEmail }, token)
  expect(await story.db.member.findFirstOrThrow()).toMatchObject({ email: 'bob@example.org', unverifiedEmail: null })
  for (const removeEmail of [true, true]) await api.data(SETTINGS, { removeEmail }, token)
  expect(await mailed(story)).toEqual(['bob@example.org'])
})
