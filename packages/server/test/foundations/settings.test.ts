import { expect, onTestFinished, test } from 'vitest'
import { connect, newSession } from '../../src/db/client.ts'
import { LIMITS } from '../../src/db/session.ts'
import { migrate } from '../../src/db/setup/migrate.ts'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { runDueJobs } from '../../src/jobs/run.ts'
import { retrySetAside } from '../../src/notifier/retry-set-aside.ts'
import { run } from '../../src/notifier/run.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { serveApi } from '../support/api.ts'
import { cloneDatabase } from '../support/database.ts'
import { HOSTILE_SETTINGS, hostileRole } from '../support/hostile-role.ts'
import { startPooler } from '../support/pooler.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

const ways = [
  ['directly', async (url: string) => url],
  ['behind a pooler that refuses options', (url: string) => startPooler(url, 'refuses options')],
  ['behind a pooler that ignores options', (url: string) => startPooler(url, 'ignores options')],
] as const

/** The story's notifier and API, logged in as another role. */
function loggedIn(story: Story, url: string): Story {
  const { db, pool, close } = connect(url)
  onTestFinished(close)
  return { ...story, deps: { ...story.deps, db, pool } }
}

for (const [how, reach] of ways) {
  test(`a role with hostile settings changes nothing ${how}: members are told, emailed and answered`, async () => {
    const story = await createStory()
    const alice = await story.member('alice')
    await story.member('bob', { receiveEmails: false })
    await story.begins()
    const { deps, ...hostile } = loggedIn(story, await reach(await hostileRole(story.url)))
    story.chain.announcingPeriodStarted()
    story.chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: 'lost' })
    story.expectLog(/Set aside|Still not understood/)
    story.chain.commitBlock()
    expect(await run(deps)).toMatchObject({ notifications: 2, setAside: 1, emails: { sent: 1, ignored: 1 } })
    expect(await retrySetAside(deps)).toMatchObject({ setAside: 1 })
    await runDueJobs(deps)

    // What is stored, and what is read back, is what a friendly role sees.
    const friendly = await story.db.event.findMany()
    expect(await deps.db.event.findMany()).toEqual(friendly)
    expect(await deps.db.email.findMany()).toEqual(await story.db.email.findMany())
    expect(await story.notificationOf(alice)).toMatchObject({ emailStatus: 'SENT', emailStatusReason: null })
    const wrong = (await checkHealth(deps.pool, ['test'])).filter(({ ok }) => !ok)
    expect(wrong.map(({ name }) => name)).toEqual(
      (await checkHealth(story.pool, ['test'])).flatMap(({ ok, name }) => (ok ? [] : name)),
    )

    const api = await serveApi({ ...hostile, deps } as Story)
    const query = '{ notifications(limit: 10) { title createdAt emailStatus } }'
    const answers = await serveApi(story)
    const answer = await api.data(query, {}, api.tokenOf(alice))
    expect(answer).toEqual(await answers.data(query, {}, api.tokenOf(alice)))
    expect(answer.notifications).toHaveLength(1)
  })

  test(`a database is migrated by a role with hostile settings ${how}`, async () => {
    const empty = await cloneDatabase(null)
    onTestFinished(empty.close)
    const url = await reach(await hostileRole(empty.url))
    const names = await readMigrationNames()
    expect((await Promise.all([migrate(url), migrate(url)])).flat()).toEqual(names)
    const { rows } = await empty.pool.query(`SELECT count(*)::int AS count FROM pg_tables
      WHERE schemaname = 'public' AND tablename IN ('Member', 'Email', 'Event', '_prisma_migrations')`)
    expect(rows).toEqual([{ count: 4 }])
  })

  test(`every connection has the settings and time limits of its process ${how}`, async () => {
    const story = await createStory()
    const url = await reach(await hostileRole(story.url))
    for (const limits of [LIMITS.api, LIMITS.notifier]) {
      const { pool, close } = connect(url, limits)
      onTestFinished(close)
      const { rows } = await pool.query('SELECT name, setting FROM pg_settings WHERE lower(name) = ANY ($1)', [
        Object.keys(HOSTILE_SETTINGS),
      ])
      expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toMatchObject({
        DateStyle: 'ISO, MDY',
        IntervalStyle: 'postgres',
        TimeZone: 'UTC',
        search_path: 'public',
        array_nulls: 'on',
        standard_conforming_strings: 'on',
        extra_float_digits: '1',
        statement_timeout: String(limits.statementMs),
        lock_timeout: String(limits.lockMs),
        idle_in_transaction_session_timeout: String(limits.idleInTransactionMs),
      })
      expect((await pool.query('SHOW transaction_isolation')).rows).toEqual([
        { transaction_isolation: 'read committed' },
      ])
    }
  })
}

test('options in DATABASE_URL are kept, ours are added, and those that would replace ours are rejected', async () => {
  const story = await createStory()
  const url = new URL(story.url)
  url.searchParams.set('options', '-c work_mem=5MB')
  const { pool, close } = connect(url.href)
  onTestFinished(close)
  expect((await pool.query('SHOW work_mem')).rows).toEqual([{ work_mem: '5MB' }])
  expect((await pool.query('SHOW DateStyle')).rows).toEqual([{ DateStyle: 'ISO, MDY' }])
  url.searchParams.set('options', '-c work_mem=5MB -c DateStyle=German')
  expect(() => connect(url.href)).toThrow(
    /the parameter options, which sets what this service sets itself: .*DateStyle/,
  )
})

test('a transaction behind a pooler stays on one session, and the next one may get another', async () => {
  const story = await createStory()
  const { pool, close } = connect(await startPooler(story.url, 'refuses options'))
  onTestFinished(close)
  const pid = async (runner: { query: typeof pool.query }) =>
    (await runner.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid
  const first = await pid(pool)
  expect(await pid(pool)).not.toBe(first)
  const client = await pool.connect()
  await client.query('BEGIN')
  const inside = await pid(client)
  expect(await pid(client)).toBe(inside)
  await client.query('COMMIT')
  client.release()
  await expect(pool.query('SELECT 1 / 0')).rejects.toThrow(/division by zero/)
  expect((await pool.query('SELECT 1 AS works')).rows).toEqual([{ works: 1 }])
})

test('the connection of the live stream has the settings too', async () => {
  const story = await createStory()
  const { pool, close } = connect(await hostileRole(story.url, { idle_session_timeout: '10s' }))
  onTestFinished(close)
  const session = newSession(pool)
  await session.connect()
  expect((await session.query('SHOW idle_session_timeout')).rows).toEqual([{ idle_session_timeout: '0' }])
  await session.end()
})
