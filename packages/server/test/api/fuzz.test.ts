import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import fc from 'fast-check'
import { createChain, startQueryNode } from 'query-node'
import { expect, onTestFailed, onTestFinished, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { hostileBytes } from './hostile/bytes.ts'
import { hostileRequests, small } from './hostile/requests.ts'
import { sendBytes, sendRequest } from './hostile/sending.ts'
import { BOB, bobsToken } from './hostile/tokens.ts'

const SCRIPT = join(import.meta.dirname, '../support/api-process.ts')
const REQUESTS = 4_500
const SOCKETS = 600
const AT_ONCE = 12
const MEGABYTE = 1_000_000

/** An API in its own process, over a database with a row in most tables and a chain that has only memberships. */
async function serve() {
  const database = await cloneDatabase()
  onTestFinished(() => database.close())
  const { db } = database
  await db.member.create({ data: { id: BOB, name: 'bob', email: 'bob@example.org', unverifiedEmail: 'b@example.org' } })
  await db.subscription.create({
    data: { memberId: BOB, kind: 'FORUM_POST_ALL', shouldNotify: true, shouldNotifyByEmail: false },
  })
  await db.notification.create({ data: { memberId: BOB, kind: 'FORUM_POST_ALL', eventId: 'OLYMPIA-1-1' } })
  await db.email.create({ data: { memberId: BOB, type: 'notification', address: 'bob@example.org' } })
  await db.store.create({ data: { key: 'Progress', value: { block: 1 } } })

  const chain = createChain({ genesisTime: new Date() })
  for (let n = 0; n < 60; n++) chain.memberJoins(`member${n}`)
  chain.announcingPeriodStarted()
  chain.commitBlock()
  const node = await startQueryNode(chain)
  onTestFinished(() => node.close())

  const child = fork(SCRIPT, ['--database', database.url, '--node', node.url], {
    // On a small stack, recursion over the input overflows reliably instead of occasionally.
    execArgv: ['--expose-gc', '--stack-size=400'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let log = ''
  child.stderr?.on('data', (chunk) => {
    log += chunk
  })
  const [url] = await once(child, 'message')
  onTestFinished(async () => {
    if (!child.connected) return
    child.disconnect()
    await once(child, 'exit')
  })
  return { database, child, url: String(url), logged: () => log }
}

async function memoryOf(child: ChildProcess): Promise<number> {
  // The process died: the complaints say more than a failure here.
  if (!child.connected) return Number.NaN
  child.send('memory')
  const [bytes] = await once(child, 'message')
  return bytes as number
}

/** A digest of every table except the counts of attempts. */
async function contentsOf({ db }: TestDatabase): Promise<unknown> {
  const tables = await db.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'RateLimit' ORDER BY 1`
  const digest = `SELECT count(*)::int, md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM`
  return Promise.all(tables.map(async ({ name }) => [name, await db.$queryRawUnsafe(`${digest} "${name}" t`)]))
}

/** Runs the work on each item, AT_ONCE at a time. */
async function forEach<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of rest) await work(item)
    }),
  )
}

/** No answer may contain this, whatever the request. */
const LEAK = /INTERNAL_SERVER_ERROR|Unexpected error|node_modules|\n\s+at |prisma|postgres/i

/** The codes that must occur: if the first check rejected every request, the test would prove nothing. */
const EXPECTED_CODES = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'INVALID_TOKEN',
  'INVALID_SIGNATURE',
]

test('thousands of hostile requests: each gets a clear answer, nothing is stored, nothing is left behind', {
  timeout: 900_000,
}, async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
  onTestFailed(() => console.error(`FUZZ_SEED=${seed} repeats this run`))
  const requests = fc.sample(hostileRequests, { numRuns: REQUESTS, seed })
  const bytes = fc.sample(hostileBytes, { numRuns: SOCKETS, seed })
  const { database, child, url, logged } = await serve()
  const before = await contentsOf(database)

  const complaints: string[] = []
  const complain = (...about: unknown[]) =>
    complaints.push(about.map((part) => JSON.stringify(part).slice(0, 1_000)).join(' to '))
  const codes = new Set<string | undefined>()

  async function sendHalf(half: 0 | 1): Promise<number> {
    await forEach(requests.filter((_, n) => n % 2 === half).concat(small), async (request) => {
      const answer = await sendRequest(url, request).catch((error) => ({ status: 0, body: String(error) }))
      const { status, body } = answer
      const [, message, code] = /"errors":\[\{"message":"(.+?)",.*?"code":"(\w+)"/.exec(body) ?? []
      codes.add(code)
      const isClear = body.includes('"errors":') ? message && code : status >= 400 || !request.refused
      if (status < 200 || status >= 500 || LEAK.test(body) || !isClear) complain(answer, request)
    })
    await forEach(
      bytes.filter((_, n) => n % 2 === half),
      async (sent) => {
        const answer = await sendBytes(url, sent).catch(String)
        if (/^HTTP\/1.1 5|^\w*Error/m.test(answer) || LEAK.test(answer)) complain(answer, sent)
      },
    )
    return memoryOf(child)
  }
  const halfway = await sendHalf(0)
  const end = await sendHalf(1)

  expect(complaints.slice(0, 10), `${complaints.length} answers`).toEqual([])
  expect([...codes]).toEqual(expect.arrayContaining(EXPECTED_CODES))
  expect(child.exitCode).toBeNull()
  expect(logged()).toBe('')
  expect(await contentsOf(database)).toEqual(before)
  expect(end - halfway).toBeLessThan(5 * MEGABYTE)

  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bobsToken}` }
  const body = JSON.stringify({ query: '{ me { name } unreadCount }' })
  const answer = await fetch(url, { method: 'POST', headers, body })
  expect(await answer.json()).toEqual({ data: { me: { name: 'bob' }, unreadCount: 1 } })
})
