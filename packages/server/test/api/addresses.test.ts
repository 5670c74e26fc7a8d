import { expect, test } from 'vitest'
import type { Outcome } from '../../src/outbox/provider.ts'
import { serveApi, signed } from '../support/api.ts'
import { recordingProvider, stories } from '../support/story.ts'

const createStory = stories()

const SIGNUP = `mutation ($memberId: Int!, $name: String!, $email: String!, $signature: String!, $timestamp: BigInt!) {
  signup(memberId: $memberId, name: $name, email: $email, signature: $signature, timestamp: $timestamp)
}`
const UPDATE = 'mutation ($email: String) { updateMember(email: $email) { unverifiedEmail } }'
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { email } }'

const tokenIn = (text = '') => /emailVerificationToken=([\w.-]+)/.exec(text)?.[1]

test.each([
  ['a&b=c/d@example.org', 'a&b=c/d@example.org'],
  ['user%x@example.org', 'user%x@example.org'],
  ['bob@bücher.example', 'bob@xn--bcher-kva.example'],
  ['用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
])('a member signs up with %s, confirms it, and gets news there, sent to %s', async (typed, sent) => {
  const outcomes: Outcome[] = [{ result: 'failed', reason: 'later' }]
  const provider = recordingProvider([], ({ to }) => {
    recipients.push(to)
    return outcomes.shift() ?? { result: 'sent', messageId: null }
  })
  const recipients: string[] = []
  const texts: string[] = []
  const story = await createStory({
    provider: {
      ...provider,
      send(email) {
        texts.push(email.text)
        return provider.send(email)
      },
    },
  })
  const member = story.stranger('bob')
  story.chain.announcingPeriodStarted()
  await story.begins()
  const api = await serveApi(story)
  await api.data(SIGNUP, { ...signed(member), name: 'Bob', email: typed })
  await story.notify()
  await story.db.email.updateMany({ data: { sendAt: new Date() } })
  await story.notify()
  expect(await api.data(VERIFY, { token: tokenIn(texts[1]) })).toEqual({ verifyEmail: { email: typed } })
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  expect(recipients).toEqual([sent, sent, sent])
  // Also an operator reads it as it was typed.
  expect((await story.db.email.findMany()).map(({ address, status }) => [address, status])).toEqual([
    [typed, 'SENT'],
    [typed, 'SENT'],
  ])
})

test('spellings of an internationalised address share its limit', async () => {
  const story = await createStory()
  const spellings = [
    'Jo\u0308rg@bücher.example',
    'jörg@BÜCHER.example',
    'JÖRG+x@xn--bcher-kva.example',
    'jörg@bücher.example',
  ]
  const cast = await Promise.all(spellings.map((_, n) => story.member(`member${n}`)))
  story.chain.announcingPeriodStarted()
  await story.begins()
  const api = await serveApi(story)
  for (const [n, member] of cast.entries()) await api.data(UPDATE, { email: spellings[n] }, api.tokenOf(member))
  await story.notify()
  expect(story.sent).toHaveLength(3)
  expect(new Set((await story.db.email.findMany()).map(({ mailbox }) => mailbox))).toEqual(
    new Set(['jörg@xn--bcher-kva.example']),
  )
})

test('an address that the configured provider cannot send to is refused, with the reason', async () => {
  const story = await createStory()
  const [bob, alice] = [await story.member('bob'), story.stranger('alice')]
  await story.begins()
  const api = await serveApi(story, { emailProviders: ['sendgrid'] })
  const email = 'jörg@example.org'
  for (const { data, errors } of [
    await api.ask(UPDATE, { email }, api.tokenOf(bob)),
    await api.ask(SIGNUP, { ...signed(alice), name: 'Alice', email }),
  ]) {
    expect(Object.values(data ?? {})).toEqual([null])
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(errors?.[0]?.message).toContain('only send to addresses with the letters a to z before the @')
  }
  expect(await story.db.member.count()).toBe(1)
  await api.data(UPDATE, { email: 'bob@bücher.example' }, api.tokenOf(bob))
})
