import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { SetContextLink } from '@apollo/client/link/context'
import type { DocumentNode } from 'graphql'
import jwt from 'jsonwebtoken'
import { expect, onTestFinished, test } from 'vitest'
import { serveApi, signed } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const MEMBER_EXIST = gql`query MemberExist($id: Int!) { memberExist(id: $id) }`
const ME = gql`query Me { me { id name email unverifiedEmail receiveEmails } }`
const SIGNUP = gql`
  mutation Signup($memberId: Int!, $name: String!, $email: String!, $signature: String!, $timestamp: BigInt!) {
    signup(memberId: $memberId, name: $name, email: $email, signature: $signature, timestamp: $timestamp)
  }`
const SIGNIN = gql`
  mutation Signin($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
    signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
  }`
const VERIFY_EMAIL = gql`mutation VerifyEmail($token: String!) { verifyEmail(token: $token) { email } }`
const UPDATE_MEMBER = gql`
  mutation UpdateMember($email: String, $receiveEmails: Boolean) {
    updateMember(email: $email, receiveEmails: $receiveEmails) { id name email unverifiedEmail receiveEmails }
  }`

/** Apollo Client adds it to every selection. */
const MEMBER = { __typename: 'Member' }

/** A client that calls the base URL, and sends an empty header while it has no token. */
function connect(uri: string) {
  const credentials = { token: '' }
  const authorization = new SetContextLink(({ headers }) => ({
    headers: { ...headers, authorization: credentials.token && `Bearer ${credentials.token}` },
  }))
  const client = new ApolloClient({
    link: ApolloLink.from([authorization, new HttpLink({ uri })]),
    cache: new InMemoryCache(),
  })
  onTestFinished(() => client.stop())
  return {
    credentials,
    query: async (query: DocumentNode, variables = {}) =>
      (await client.query({ query, variables, fetchPolicy: 'network-only' })).data as Record<string, unknown>,
    mutate: async (mutation: DocumentNode, variables = {}) =>
      (await client.mutate({ mutation, variables })).data as Record<string, unknown>,
  }
}

/** Alice has a membership, but is not signed in to her app. */
async function newcomer() {
  const story = await createStory()
  const alice = story.stranger('alice')
  story.chain.announcingPeriodStarted()
  await story.begins()
  const api = await serveApi(story)
  return { story, alice, id: Number(alice.id), url: api.url, app: connect(api.url) }
}

/** The code of the error that Apollo Client throws. */
async function codeOf(result: Promise<unknown>): Promise<unknown> {
  const error = await result.then(
    () => undefined,
    (reason) => reason,
  )
  if (!CombinedGraphQLErrors.is(error)) throw new Error(`Not a GraphQL error: ${error}`)
  expect(error.errors).toHaveLength(1)
  expect(error.message).toMatch(/\w+/)
  return error.errors[0]?.extensions?.code
}

test("alice's app signs her up, confirms her address, and changes her settings", async () => {
  const { story, alice, id, app } = await newcomer()
  expect(await app.query(MEMBER_EXIST, { id })).toEqual({ memberExist: false })

  const { signup } = await app.mutate(SIGNUP, { ...signed(alice), name: 'Alice', email: 'alice@example.org' })
  app.credentials.token = String(signup)
  expect(await app.query(MEMBER_EXIST, { id })).toEqual({ memberExist: true })
  expect(await app.query(ME)).toEqual({
    me: { ...MEMBER, id, name: 'Alice', email: null, unverifiedEmail: 'alice@example.org', receiveEmails: true },
  })

  await story.notify()
  const [confirmation] = story.sent
  const link = /https:\/\/pioneer\.example\/#\/settings\?emailVerificationToken=([\w.-]+)/
  const [, token] = link.exec(confirmation?.text ?? '') ?? []
  expect(await app.mutate(VERIFY_EMAIL, { token })).toEqual({ verifyEmail: { ...MEMBER, email: 'alice@example.org' } })

  expect(await app.mutate(UPDATE_MEMBER, { receiveEmails: false })).toEqual({
    updateMember: {
      ...MEMBER,
      id,
      name: 'Alice',
      email: 'alice@example.org',
      unverifiedEmail: null,
      receiveEmails: false,
    },
  })
})

test("alice's app on another device signs her in and shows her name", async () => {
  const { story, alice, id, app } = await newcomer()
  await story.db.member.create({ data: { id, name: 'Alice' } })
  const { signin } = await app.mutate(SIGNIN, signed(alice))
  app.credentials.token = String(signin)
  expect(await app.query(ME)).toMatchObject({ me: { id, name: 'Alice', email: null } })
})

test('an app without a token gets UNAUTHENTICATED', async () => {
  const { app } = await newcomer()
  expect(await codeOf(app.query(ME))).toBe('UNAUTHENTICATED')
  expect(await codeOf(app.mutate(UPDATE_MEMBER, { receiveEmails: true }))).toBe('UNAUTHENTICATED')
})

test('an app with an invalid token gets UNAUTHENTICATED', async () => {
  const { app } = await newcomer()
  app.credentials.token = 'expired.long.ago'
  expect(await codeOf(app.query(ME))).toBe('UNAUTHENTICATED')
})

test('an app whose token ended is told so in the words after which it offers to authorize again', async () => {
  const { alice, story, app } = await newcomer()
  const memberId = Number(alice.id)
  const unregistered = story.tokens.auth(memberId)
  const expired = jwt.sign({ memberId, type: 0, exp: Date.now() - 1 }, 'a secret of the tests')
  // Deployed apps compare the message, not the code: with any other one, members stay locked out when 90 days are over.
  const offersToAuthorizeAgain = ({ message }: Error) => message.includes('Unauthorized')
  for (const token of ['', 'expired.long.ago', expired, unregistered]) {
    app.credentials.token = token
    for (const request of [() => app.query(ME), () => app.mutate(UPDATE_MEMBER, { receiveEmails: true })]) {
      const error = await request().catch((reason) => reason)
      expect(error).toSatisfy(offersToAuthorizeAgain)
      expect(error.message).toMatch(/^Unauthorized: \w/)
    }
  }
  // Authorizing again would help with nothing else.
  expect(await app.mutate(VERIFY_EMAIL, { token: 'rubbish' }).catch((reason) => reason)).not.toSatisfy(
    offersToAuthorizeAgain,
  )
})

test('each failure has its own code', async () => {
  const { story, alice, app } = await newcomer()
  const mallory = story.stranger('mallory')
  const stolen = { ...signed(mallory), memberId: Number(alice.id) }
  const details = { name: 'Alice', email: 'alice@example.org' }
  expect(await codeOf(app.mutate(SIGNUP, { ...stolen, ...details }))).toBe('INVALID_SIGNATURE')
  expect(await codeOf(app.mutate(SIGNUP, { ...signed(alice), ...details, email: 'alice' }))).toBe('BAD_USER_INPUT')
  expect(await codeOf(app.mutate(VERIFY_EMAIL, { token: 'rubbish' }))).toBe('INVALID_TOKEN')
  await app.mutate(SIGNUP, { ...signed(alice), ...details })
  expect(await codeOf(app.mutate(SIGNUP, { ...signed(alice), ...details }))).toBe('ALREADY_REGISTERED')
})

test('the app checks the service from its own origin, without special headers', async () => {
  const { url } = await newcomer()
  const response = await fetch(`${url}?query=%7B__typename%7D`, { headers: { origin: 'https://pioneerapp.xyz' } })
  expect(response.status).toBeLessThan(400)
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
})
