import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/setup/migrate.ts'
import { PRISMA_LOCK } from '../../src/db/setup/schema-engine.ts'
import { checkWay, reportWay } from '../../src/db/way.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { cloneDatabase } from '../support/database.ts'
import { startPooler } from '../support/pooler.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const SET_DIRECT =
  'DATABASE_URL leads through a connection pooler, which passes on no signals: live streams read every 3 seconds. Set DATABASE_DIRECT_URL to the address of PostgreSQL itself'
const NOWHERE = 'postgresql://127.0.0.1:9/nothing'

async function ways() {
  const { url } = await createStory()
  const waysBy = (poolUrl: string, directUrl?: string) => {
    const { pool, close } = connect(poolUrl)
    onTestFinished(close)
    return { pool, directUrl }
  }
  return { url, pooled: await startPooler(url, 'refuses options'), waysBy }
}

test('without a pooler, or with DATABASE_DIRECT_URL past it, there is nothing to say', async () => {
  const { url, pooled, waysBy } = await ways()
  expect(await checkWay(waysBy(url))).toBeUndefined()
  expect(await checkWay(waysBy(url, url))).toBeUndefined()
  expect(await checkWay(waysBy(pooled, url))).toBeUndefined()
})

test('a pooler is noticed, also one that DATABASE_DIRECT_URL leads through', async () => {
  const { url, pooled, waysBy } = await ways()
  expect(await checkWay(waysBy(pooled))).toEqual({ ok: true, says: SET_DIRECT })
  const ignoring = await startPooler(url, 'ignores options')
  expect(await checkWay(waysBy(ignoring))).toEqual({ ok: true, says: SET_DIRECT })
  expect(await checkWay(waysBy(pooled, ignoring))).toEqual({
    ok: true,
    says: 'DATABASE_DIRECT_URL leads through a connection pooler too: live streams read every 3 seconds',
  })
})

test('a DATABASE_DIRECT_URL that names another database, or none, is an error of its own', async () => {
  const { pooled, waysBy } = await ways()
  const other = await cloneDatabase()
  onTestFinished(other.close)
  expect(await checkWay(waysBy(pooled, other.url))).toEqual({
    ok: false,
    says: 'DATABASE_DIRECT_URL names another database than DATABASE_URL: correct one of them',
  })
  await expect(checkWay(waysBy(pooled, NOWHERE))).rejects.toThrow(
    /^The database cannot be reached: is it running, and is DATABASE_DIRECT_URL right\?/,
  )
})

test('`status` says how the database is reached, and is wrong where that is', async () => {
  const { pooled, waysBy } = await ways()
  const other = await cloneDatabase()
  onTestFinished(other.close)
  const database = async (directUrl?: string) => {
    const reached = waysBy(pooled, directUrl)
    return (await checkHealth(reached.pool, ['test'], reached)).find(({ name }) => name === 'database')
  }
  expect(await database()).toMatchObject({ ok: true, says: `answers and is up to date. ${SET_DIRECT}` })
  expect(await database(other.url)).toMatchObject({ ok: false, says: expect.stringContaining('another database') })
  expect(await database(NOWHERE)).toEqual({
    name: 'database',
    ok: false,
    says: 'answers, but cannot be reached at DATABASE_DIRECT_URL, which migrations and live streams need: correct it',
  })
})

test('the API says at its start how the database is reached, and waits for one that cannot be reached', async () => {
  const { pooled, waysBy } = await ways()
  const lines: { level: number; msg: string }[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const stop = new AbortController()
  await reportWay(waysBy(pooled), log, stop.signal)
  expect(lines).toMatchObject([{ level: 40, msg: `How the database is reached: ${SET_DIRECT}` }])
  lines.length = 0
  const reporting = reportWay(waysBy(pooled, NOWHERE), log, stop.signal)
  await until(() => lines.length > 0)
  expect(lines).toMatchObject([{ level: 40, msg: expect.stringContaining('is DATABASE_DIRECT_URL right?') }])
  stop.abort()
  await reporting
})

test('a migration that waits for a lock which a pooler has kept says which session has it', async () => {
  const { url, pool } = await cloneDatabase().then((database) => {
    onTestFinished(database.close)
    return database
  })
  const kept = await pool.connect()
  kept.on('error', () => {})
  await kept.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
  const { rows } = await kept.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const said: string[] = []
  const migrating = migrate(url, undefined, (text) => said.push(text))
  await until(() => said.length > 0)
  expect(said).toEqual([expect.stringContaining(`session ${rows[0]?.pid}, which has the lock of migrations`)])
  expect(said[0]).toContain(`SELECT pg_terminate_backend(${rows[0]?.pid}) frees it`)
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
  kept.release(true)
  expect(await migrating).toEqual([])
})
