import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectQueryNode } from '../../src/chain/client.ts'
import { type Plan, work } from '../../src/notifier/worker.ts'
import { serveApi, signed } from '../support/api.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const pausesMs = vi.hoisted((): number[] => [])
vi.mock(import('../../src/lib/wait.ts'), async (importOriginal) => {
  const original = await importOriginal()
  const pause: typeof original.pause = (milliseconds, signal) => {
    pausesMs.push(milliseconds)
    return original.pause(milliseconds, signal)
  }
  return { ...original, pause }
})

const createStory = stories()
const NEVER: Plan = { cron: '0 0 29 2 1' }

const SIGN_UP = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!, $email: String) {
  signup(memberId: $memberId, name: "alice", email: $email, signature: $signature, timestamp: $timestamp)
}`

/** A notifier that keeps running until the end of the test, or until it is told to stop. */
function startWork(story: Story, plan: Plan) {
  const stop = new AbortController()
  const done = work({ ...story.deps, stop: stop.signal }, plan)
  const end = () => {
    stop.abort()
    return done
  }
  onTestFinished(end)
  return { end }
}

test('an email that is due between two runs does not wait for the next run', async () => {
  const story = await createStory()
  const alice = story.stranger('alice')
  await story.begins()
  const api = await serveApi(story)
  startWork(story, NEVER)
  await api.data(SIGN_UP, { ...signed(alice), email: 'alice@example.org' })
  await until(() => story.sent.length > 0)
  expect(story.sent).toMatchObject([
    { to: 'alice@example.org', subject: 'Confirm your email for Joystream notifications' },
  ])
})

test('a worker keeps reading news and continues after a failed run', async () => {
  const story = await createStory()
  await story.member('bob')
  await story.begins()
  story.expectLog(/Nothing more was read/)
  story.node.duringNext(1, { errors: 'being restarted' })
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  startWork(story, { seconds: 0.1 })
  await until(() => story.sent.length === 1)
  expect(story.logs.some(({ msg }) => msg.startsWith('Run failed'))).toBe(true)
  story.chain.votingPeriodStarted({ candidates: [] })
  story.chain.commitBlock()
  await until(() => story.sent.length === 2)
})

test('runs do not overlap, and the last one is finished before the worker stops', async () => {
  const story = await createStory()
  await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  let answering = 0
  let most = 0
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  story.node.faults.beforeAnswer = async () => {
    most = Math.max(most, ++answering)
    await held
    answering--
  }
  const patient = { ...story.deps, queryNode: connectQueryNode(story.node.url) }
  const { end } = startWork({ ...story, deps: patient }, { cron: '* * * * * *' })
  await until(() => story.logs.filter(({ msg }) => msg.includes('still going')).length > 1)
  expect(most).toBe(1)
  expect(story.logs.filter(({ msg }) => msg.includes('left to it'))).toEqual([])
  release()
  await end()
  expect(story.logs.filter(({ msg }) => msg.startsWith('Run ')).length).toBe(1)
})

test('a provider that refuses everything is probed after each pause, and the log says so once', async () => {
  const asked: number[] = []
  const story = await createStory({
    provider: {
      name: 'test',
      async send({ id }) {
        asked.push(id)
        return { result: 'unavailable', reason: 'the key is wrong' }
      },
      close: async () => {},
    },
  })
  await story.member('bob')
  await story.member('carol')
  await story.begins()
  story.expectLog(/Sending has stopped/)
  story.chain.announcingPeriodStarted()
  await story.notify()
  const stops = () => story.logs.filter(({ msg }) => msg.startsWith('Sending has stopped')).length
  asked.length = 0
  pausesMs.length = 0
  startWork(story, NEVER)
  // It looks whether the pause has ended as often as it looks for emails.
  await until(() => pausesMs.length > 2)
  expect([asked, stops(), new Set(pausesMs)]).toEqual([[], 1, new Set([2_000])])
  await story.pauseEnds()
  await until(() => stops() === 2)
  expect(asked.length).toBe(1)
})

test('start:all serves the API, sends due emails and stops cleanly', async () => {
  const story = await createStory()
  const alice = story.stranger('alice')
  await story.begins()
  const { connectionString = '' } = story.pool.options
  const all = spawn(process.execPath, [join(import.meta.dirname, '../../src/main/all.ts')], {
    env: {
      DATABASE_URL: connectionString,
      APP_SECRET_KEY: SECRET_KEY,
      QUERY_NODE_ENDPOINT: story.node.url,
      PORT: '0',
      NOTIFY_CRON: '0 0 1 1 *',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void all.kill('SIGKILL'))
  let log = ''
  all.stderr.on('data', (chunk) => {
    log += chunk
  })
  const url = () => /The API answers at (http:[^"]+)/.exec(log)?.[1]
  await until(() => url() !== undefined)
  const response = await fetch(url() ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: SIGN_UP, variables: { ...signed(alice), email: 'alice@example.org' } }),
  })
  expect((await response.json()).errors).toBeUndefined()
  await until(async () => (await story.db.email.count({ where: { status: 'SENT' } })) === 1)
  all.kill('SIGTERM')
  expect(await once(all, 'exit')).toEqual([0, null])
  expect(log).toContain('everything begun is finished')
})
