import { Keyring } from '@polkadot/keyring'
import jwt from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { networkOf } from '../../src/api/caller.ts'
import { serveApi, signed } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const SIGNUP = `mutation ($memberId: Int!, $name: String!, $email: String!, $signature: String!, $timestamp: BigInt!) {
  signup(memberId: $memberId, name: $name, email: $email, signature: $signature, timestamp: $timestamp)
}`
const SIGNIN = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`
const ME = '{ me { id name email unverifiedEmail receiveEmails } }'
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { email } }'
const UPDATE = `mutation ($email: String, $receiveEmails: Boolean) {
  updateMember(email: $email, receiveEmails: $receiveEmails) { id name email unverifiedEmail receiveEmails }
}`
const SECRET = 'a secret of the tests'
const MINUTE = 60_000

/** A membership on the chain that is not registered here. */
async function newcomer() {
  const story = await createStory()
  const alice = story.stranger('alice')
  story.chain.announcingPeriodStarted()
  await story.begins()
  const api = await serveApi(story)
  const signup = (data: object = {}) =>
    api.data(SIGNUP, { ...signed(alice), name: 'Alice', email: 'alice@example.org', ...data })
  return { story, alice, api, signup }
}

const tokenIn = (text: string) => /emailVerificationToken=([\w.-]+)/.exec(text)?.[1] ?? ''

test('a member signs up, confirms their address, and gets an email about the next election', async () => {
  const { story, alice, api, signup } = await newcomer()
  expect(await api.data('query ($id: Int!) { memberExist(id: $id) }', { id: Number(alice.id) })).toEqual({
    memberExist: false,
  })
  const { signup: token } = await signup()
  expect(await api.data('query ($id: Int!) { memberExist(id: $id) }', { id: Number(alice.id) })).toEqual({
    memberExist: true,
  })
  expect(await api.data(ME, {}, String(token))).toEqual({
    me: {
      id: Number(alice.id),
      name: 'Alice',
      email: null,
      unverifiedEmail: 'alice@example.org',
      receiveEmails: true,
    },
  })

  await story.notify()
  const [confirmation] = story.sent.splice(0)
  expect(confirmation).toMatchObject({
    to: 'alice@example.org',
    subject: 'Confirm your email for Joystream notifications',
  })
  expect(confirmation?.text).toContain('https://pioneer.example/#/settings?emailVerificationToken=')
  const verify = { token: tokenIn(confirmation?.text ?? '') }
  expect(await api.data(VERIFY, verify)).toEqual({ verifyEmail: { email: 'alice@example.org' } })

  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  expect(story.sent.map(({ to, subject }) => [to, subject])).toEqual([
    ['alice@example.org', expect.stringMatching(/^Vote for the council by /)],
  ])
})

test.each(['sr25519', 'ed25519', 'ecdsa'] as const)(
  'an %s wallet signs in, with plain or wrapped text',
  async (type) => {
    const story = await createStory()
    const pair = new Keyring({ type, ss58Format: 126 }).addFromUri('//wallet')
    const member = story.chain.memberJoins('wallet', { controllerAccount: pair.address })
    await story.begins()
    const api = await serveApi(story)
    for (const [n, wrap] of [(text: string) => text, (text: string) => `<Bytes>${text}</Bytes>`].entries()) {
      const timestamp = Date.now() + n
      const signature = `0x${Buffer.from(pair.sign(wrap(`${member.id}:${timestamp}`))).toString('hex')}`
      const { signin } = await api.data(SIGNIN, { memberId: Number(member.id), timestamp, signature })
      expect(story.tokens.memberOf(String(signin))).toBe(Number(member.id))
    }
  },
)

test('a membership that is not registered signs in, but reads nothing until it signs up', async () => {
  const { api, alice } = await newcomer()
  const { signin } = await api.data(SIGNIN, signed(alice))
  expect(await api.code(ME, {}, String(signin))).toBe('UNAUTHENTICATED')
})

test('a signature is rejected if it is old, from the future, from another account, of another text, or malformed', async () => {
  const { story, api, alice } = await newcomer()
  const mallory = story.stranger('mallory')
  const now = Date.now()
  const theirs = mallory.sign(`${alice.id}:${now}`)
  for (const wrong of [
    signed(alice, now - 61 * MINUTE),
    signed(alice, now + 6 * MINUTE),
    { ...signed(alice, now), signature: theirs },
    { ...signed(alice, now), timestamp: now + 1 },
    { ...signed(alice, now), signature: '0x00' },
    { ...signed(alice, now), signature: 'please' },
    { ...signed(alice, now), signature: `0x${'00'.repeat(10_000)}` },
  ]) {
    expect(await api.code(SIGNIN, wrong)).toBe('INVALID_SIGNATURE')
  }
  // Just inside the limits, it is accepted.
  await api.data(SIGNIN, signed(alice, now - 59 * MINUTE))
  await api.data(SIGNIN, signed(alice, now + 4 * MINUTE))
})

test('a signature works once, and an older one no longer works after it', async () => {
  const { api, alice } = await newcomer()
  const now = Date.now()
  const once = signed(alice, now)
  const results = await Promise.all([api.ask(SIGNIN, once), api.ask(SIGNIN, once), api.ask(SIGNIN, once)])
  expect(results.filter(({ errors }) => !errors).length).toBe(1)
  expect(await api.code(SIGNIN, signed(alice, now - 1000))).toBe('INVALID_SIGNATURE')
  await api.data(SIGNIN, signed(alice, now + 1))
})

test('attempts are limited per member, without locking out others', async () => {
  const { story, api, alice } = await newcomer()
  const bob = story.stranger('bob')
  story.chain.commitBlock()
  const wrong = { ...signed(alice), signature: `0x${'11'.repeat(64)}` }
  const codes: (string | undefined)[] = []
  for (let attempt = 0; attempt < 12; attempt++) codes.push(await api.code(SIGNIN, wrong))
  expect(codes.slice(0, 10)).toEqual(Array(10).fill('INVALID_SIGNATURE'))
  expect(codes.slice(10)).toEqual(['RATE_LIMITED', 'RATE_LIMITED'])
  await api.data(SIGNIN, signed(bob))

  // Ten minutes later, the member has ten attempts again.
  await story.db.$executeRaw`UPDATE "RateLimit" SET since = since - interval '11 minutes'`
  codes.length = 0
  for (let attempt = 0; attempt < 11; attempt++) codes.push(await api.code(SIGNIN, wrong))
  expect(codes).toEqual([...Array(10).fill('INVALID_SIGNATURE'), 'RATE_LIMITED'])
})

test('a blocked address locks out nobody else, whatever X-Forwarded-For it sends', async () => {
  const story = await createStory()
  const alice = story.stranger('alice')
  await story.begins()
  const api = await serveApi(story, { trustedProxies: 1 })
  const signInFrom = async (addresses: string, signIn: object) => {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': addresses },
      body: JSON.stringify({ query: SIGNIN, variables: signIn }),
    })
    return ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code
  }
  const guess = (memberId: number, n: number) =>
    signInFrom(`203.0.113.${n}, 198.51.100.1`, { ...signed(alice), memberId })
  const codes = await Promise.all(Array.from({ length: 51 }, (_, n) => guess(4_000 + n, n)))
  expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(1)
  for (let attempt = 0; attempt < 11; attempt++) expect(await guess(Number(alice.id), attempt)).toBe('RATE_LIMITED')
  expect(await signInFrom('198.51.100.1, 198.51.100.2', signed(alice))).toBeUndefined()

  const fromIPv6 = await Promise.all(
    Array.from({ length: 51 }, (_, n) => signInFrom(`2001:db8::${n}`, { ...signed(alice), memberId: 5_000 + n })),
  )
  expect(fromIPv6.filter((code) => code === 'RATE_LIMITED')).toHaveLength(1)
})

/** The answer's code to a sign-in that a proxy passes on; undefined if it succeeds. */
async function signInFrom(url: string, address: string, signIn: object): Promise<string | undefined> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ query: SIGNIN, variables: signIn }),
  })
  return ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code
}

test('no stranger locks a member out: a valid signature from another network always gets in', async () => {
  const story = await createStory()
  const [alice, bob] = [story.stranger('alice'), story.stranger('bob')]
  await story.begins()
  const api = await serveApi(story, { trustedProxies: 1 })
  const junk = { ...signed(alice), signature: `0x${'11'.repeat(64)}` }
  for (const network of ['198.51.100.1', '2001:db8::1']) {
    for (let n = 0; n < 10; n++) expect(await signInFrom(api.url, network, junk)).toBe('INVALID_SIGNATURE')
    expect(await signInFrom(api.url, network, signed(alice))).toBe('RATE_LIMITED')
    expect(await signInFrom(api.url, network, signed(bob))).toBeUndefined()
  }
  expect(await signInFrom(api.url, '2001:db8:0:1::1', signed(alice))).toBeUndefined()
})

test('a network whose attempts are used up for one member has all others left', async () => {
  const story = await createStory()
  const [alice, bob] = [story.stranger('alice'), story.stranger('bob')]
  await story.begins()
  const api = await serveApi(story, { trustedProxies: 1 })
  const junk = { ...signed(alice), signature: `0x${'11'.repeat(64)}` }
  for (let n = 0; n < 70; n++) await signInFrom(api.url, '198.51.100.1', junk)
  expect(await signInFrom(api.url, '198.51.100.1', signed(bob))).toBeUndefined()
  const counts = await story.db.rateLimit.findMany({ orderBy: { key: 'asc' } })
  expect(counts.map(({ key, count }) => [key, count])).toEqual([
    ['sign-in from address 198.51.100.1', 10],
    [`sign-in of member ${alice.id} from 198.51.100.1`, 70],
    [`sign-in of member ${bob.id} from 198.51.100.1`, 0],
  ])
})

test('only failures are limited, and an outage of the query node is none', async () => {
  const story = await createStory()
  const alice = story.stranger('alice')
  await story.begins()
  const api = await serveApi(story)
  const now = Date.now()
  for (let n = 0; n < 60; n++) await api.data(SIGNIN, signed(alice, now + n))
  story.node.faults.down = true
  for (let n = 0; n < 11; n++) expect(await api.code(SIGNIN, signed(alice, now + 60))).toBe('QUERY_NODE_UNAVAILABLE')
  story.node.faults.down = false
  await api.data(SIGNIN, signed(alice, now + 60))
})

test('behind a proxy that is not configured, nobody is locked out with the others', async () => {
  const story = await createStory()
  const alice = story.stranger('alice')
  await story.begins()
  const api = await serveApi(story, { trustedProxies: undefined })
  const junk = { ...signed(alice), signature: `0x${'11'.repeat(64)}` }
  for (let n = 0; n < 60; n++) expect(await signInFrom(api.url, '198.51.100.1', junk)).toBe('INVALID_SIGNATURE')
  expect(await signInFrom(api.url, '198.51.100.1', signed(alice))).toBeUndefined()
})

test("a signature dated ahead works once, and does not block the member's next ones", async () => {
  const { story, api, alice } = await newcomer()
  const now = Date.now()
  const ahead = [signed(alice, now + 4 * MINUTE), signed(alice, now + 4.5 * MINUTE), signed(alice, now + 4.2 * MINUTE)]
  for (const signIn of ahead) await api.data(SIGNIN, signIn)
  await api.data(SIGNIN, signed(alice))
  for (const signIn of ahead) expect(await api.code(SIGNIN, signIn)).toBe('INVALID_SIGNATURE')
  expect(await api.code(SIGNIN, signed(alice, now))).toBe('INVALID_SIGNATURE')

  // Once their time has passed, the next sign-in forgets them, and they stay used.
  await story.db.$executeRaw`
    UPDATE "SignIn" SET "signedAhead" = ARRAY(SELECT ahead - interval '10 minutes' FROM unnest("signedAhead") ahead)`
  await api.data(SIGNIN, signed(alice))
  expect(await story.db.signIn.findFirstOrThrow()).toMatchObject({ signedAhead: [] })
})

test('a member whose clock is ahead cannot fill the table of used signatures', async () => {
  const { story, api, alice } = await newcomer()
  const now = Date.now()
  for (let n = 0; n < 100; n++) await api.data(SIGNIN, signed(alice, now + 4 * MINUTE + n))
  expect(await api.code(SIGNIN, signed(alice, now + 4.5 * MINUTE))).toBe('INVALID_SIGNATURE')
  const { signedAhead } = await story.db.signIn.findFirstOrThrow()
  expect(signedAhead).toHaveLength(100)
  // Five minutes later, it is empty again.
  await story.db.$executeRaw`
    UPDATE "SignIn" SET "signedAhead" = ARRAY(SELECT ahead - interval '10 minutes' FROM unnest("signedAhead") ahead)`
  await api.data(SIGNIN, signed(alice, now + 4.5 * MINUTE))
})

test('an IPv6 network counts as one address', () => {
  const same = ['2001:db8:0:7::1', '2001:0DB8:0:7:ffff:ffff:ffff:ffff', '2001:db8::7:0:0:0:1', '2001:db8:0:7::']
  expect(new Set(same.map(networkOf))).toEqual(new Set(['2001:db8:0:7::/64']))
  const others = ['2001:db8::1', '2001:db8:7::', '2001:db8:0:8::1', '::1', '::', '198.51.100.1']
  expect(others.map(networkOf)).toEqual([
    '2001:db8:0:0::/64',
    '2001:db8:7:0::/64',
    '2001:db8:0:8::/64',
    '0:0:0:0::/64',
    '0:0:0:0::/64',
    '198.51.100.1',
  ])
  const withIPv4 = ['::ffff:198.51.100.2', '::ffff:c633:6402', '0:0:0:0:0:ffff:198.51.100.2', '::FFFF:c633:6402']
  expect(new Set(withIPv4.map(networkOf))).toEqual(new Set(['198.51.100.2']))
  expect(['1::2:3:4:5:1.2.3.4', 'fe80::1%eth0'].map(networkOf)).toEqual(['1:0:2:3::/64', 'fe80:0:0:0::/64'])
  // A text that is not an address counts as its own network.
  expect(['unknown', '', '1.2.3', '::g'].map(networkOf)).toEqual(['unknown', '', '1.2.3', '::g'])
})

test('a membership that does not exist and a query node that does not answer have different codes', async () => {
  const { story, api, alice } = await newcomer()
  expect(await api.code(SIGNIN, { ...signed(alice), memberId: 4711 })).toBe('NOT_A_MEMBER')
  story.node.faults.down = true
  expect(await api.code(SIGNIN, signed(alice))).toBe('QUERY_NODE_UNAVAILABLE')
})

test('signup rejects a registered membership, and an invalid name or address before anything is stored', async () => {
  const { story, api, alice, signup } = await newcomer()
  const attempt = (data: object) => api.code(SIGNUP, { ...signed(alice), name: 'A', email: 'a@example.org', ...data })
  for (const email of [
    'nobody',
    'a@b',
    'a b@example.org',
    'a@example.org, b@example.org',
    `${'x'.repeat(300)}@example.org`,
  ]) {
    expect(await attempt({ email }), email).toBe('BAD_USER_INPUT')
  }
  for (const name of ['', '   ', 'nul\0', 'x'.repeat(1_000_000).slice(0, 90_000)]) {
    expect(await attempt({ name })).toBe('BAD_USER_INPUT')
  }
  expect(await story.db.member.count()).toBe(0)
  await signup({ email: '  Alice@EXAMPLE.org ' })
  expect((await story.db.member.findFirstOrThrow()).unverifiedEmail).toBe('Alice@example.org')
  expect(await attempt({})).toBe('ALREADY_REGISTERED')
})

test('a new address replaces the old one when it is confirmed', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  const api = await serveApi(story)
  const token = api.tokenOf(bob)
  expect(await api.data(UPDATE, { email: 'new@example.org', receiveEmails: true }, token)).toMatchObject({
    updateMember: { email: 'bob@example.org', unverifiedEmail: 'new@example.org' },
  })
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  expect(story.sent.map(({ to }) => to).sort()).toEqual(['bob@example.org', 'new@example.org'])
  const stale = tokenIn(story.sent.find(({ to }) => to === 'new@example.org')?.text ?? '')
  await api.data(UPDATE, { email: 'other@example.org' }, token)
  expect(await api.code(VERIFY, { token: stale })).toBe('INVALID_TOKEN')
})

test('of several simultaneous requests to sign up one succeeds, of several addresses one is asked, and one request confirms it', async () => {
  const { story, alice, api, signup } = await newcomer()
  const now = Date.now()
  const succeeded = async (attempts: Promise<unknown>[]) =>
    (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled').length
  expect(await succeeded([0, 1, 2].map((n) => signup(signed(alice, now + n))))).toBe(1)
  expect([await story.db.member.count(), await story.db.email.count()]).toEqual([1, 1])

  const emails = ['a@example.org', 'b@example.org', 'c@example.org']
  expect(await succeeded(emails.map((email) => api.data(UPDATE, { email }, api.tokenOf(alice))))).toBe(3)
  const { unverifiedEmail } = await story.db.member.findFirstOrThrow()
  const waiting = await story.db.email.findMany({ where: { status: 'PENDING' } })
  expect(waiting.map(({ address }) => address)).toEqual([unverifiedEmail])

  const token = story.tokens.email(Number(alice.id), unverifiedEmail ?? '')
  await story.db.member.updateMany({ data: { email: 'before@example.org' } })
  expect(await succeeded([1, 2, 3].map(() => api.data(VERIFY, { token })))).toBe(3)
  expect(await story.db.member.findFirstOrThrow()).toMatchObject({ email: unverifiedEmail, unverifiedEmail: null })
  expect(await story.db.email.count({ where: { type: 'address-changed' } })).toBe(1)
})

test("the replaced backend's tokens, whose expiry is in milliseconds, work until they expire", async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  const old = (exp: number, extra: object = {}) =>
    jwt.sign({ memberId: Number(bob.id), type: 0, exp, ...extra }, SECRET)
  expect(await api.data(ME, {}, old(Date.now() + MINUTE))).toMatchObject({ me: { name: 'bob' } })
  expect(await api.code(ME, {}, old(Date.now() - MINUTE))).toBe('UNAUTHENTICATED')
  expect(await api.code(ME, {}, old(Math.floor(Date.now() / 1000) - 60))).toBe('UNAUTHENTICATED')
})

test('a token is rejected if it is unsigned, signed differently, for emails, or without an expiry', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  const payload = { memberId: Number(bob.id), type: 0, exp: Math.floor(Date.now() / 1000) + 60 }
  const [header, body] = jwt.sign(payload, SECRET).split('.')
  const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`
  for (const token of [
    none,
    `${header}.${body}.`,
    jwt.sign(payload, 'another secret'),
    jwt.sign(payload, SECRET, { algorithm: 'HS512' }),
    jwt.sign({ ...payload, type: 1 }, SECRET),
    jwt.sign({ memberId: payload.memberId, type: 0 }, SECRET),
    story.tokens.email(Number(bob.id), 'bob@example.org'),
    'rubbish',
  ]) {
    expect(await api.code(ME, {}, token)).toBe('UNAUTHENTICATED')
  }
  expect(await api.code(VERIFY, { token: story.tokens.auth(Number(bob.id)) })).toBe('INVALID_TOKEN')
})

test('an update that repeats the address in use needs no confirmation', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  const update = (variables: object) =>
    api.data(
      `mutation ($email: String, $receiveEmails: Boolean) {
        updateMember(email: $email, receiveEmails: $receiveEmails) { email unverifiedEmail receiveEmails }
      }`,
      variables,
      api.tokenOf(bob),
    )
  const inUse = { email: 'bob@example.org', unverifiedEmail: null }
  for (const receiveEmails of [false, true]) {
    expect(await update({ email: 'bob@example.org', receiveEmails })).toEqual({
      updateMember: { ...inUse, receiveEmails },
    })
  }
  await update({ email: 'bob@new.example' })
  // Returning to it cancels the confirmation.
  expect(await update({ email: 'bob@example.org' })).toEqual({ updateMember: { ...inUse, receiveEmails: true } })
  expect(await story.db.email.count()).toBe(1)
  await story.notify()
  expect(story.sent).toEqual([])
})
