import jwt from 'jsonwebtoken'
import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { serveApi, signed } from '../support/api.ts'
import { watch } from '../support/live.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const ME = '{ me { name } }'
const SIGNIN = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`
const SIGNUP = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signup(name: "Somebody", memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`
const SIGN_OUT = 'mutation { signOutEverywhere }'

/** Bob and carol, who are registered, and a stranger. */
async function world() {
  const story = await createStory()
  const [bob, carol, dave] = [await story.member('bob'), await story.member('carol'), story.stranger('dave')]
  await story.begins()
  const api = await serveApi(story)
  let at = Date.now()
  /** A token for a membership, signed by the account of another member if one is given. */
  const signIn = async (member: Member, by = member, mutation = SIGNIN) => {
    const timestamp = ++at
    const signature = by.sign(`${member.id}:${timestamp}`)
    const data = await api.data(mutation, { ...signed(member, timestamp), signature })
    return String(data.signin ?? data.signup)
  }
  const old = (member: Member) =>
    jwt.sign({ memberId: Number(member.id), type: 0, exp: Date.now() + 3_600_000 }, 'a secret of the tests')
  return { story, bob, carol, dave, api, signIn, old }
}

test("signing out everywhere ends all of the member's tokens, old ones too, and nobody else's", async () => {
  const { bob, carol, api, signIn, old } = await world()
  const tokens = [await signIn(bob), await signIn(bob), api.tokenOf(bob), old(bob)]
  for (const token of tokens) expect(await api.data(ME, {}, token)).toEqual({ me: { name: 'bob' } })
  expect(await api.data(SIGN_OUT, {}, tokens[0])).toEqual({ signOutEverywhere: true })
  for (const token of tokens) {
    expect(await api.code(ME, {}, token)).toBe('UNAUTHENTICATED')
    expect(await api.code(SIGN_OUT, {}, token)).toBe('UNAUTHENTICATED')
  }
  expect(await api.data(ME, {}, api.tokenOf(carol))).toEqual({ me: { name: 'carol' } })

  // At once, even within the same second.
  const again = await signIn(bob)
  expect(await api.data(ME, {}, again)).toEqual({ me: { name: 'bob' } })
  await api.data(SIGN_OUT, {}, again)
  expect(await api.code(ME, {}, again)).toBe('UNAUTHENTICATED')
  expect(await api.data(ME, {}, await signIn(bob))).toEqual({ me: { name: 'bob' } })
})

test('signing out everywhere needs a token', async () => {
  const { api, dave, signIn } = await world()
  expect(await api.code(SIGN_OUT)).toBe('UNAUTHENTICATED')
  expect(await api.code(SIGN_OUT, {}, await signIn(dave))).toBe('UNAUTHENTICATED')
})

test('a new controller account ends the access of the one before it, streams too, and can sign in', async () => {
  const { story, bob, carol, dave, api, signIn } = await world()
  const token = await signIn(bob)
  const [bobs, carols] = [await watch(api.url, token), await watch(api.url, api.tokenOf(carol))]
  story.chain.memberAccountsUpdated(bob, { controllerAccount: dave.address })
  await story.notify()
  expect(await api.code(ME, {}, token)).toBe('UNAUTHENTICATED')
  expect(await bobs.next()).toBeUndefined()
  await expect(signIn(bob)).rejects.toThrow('not from the controller account')
  const daves = await signIn(bob, dave)
  expect(await api.data(ME, {}, daves)).toEqual({ me: { name: 'bob' } })

  // Carol watches on, and so does the new controller.
  const again = await watch(api.url, daves)
  story.chain.announcingPeriodStarted()
  await story.notify()
  for (const stream of [again, carols]) expect(await stream.take(1)).toHaveLength(1)
})

test('another root account ends no token', async () => {
  const { story, bob, dave, api } = await world()
  story.chain.memberAccountsUpdated(bob, { rootAccount: dave.address })
  await story.notify()
  expect(await api.data(ME, {}, api.tokenOf(bob))).toEqual({ me: { name: 'bob' } })
  expect(await story.db.tokenGeneration.count()).toBe(0)
})

test('a controller who signed in before the membership was registered has no access after it was sold', async () => {
  const { story, bob, dave, api, signIn } = await world()
  const token = await signIn(dave)
  story.chain.memberAccountsUpdated(dave, { controllerAccount: bob.address })
  await story.notify()
  const bobs = await signIn(dave, bob, SIGNUP)
  expect(await api.data(ME, {}, bobs)).toEqual({ me: { name: 'Somebody' } })
  expect(await api.code(ME, {}, token)).toBe('UNAUTHENTICATED')
})

test('a controller account that changes twice in one window ends tokens once, and one that is not understood is set aside', async () => {
  const { story, bob, carol, dave, api } = await world()
  story.expectLog(/Set aside MemberAccountsUpdated/)
  for (const { address } of [dave, carol]) story.chain.memberAccountsUpdated(bob, { controllerAccount: address })
  for (const memberId of ['bob', '4294967296', `${carol.id} `, '9'.repeat(1_000)]) {
    story.chain.raise('MemberAccountsUpdatedEvent', {
      memberId,
      newControllerAccount: dave.address,
      newRootAccount: null,
    })
  }
  const { setAside } = await story.notify()
  expect(setAside).toBe(4)
  expect(await story.db.tokenGeneration.findMany()).toMatchObject([{ memberId: Number(bob.id), generation: 1 }])
  expect(await api.data(ME, {}, api.tokenOf(carol))).toEqual({ me: { name: 'carol' } })
})

test('a sign-in that began before the controller account changed gives no access after it', async () => {
  const { story, bob, dave, api, signIn } = await world()
  // The query node is asked for the account, and the change is read, before it answers.
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  story.node.duringNext(1, {
    beforeAnswer: () => {
      asked.resolve()
      return answer.promise
    },
    alter: ({ memberships }) => Object.assign(memberships?.[0] ?? {}, { controllerAccount: bob.address }),
  })
  const signingIn = signIn(bob)
  await asked.promise
  story.chain.memberAccountsUpdated(bob, { controllerAccount: dave.address })
  await story.notify()
  answer.resolve()
  expect(await api.code(ME, {}, await signingIn)).toBe('UNAUTHENTICATED')
})
