import { describe, expect, onTestFinished, test } from 'vitest'
import { type Connections, connect, type Pool, queryPrepared } from '../../src/db/client.ts'
import { LIMITS } from '../../src/db/session.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { serveApi } from '../support/api.ts'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startPooler } from '../support/pooler.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

const QUERIES = [
  '{ memberExist(id: 1) }',
  '{ me { name timeZone } }',
  '{ generalSubscriptions { kind } }',
  '{ notifications { id emailStatus } }',
  '{ notifications(isRead: false) { id } }',
]
/** The stand-in for a pooler has five, and gives them in turn. */
const MOST_SESSIONS = 5

/** A pool whose sessions are few, so that each gets every statement. */
function poolTo(url: string, parameters = '') {
  const connections = connect(`${url}?connection_limit=2${parameters}`, LIMITS.api)
  onTestFinished(connections.close)
  return connections
}

/** What a session of the pool has prepared, and how often it ran each. */
async function prepared(pool: Pool): Promise<{ statement: string; runs: number }[]> {
  const { rows } = await pool.query<{ statement: string; runs: number }>(
    'SELECT statement, (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements ORDER BY prepare_time',
  )
  return rows
}

/** Bob asks everything of an API with these connections. */
async function ask(story: Story, connections: Connections, rounds: number): Promise<void> {
  const bob = await story.member('bob')
  const api = await serveApi({ ...story, deps: { ...story.deps, ...connections } })
  for (let round = 0; round < rounds; round++) {
    for (const query of QUERIES) await api.data(query, {}, api.tokenOf(bob))
  }
}

async function afterRequests(parameters?: string) {
  const story = await createStory()
  const connections = poolTo(story.url, parameters)
  await ask(story, connections, 7)
  return prepared(connections.pool)
}

test('what every page of a client asks is prepared once a session, and what is filtered is not', async () => {
  const statements = await afterRequests()
  expect(statements.filter(({ statement }) => /FROM "Notification"/.test(statement))).toHaveLength(1)
  expect(statements.filter(({ statement }) => /FROM "Member"/.test(statement))).toHaveLength(4)
  expect(statements.filter(({ statement }) => /FROM "Subscription"/.test(statement))).toHaveLength(1)
  expect(statements).toHaveLength(6)
  for (const { statement, runs } of statements) expect(runs, statement).toBeGreaterThan(1)
})

test.each(['&pgbouncer=true', '&statement_cache_size=0'])('with %s nothing is prepared', async (parameter) => {
  expect(await afterRequests(parameter)).toEqual([])
})

test('a statement whose result a migration changed answers, and is prepared again', async () => {
  const { pool } = poolTo((await createStory()).url)
  await pool.query('CREATE TABLE thing (size int); INSERT INTO thing VALUES (7)')
  const read = async () => (await queryPrepared(pool, Prisma.sql`SELECT size FROM thing WHERE ${true}`)).rows
  for (let n = 0; n < 3; n++) expect(await read()).toEqual([{ size: 7 }])
  await pool.query('ALTER TABLE thing ALTER size TYPE text, ADD colour text')
  for (let n = 0; n < 3; n++) expect(await read()).toEqual([{ size: '7' }])
  expect(await prepared(pool)).toHaveLength(1)
  await pool.query('DROP TABLE thing')
  await expect(read()).rejects.toThrow('relation "thing" does not exist')
})

test('once a session lacks a statement, its pool prepares none', async () => {
  const { pool } = poolTo((await createStory()).url)
  const read = async () => (await queryPrepared(pool, Prisma.sql`SELECT 7 AS size WHERE ${true}`)).rows
  expect(await read()).toEqual([{ size: 7 }])
  await pool.query('DEALLOCATE ALL')
  for (let n = 0; n < 3; n++) expect(await read()).toEqual([{ size: 7 }])
  expect(await prepared(pool)).toEqual([])
})

test('behind a pooler that passes for PostgreSQL itself, each request is answered over the same connections', async () => {
  const story = await createStory()
  const database = new URL(story.url).pathname.slice(1)
  await story.pool.query(`ALTER DATABASE ${database} SET notifications.session = 'on'`)
  onTestFinished(async () => void (await story.pool.query(`ALTER DATABASE ${database} RESET notifications.session`)))
  const connections = poolTo(await startPooler(story.url, 'ignores options'))
  let connected = 0
  connections.pool.on('connect', () => void connected++)
  await ask(story, connections, 5)
  expect(connected).toBeLessThan(5)
})

const poolers: [string, (url: string) => Promise<string>][] = [
  ['a pooler that refuses options', (url) => startPooler(url, 'refuses options')],
  ['a pooler that ignores options', (url) => startPooler(url, 'ignores options')],
]
if (hasPgBouncer('That nothing is prepared behind PgBouncer')) {
  poolers.push(['PgBouncer', (url) => startPgBouncer(url)])
}

describe.each(poolers)('behind %s', (_how, reach) => {
  test('requests are answered, and nothing is prepared in any session', async () => {
    const story = await createStory()
    const connections = poolTo(await reach(story.url))
    await ask(story, connections, 2)
    for (let n = 0; n < MOST_SESSIONS; n++) expect(await prepared(connections.pool)).toEqual([])
  })
})
