import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { connect, inTransaction } from '../../src/db/client.ts'
import { exclusively } from '../../src/db/lease.ts'
import { LIMITS, type Limits } from '../../src/db/session.ts'
import { migrate } from '../../src/db/setup/migrate.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { explain } from '../../src/lib/explain.ts'
import { run } from '../../src/notifier/run.ts'
import { serveApi } from '../support/api.ts'
import { cloneDatabase } from '../support/database.ts'
import { startPooler } from '../support/pooler.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const LOCKED = /^Another session has locked a table of the database/

/** Limits that pass soon, so that a test need not wait for those of a process. */
const SHORT: Limits = { statementMs: 300, lockMs: 100, idleInTransactionMs: 2_000 }
const SHORT_LOCK: Limits = { statementMs: 0, lockMs: 100, idleInTransactionMs: 0 }

function withLimits(story: Story, limits: Limits, url = story.url): Story {
  const { db, pool, close } = connect(url, limits)
  onTestFinished(close)
  return { ...story, deps: { ...story.deps, db, pool } }
}

/** Somebody begins a transaction and goes to lunch. */
async function forget(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(`BEGIN; ${sql}`)
  return () => client.query('ROLLBACK')
}

test('an ALTER TABLE that is never ended fails the requests to its table, and the others are answered', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(withLimits(story, LIMITS.api))
  const end = await forget(story.url, 'ALTER TABLE "Member" ADD COLUMN age INTEGER')
  const me = () => api.ask('{ me { name } }', {}, api.tokenOf(bob))
  // More requests than the API has connections.
  for (const { errors } of await Promise.all(Array.from({ length: 15 }, me))) {
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) })
  }
  const readiness = await fetch(`${api.url}/readyz`)
  expect(await readiness.json()).toMatchObject({ ready: true })
  expect(api.log.some((line) => line.includes('Another session has locked a table'))).toBe(true)
  await end()
  expect((await me()).data).toEqual({ me: { name: 'bob' } })
})

for (const [how, reach] of [
  ['directly', async (url: string) => url],
  ['behind a pooler', (url: string) => startPooler(url, 'refuses options')],
] as const) {
  test(`a statement, a lock and an idle transaction have time limits ${how}`, async () => {
    const { url } = await createStory()
    const { pool, close } = connect(await reach(url), SHORT)
    onTestFinished(close)
    const failureOf = (sql: string) => pool.query(sql).then(String, (error) => explain(error).message)
    expect(await failureOf('SELECT pg_sleep(60)')).toMatch(/^The database took too long/)
    const end = await forget(url, 'LOCK "Member"')
    expect(await failureOf('SELECT FROM "Member"')).toMatch(LOCKED)
    await end()

    const idle = await pool.connect()
    const ended = new Promise<Error>((resolve) => idle.once('error', resolve))
    await idle.query('BEGIN')
    expect((await ended).message).toMatch(/idle-in-transaction timeout|terminated/)
    idle.release(true)
    expect((await pool.query('SELECT 1 AS works')).rows).toEqual([{ works: 1 }])
  })

  test(`work that takes long keeps its lock, which is idle meanwhile, ${how}`, async () => {
    const { url } = await createStory()
    const { pool, close } = connect(await reach(url), { statementMs: 0, lockMs: 0, idleInTransactionMs: 2_000 })
    onTestFinished(close)
    const others = await exclusively(pool, 'something', async () => {
      await pool.query('SELECT pg_sleep(2.5)')
      return exclusively(pool, 'something', async () => 'done twice at once')
    })
    expect(others).toBeUndefined()
    expect(await exclusively(pool, 'something', async () => 'done')).toBe('done')
  })
}

test('a run that waits for a lock in vain says so, and the next run tells everybody', async () => {
  const story = await createStory()
  await story.member('bob')
  await story.begins()
  const { deps } = withLimits(story, SHORT_LOCK)
  const end = await forget(story.url, 'LOCK "Event"')
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  expect(await run(deps).then(String, (error) => explain(error).message)).toMatch(LOCKED)
  await end()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
})

test('a migration gives up a lock that it does not get, changes nothing, and is applied next time', async () => {
  const database = await cloneDatabase()
  onTestFinished(database.close)
  await database.pool.query('DROP TABLE "Counter"')
  await database.pool.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_metrics'`)
  const end = await forget(database.url, 'CREATE TABLE "Counter" (id INTEGER)')
  const failure = await migrate(database.url, SHORT_LOCK).then(String, (error) => explain(error).message)
  expect(failure).toMatch(LOCKED)
  await end()
  expect(await migrate(database.url)).toEqual(['20261122030000_metrics'])
})

test('a migration waits for another one as long as that takes', async () => {
  const { url, pool } = await createStory()
  const second = await inTransaction(pool, async (transaction) => {
    await transaction.query(Prisma.sql`SELECT pg_advisory_xact_lock(hashtext('migrate'))`)
    const migrating = migrate(url, SHORT_LOCK)
    await until(async () => (await pool.query('SELECT FROM pg_locks WHERE NOT granted')).rows.length > 0)
    // Longer than it waits for a table.
    await pool.query('SELECT pg_sleep(0.3)')
    return { migrating }
  })
  expect(await second.migrating).toEqual([])
})
