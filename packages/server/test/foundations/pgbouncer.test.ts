import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { LIMITS } from '../../src/db/session.ts'
import { migrate } from '../../src/db/setup/migrate.ts'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { createFeed } from '../../src/inbox/feed.ts'
import { run } from '../../src/notifier/run.ts'
import { cloneDatabase } from '../support/database.ts'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

const MIGRATE = join(import.meta.dirname, '../../scripts/migrate.ts')

const command = (env: Record<string, string>) =>
  promisify(execFile)(process.execPath, [MIGRATE], {
    env: { PATH: process.env.PATH, APP_SECRET_KEY: SECRET_KEY, ...env },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  )

/** Bob's live stream through a pooler. Its timer fires only when a test advances the clock. */
async function stream(story: Story, url: string, directUrl?: string) {
  const bob = Number((await story.member('bob')).id)
  const { pool, close } = connect(url, LIMITS.api)
  onTestFinished(close)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  let reads = 0
  const query: typeof pool.query = pool.query.bind(pool)
  const counted = (...args: Parameters<typeof query>) => {
    reads++
    return query(...args)
  }
  Object.assign(pool, { query: counted })
  const feed = createFeed({ pool, directUrl, log: story.deps.log })
  onTestFinished(feed.close)
  const next = feed.follow(bob, 0).next()
  await until(() => reads > 0)
  const listeners = async () =>
    (await story.pool.query(`SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`))
      .rows.length
  const add = () => story.db.notification.create({ data: { memberId: bob, kind: 'FORUM_POST_ALL', eventId: 'e' } })
  return { next, add, listeners, reads: () => reads }
}

describe.skipIf(!hasPgBouncer('How the service runs behind PgBouncer'))('behind PgBouncer in transaction mode', () => {
  test('a database is migrated by two processes at once', async () => {
    const empty = await cloneDatabase(null)
    onTestFinished(empty.close)
    const url = await startPgBouncer(empty.url)
    expect((await Promise.all([migrate(url), migrate(url)])).flat()).toEqual(await readMigrationNames())
    expect(await migrate(url)).toEqual([])
  })

  test('`migrate` says so when a pooler has one session for it, and DATABASE_DIRECT_URL helps', async () => {
    const empty = await cloneDatabase(null)
    onTestFinished(empty.close)
    const url = await startPgBouncer(empty.url, { default_pool_size: 1 })
    const without = await command({ DATABASE_URL: url })
    expect(without.code).toBe(1)
    expect(without.output).toMatch(/^DATABASE_URL leads through a connection pooler.* Set DATABASE_DIRECT_URL/)
    expect(without.output).toMatch(
      /needs two: set DATABASE_DIRECT_URL, or allow the pooler more sessions. Nothing was changed\n$/,
    )
    const { rows } = await empty.pool.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`)
    expect(rows).toEqual([])
    const names = await readMigrationNames()
    const direct = await command({ DATABASE_URL: url, DATABASE_DIRECT_URL: empty.url })
    expect(direct).toEqual({ code: 0, output: names.map((name) => `Applied migration ${name}\n`).join('') })
  })

  test('members are told by each of many runs, over one session, and none leaves its lease behind', async () => {
    const story = await createStory()
    await story.member('bob')
    await story.begins()
    const { db, pool, close } = connect(await startPgBouncer(story.url, { default_pool_size: 1 }))
    onTestFinished(close)
    for (let round = 0; round < 5; round++) {
      story.chain.announcingPeriodStarted()
      story.chain.commitBlock()
      const summary = await run({ ...story.deps, db, pool })
      expect(summary).toMatchObject({ events: 1, notifications: 1, emails: { sent: 1 } })
    }
    expect(await story.db.lease.findMany()).toMatchObject([{ name: 'read events', holder: null, leaseUntil: null }])
  })

  test('a live stream reads every three seconds, and leaves no LISTEN in the sessions of others', async () => {
    const story = await createStory()
    const { next, add, listeners } = await stream(story, await startPgBouncer(story.url))
    const { id } = await add()
    vi.advanceTimersByTime(3_000)
    expect((await next).value).toMatchObject({ id })
    expect(await listeners()).toBe(0)
  })

  test('a live stream hears signals by DATABASE_DIRECT_URL, and then does not read without one', async () => {
    const story = await createStory()
    const { next, add, listeners, reads } = await stream(story, await startPgBouncer(story.url), story.url)
    await until(async () => (await listeners()) === 1 && reads() > 1)
    const before = reads()
    vi.advanceTimersByTime(27_000)
    const { id } = await add()
    expect(reads()).toBe(before)
    await story.pool.query(`SELECT pg_notify('notifications', '')`)
    expect((await next).value).toMatchObject({ id })
  })

  test('while DATABASE_DIRECT_URL does not answer, a live stream says so and reads every three seconds', async () => {
    const story = await createStory()
    story.expectLog(/^Live streams cannot listen, and read every 3 seconds until they can: .* is DATABASE_DIRECT_URL/)
    const { next, add } = await stream(story, await startPgBouncer(story.url), 'postgresql://127.0.0.1:9/nothing')
    await until(() => story.logs.some(({ msg }) => msg.startsWith('Live streams cannot listen')))
    const { id } = await add()
    vi.advanceTimersByTime(3_000)
    expect((await next).value).toMatchObject({ id })
  })
})
