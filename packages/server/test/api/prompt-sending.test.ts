import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Member } from 'query-node'
import { expect, onTestFinished, test } from 'vitest'
import { createPromptSending } from '../../src/api/prompt-sending.ts'
import { inTransaction } from '../../src/db/client.ts'
import { askForConfirmation, enterAddress } from '../../src/members/confirmation.ts'
import { deliverDue, deliverOne } from '../../src/outbox/deliver.ts'
import { CONCURRENCY, type Outcome, type OutgoingEmail, type Provider } from '../../src/outbox/provider.ts'
import { startScript } from '../emails/smtp-stand-in.ts'
import { serveApi, signed } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

const SIGNUP = `mutation ($memberId: Int!, $name: String!, $email: String, $signature: String!, $timestamp: BigInt!) {
  signup(memberId: $memberId, name: $name, email: $email, signature: $signature, timestamp: $timestamp)
}`
const UPDATE = 'mutation ($email: String) { updateMember(email: $email) { unverifiedEmail } }'

const accept: Outcome = { result: 'sent', messageId: null }

/** Members with confirmed addresses, and what delivers for them over a provider whose answers the test decides. */
async function members(count: number, answer: (email: OutgoingEmail) => Outcome | Promise<Outcome> = () => accept) {
  const asked: string[] = []
  const provider: Provider = {
    name: 'test',
    send(email) {
      asked.push(email.to)
      return Promise.resolve(answer(email))
    },
    close: async () => {},
  }
  const story = await createStory({ provider })
  const cast = await Promise.all(Array.from({ length: count }, (_, n) => story.member(`member-${n}`)))
  story.chain.announcingPeriodStarted()
  await story.begins()
  const { pool, log, emailTypes, config } = story.deps
  const deps = { pool, log, emailTypes, providers: [provider], emailSender: config.emailSender }
  const sending = createPromptSending({ pool, log, emailSender: config.emailSender, open: async () => deps })
  onTestFinished(async () => void (await sending.close()))
  return { story, cast, asked, deps, sending }
}

/** Enqueues a confirmation, as a request does. @returns its id */
const enqueue = ({ pool }: Story, memberId: number, address: string) =>
  inTransaction(pool, async (transaction) => {
    await enterAddress(transaction, memberId, address)
    return askForConfirmation(transaction, memberId, address)
  })

const statusesOf = async ({ db }: Story) =>
  (await db.email.findMany({ orderBy: { id: 'asc' } })).map(({ address, status }) => `${address} ${status}`)

test('the API sends a confirmation at once, and leaves all other emails to the notifier', async () => {
  const { story, cast, asked, sending } = await members(2)
  const [bob] = cast
  const alice = story.stranger('alice')
  story.chain.commitBlock()
  await story.db.email.create({
    data: { memberId: Number(bob?.id), type: 'address-changed', address: 'old@example.org' },
  })
  const api = await serveApi(story, { sendPromptly: sending.send })
  await api.data(SIGNUP, { ...signed(alice), name: 'Alice', email: 'alice@example.org' })
  await until(async () => (await statusesOf(story)).includes('alice@example.org SENT'))
  if (bob) await api.data(UPDATE, { email: 'new@example.org' }, api.tokenOf(bob))
  await until(async () => (await statusesOf(story)).includes('new@example.org SENT'))
  expect(asked).toEqual(['alice@example.org', 'new@example.org'])
  expect(await statusesOf(story)).toContain('old@example.org PENDING')
  await story.notify()
  expect(asked).toEqual(['alice@example.org', 'new@example.org', 'old@example.org'])
})

test('a request is answered while its confirmation is still being handed over', async () => {
  const gate = Promise.withResolvers<Outcome>()
  const { story, cast, asked, sending } = await members(1, () => gate.promise)
  const api = await serveApi(story, { sendPromptly: sending.send })
  const [bob] = cast
  if (bob) await api.data(UPDATE, { email: 'new@example.org' }, api.tokenOf(bob))
  await until(() => asked.length === 1)
  gate.resolve(accept)
  await sending.close()
  expect(await statusesOf(story)).toEqual(['new@example.org SENT'])
})

test('a second change within a minute succeeds, and its confirmation waits for its turn', async () => {
  const { story, cast, asked, deps, sending } = await members(1)
  const api = await serveApi(story, { sendPromptly: sending.send })
  const [bob] = cast
  const change = async (email: string) => bob && api.data(UPDATE, { email }, api.tokenOf(bob))
  await change('first@example.org')
  await until(async () => (await statusesOf(story)).includes('first@example.org SENT'))
  expect(await change('second@example.org')).toEqual({ updateMember: { unverifiedEmail: 'second@example.org' } })
  const { id } = await story.db.email.findFirstOrThrow({ where: { address: 'second@example.org' } })
  await sending.close()
  expect(await deliverOne(deps, id)).toMatchObject({ sent: 0 })
  expect(await statusesOf(story)).toEqual(['first@example.org SENT', 'second@example.org PENDING'])
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE id = ${id}`
  await story.notify()
  expect(asked).toEqual(['first@example.org', 'second@example.org'])
})

test('APIs and notifiers that send at the same time send each confirmation once', async () => {
  const { story, cast, asked, deps } = await members(30)
  const ids = await Promise.all(cast.map((_, n) => enqueue(story, n, `new-${n}@example.org`)))
  const summaries = await Promise.all([
    ...ids.map((id) => deliverOne(deps, id)),
    deliverDue(deps),
    ...ids.toReversed().map((id) => deliverOne(deps, id)),
    deliverDue(deps),
  ])
  expect(asked.toSorted()).toEqual(cast.map((_, n) => `new-${n}@example.org`).toSorted())
  expect(summaries.reduce((sum, { sent }) => sum + sent, 0)).toBe(30)
})

test('a pause of sending holds for the API too, and its end is probed by a notifier alone', async () => {
  const { story, asked, deps } = await members(1)
  const id = await enqueue(story, 0, 'new@example.org')
  for (const minutes of [10, -10]) {
    const pause = { provider: 'test', reason: 'answered 503', until: new Date(Date.now() + minutes * 60_000) }
    await story.db.sendingPause.upsert({ where: { provider: 'test' }, create: pause, update: pause })
    expect(await deliverOne(deps, id)).toMatchObject({ sent: 0 })
    expect(asked).toEqual([])
  }
  expect(await statusesOf(story)).toEqual(['new@example.org PENDING'])
  await deliverDue(deps)
  expect(asked).toEqual(['new@example.org'])
})

test('an outage that the API meets pauses sending for all, and loses no attempt', async () => {
  const { story, deps } = await members(1, () => ({ result: 'unavailable', reason: 'answered 503' }))
  story.expectLog(/^Sending has stopped, emails stay in the outbox: answered 503/)
  const id = await enqueue(story, 0, 'new@example.org')
  expect(await deliverOne(deps, id)).toMatchObject({ stopped: { reason: 'answered 503' } })
  expect(await story.db.sendingPause.count()).toBe(1)
  expect(await story.db.email.findFirstOrThrow()).toMatchObject({ status: 'PENDING', attempts: 0, leaseUntil: null })
})

test('one recipient that hangs does not stop the others, whose emails are accepted meanwhile', async () => {
  const hangs = Promise.withResolvers<Outcome>()
  const { story, cast, asked, sending } = await members(3, ({ to }) =>
    to.startsWith('hangs') ? hangs.promise : accept,
  )
  const ids = cast.map(({ id }) => Number(id))
  const address = (n: number) => `${n === 0 ? 'hangs' : 'news'}-${n}@example.com`
  for (const [n, id] of ids.entries()) {
    sending.send((await enqueue(story, id, address(n))) ?? 0)
    await until(() => asked.includes(address(n)))
  }
  await until(async () => (await statusesOf(story)).filter((status) => status.endsWith('SENT')).length === 2)
  hangs.resolve({ result: 'unknown', reason: 'no answer' })
  await until(async () => (await story.db.email.findFirst({ where: { address: address(0) } }))?.leaseUntil === null)
  expect(await story.db.sendingPause.count()).toBe(0)
})

test('the API and a notifier in its process share what the provider takes at the same time, also when that changes', async () => {
  const { story, cast, deps } = await members(60)
  let [excess, open, taken] = [0, 0, 0]
  const provider: Provider = {
    name: 'test',
    close: async () => {},
    concurrency: () => (taken < 20 ? 3 : 1),
    async send() {
      open++
      excess = Math.max(excess, open - (provider.concurrency?.() ?? 0))
      await new Promise((resolve) => setImmediate(resolve))
      open--
      taken++
      return taken % 5 ? accept : { result: 'busy', reason: 'too many connections' }
    },
  }
  const sending = createPromptSending({ ...deps, open: async () => ({ ...deps, providers: [provider] }) })
  const ids = await Promise.all(cast.map((_, n) => enqueue(story, n, `new-${n}@example.org`)))
  for (const id of ids) sending.send(id)
  await Promise.all([deliverDue({ ...deps, providers: [provider] }), deliverDue({ ...deps, providers: [provider] })])
  await until(async () => (await story.db.email.count({ where: { status: 'SENT', attempts: 1 } })) === cast.length)
  await sending.close()
  expect(excess).toBe(0)
})

test('one that stops finishes what is in hand, begins nothing more, and leaves the rest to the notifier', async () => {
  const gate = Promise.withResolvers<Outcome>()
  const { story, cast, asked, sending } = await members(CONCURRENCY + 5, () => gate.promise)
  for (const [n] of cast.entries()) sending.send(await enqueue(story, n, `new-${n}@example.org`))
  await until(() => asked.length === CONCURRENCY)
  const closed = sending.close()
  gate.resolve(accept)
  await closed
  const left = (await statusesOf(story)).filter((status) => status.endsWith('PENDING'))
  expect([asked.length, left.length]).toEqual([CONCURRENCY, 5])
  await story.notify()
  expect(new Set(asked).size).toBe(CONCURRENCY + 5)
  expect(asked).toHaveLength(CONCURRENCY + 5)
})

test('a failure to send is logged, and the next confirmation is tried again', async () => {
  const { story, asked, deps } = await members(2)
  story.expectLog(/^An email was not sent at once, the notifier will send it: no templates/)
  let broken = true
  const open = async () => {
    if (broken) throw new Error('no templates')
    return deps
  }
  const sending = createPromptSending({ ...deps, open })
  sending.send(await enqueue(story, 0, 'first@example.org'))
  await until(() => story.logs.some(({ msg }) => msg.includes('no templates')))
  broken = false
  sending.send(await enqueue(story, 1, 'second@example.org'))
  await until(() => asked.length === 1)
  await sending.close()
  expect(await statusesOf(story)).toEqual(['first@example.org PENDING', 'second@example.org SENT'])
})

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** `start:api` as a process, which sends by a mail server. */
async function startApiProcess(story: Story) {
  const mail = await startScript({})
  const port = await freePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main/api.ts')], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: story.url,
      APP_SECRET_KEY: 'a secret of the tests',
      QUERY_NODE_ENDPOINT: story.node.url,
      PORT: `127.0.0.1:${port}`,
      SMTP_URL: `smtp://${mail.host}`,
      EMAIL_SENDER: 'notifications@example.org',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  await until(() => log.includes('The API answers'))
  const url = `http://127.0.0.1:${port}`
  async function ask(query: string, variables: object, token = ''): Promise<unknown> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token && `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    return response.json()
  }
  return {
    url,
    mail,
    child,
    exit,
    signUp: (member: Member, email: string) => ask(SIGNUP, { ...signed(member), name: 'Alice', email }),
    change: (member: Member, email: string) => ask(UPDATE, { email }, story.tokens.auth(Number(member.id))),
  }
}

test('`start:api` sends a confirmation by the configured provider, though no notifier runs', async () => {
  const { story } = await members(0)
  const alice = story.stranger('alice')
  story.chain.commitBlock()
  const { mail, child, exit, signUp } = await startApiProcess(story)
  expect(await signUp(alice, 'alice@bücher.example')).toMatchObject({ data: { signup: expect.any(String) } })
  await until(async () => (await statusesOf(story)).includes('alice@bücher.example SENT'))
  expect(mail.commands).toContain('RCPT TO:<alice@xn--bcher-kva.example>')
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
})

test('a fresh API answers everybody while it writes its first confirmation', async () => {
  const { story, cast } = await members(60)
  const strangers = Array.from({ length: 40 }, (_, n) => story.stranger(`stranger-${n}`))
  story.chain.commitBlock()
  const { url, mail, signUp, change } = await startApiProcess(story)
  const answers = Promise.all([
    ...strangers.map((member, n) => signUp(member, `stranger-${n}@example.org`)),
    ...cast.map((member, n) => change(member, `new-${n}@example.org`)),
  ])
  await until(async () => (await story.db.email.count({ where: { attempts: 1 } })) > 0)
  let answered = 0
  for (; !mail.commands.length; answered++) expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect(answered).toBeGreaterThan(cast.length)
  for (const answer of await answers) expect(answer).not.toHaveProperty('errors')
  await until(async () => (await story.db.email.count({ where: { status: 'SENT' } })) === 100)
})
