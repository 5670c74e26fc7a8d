import jwt from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { readLink, readLinkKey, signLink } from '../../src/members/links.ts'
import { createTokens } from '../../src/members/tokens.ts'
import { run } from '../../src/notifier/run.ts'
import { serveApi, signed } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()
const [OLD, NEW] = ['the secret until now', 'the secret from now on']
const ME = '{ me { name } }'
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { email } }'
const SIGN_IN =
  'mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) { signin(memberId: $memberId, signature: $signature, timestamp: $timestamp) }'
const METRICS_TOKEN = 'for-prometheus'

/** The API after its operator has changed APP_SECRET_KEY. */
const serveWith = (story: Story, ...keys: Parameters<typeof createTokens>) =>
  serveApi({ ...story, tokens: { ...story.tokens, ...createTokens(...keys) } }, { metricsToken: METRICS_TOKEN })

async function uses({ url }: { url: string }): Promise<string[]> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  return (await response.text()).split('\n').filter((line) => line.startsWith('notifications_api_previous_key_total'))
}

/** The token of the link in the newest email. */
async function linkOf(story: Story): Promise<string> {
  await run(story.deps)
  return /emailVerificationToken=([\w.-]+)/.exec(story.sent.at(-1)?.text ?? '')?.[1] ?? ''
}

test('members stay signed in when the key is changed, and /metrics counts them until they sign in again', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const id = Number(bob.id)
  story.chain.commitBlock()
  const api = await serveWith(story, NEW, OLD)
  const oldToken = createTokens(OLD).auth(id)
  expect(await api.data(ME, {}, oldToken)).toEqual({ me: { name: 'bob' } })
  expect(await api.data(ME, {}, oldToken)).toEqual({ me: { name: 'bob' } })
  const { signin } = await api.data(SIGN_IN, signed(bob))
  expect(await api.data(ME, {}, String(signin))).toEqual({ me: { name: 'bob' } })
  expect(await api.code(ME, {}, createTokens('a third secret').auth(id))).toBe('UNAUTHENTICATED')
  // What is not accepted is not counted.
  const expired = jwt.sign({ memberId: id, type: 0 }, OLD, { expiresIn: -1 })
  for (const token of [expired, jwt.sign({ memberId: id, type: 1, email: 'x' }, OLD, { expiresIn: 60 }), 'rubbish']) {
    expect(await api.code(ME, {}, token)).toBe('UNAUTHENTICATED')
  }
  expect(await uses(api)).toEqual([
    'notifications_api_previous_key_total{token="auth"} 2',
    'notifications_api_previous_key_total{token="email"} 0',
  ])

  // The new key alone opens what it has signed, and nothing else.
  const later = await serveWith(story, NEW)
  expect(await later.data(ME, {}, String(signin))).toEqual({ me: { name: 'bob' } })
  expect(await later.code(ME, {}, oldToken)).toBe('UNAUTHENTICATED')
})

test('a link that was mailed before the key was changed still confirms, without the previous key', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const before = await serveWith(story, OLD)
  await before.data(
    'mutation { updateMember(email: "new@example.org") { id } }',
    {},
    createTokens(OLD).auth(Number(bob.id)),
  )
  const token = await linkOf(story)
  const after = await serveWith(story, NEW)
  expect(await after.data(VERIFY, { token })).toEqual({ verifyEmail: { email: 'new@example.org' } })
})

test('a link of an earlier version, which APP_SECRET_KEY has signed, confirms by the previous key', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.db.member.updateMany({ data: { unverifiedEmail: 'new@example.org' } })
  const payload = { memberId: Number(bob.id), email: 'new@example.org', type: 1 }
  const token = jwt.sign(payload, OLD, { expiresIn: '7 days' })
  expect(await (await serveWith(story, NEW)).code(VERIFY, { token })).toBe('INVALID_TOKEN')
  const api = await serveWith(story, NEW, OLD)
  expect(await api.data(VERIFY, { token })).toEqual({ verifyEmail: { email: 'new@example.org' } })
  expect(await uses(api)).toContain('notifications_api_previous_key_total{token="email"} 1')
})

test('the key of links is made once, however many processes need it first', async () => {
  const { pool, db } = await createStory()
  const keys = await Promise.all(Array.from({ length: 8 }, () => readLinkKey(pool)))
  expect(new Set(keys.map((key) => key.export().toString('hex'))).size).toBe(1)
  expect(await db.store.findMany({ select: { key: true, value: true } })).toEqual([
    { key: 'LinkKey', value: keys[0]?.export().toString('hex') },
  ])
})

test('a link is valid for its member, its scope and its time alone, and opens nothing else', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const key = await readLinkKey(story.pool)
  const link = { memberId: Number(bob.id), subject: 'bob@example.org', issuedAtMs: Date.now() }
  const text = signLink(key, 'confirm address', link, 60)
  expect(readLink(key, 'confirm address', text)).toEqual(link)
  const [header, body, signature] = text.split('.')
  const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`
  for (const other of [
    signLink(key, 'confirm address', link, -1),
    jwt.sign({ memberId: link.memberId }, key, { audience: 'another scope', subject: link.subject, expiresIn: 60 }),
    jwt.sign({ memberId: link.memberId }, key, { audience: 'confirm address', subject: link.subject }),
    jwt.sign({ memberId: '1' }, key, { audience: 'confirm address', subject: link.subject, expiresIn: 60 }),
    jwt.sign({ memberId: link.memberId }, OLD, { audience: 'confirm address', subject: link.subject, expiresIn: 60 }),
    `${header}.${body}.${signature}x`,
    unsigned,
    '',
    'x'.repeat(1_000_000),
  ]) {
    expect(readLink(key, 'confirm address', other)).toBeUndefined()
  }
  const api = await serveApi(story)
  expect(await api.code(ME, {}, text)).toBe('UNAUTHENTICATED')
})

test('a damaged key of links is an error that says so, and no key at all', async () => {
  const { pool, db } = await createStory()
  for (const value of ['', 'abc', 7, { key: 'ab'.repeat(32) }]) {
    await db.store.deleteMany()
    await db.store.create({ data: { key: 'LinkKey', value } })
    await expect(readLinkKey(pool)).rejects.toThrow(/table Store under LinkKey, is damaged/)
  }
})
