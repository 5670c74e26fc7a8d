import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect, type Pool } from '../../src/db/client.ts'
import { exclusively, type Lease } from '../../src/db/lease.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { run } from '../../src/notifier/run.ts'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startPooler } from '../support/pooler.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const WAITING = /^Another process has the lease "read events" and may have died: waiting up to 30 seconds/
const LEFT = 'Another notifier is reading events: left to it'

const poolTo = (url: string): Pool => {
  const { pool, close } = connect(url)
  onTestFinished(close)
  return pool
}

/** Another process that does the work until it is told to end. */
async function holding(pool: Pool, name = 'work') {
  const end = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<Lease>()
  const done = exclusively(pool, name, async (lease) => {
    begun.resolve(lease)
    await end.promise
    return 'done'
  })
  onTestFinished(() => end.resolve())
  return { lease: await begun.promise, done, end: end.resolve }
}

const leaseOf = ({ db }: Story, name = 'work') => db.lease.findUniqueOrThrow({ where: { name } })
const passTime = ({ db }: Story, seconds: number) =>
  db.$executeRaw`UPDATE "Lease" SET "leaseUntil" = "leaseUntil" - make_interval(secs => ${seconds})`
const says = ({ logs }: Story, text: string | RegExp) =>
  logs.some(({ msg }) => (typeof text === 'string' ? msg === text : text.test(msg)))

type Way = [how: string, reach: (url: string) => Promise<string>]
const poolers: Way[] = [['behind a pooler', (url) => startPooler(url, 'refuses options')]]
if (hasPgBouncer('How leases hold behind PgBouncer')) poolers.push(['behind PgBouncer', (url) => startPgBouncer(url)])
const ways: Way[] = [['directly', async (url) => url], ...poolers]

describe.each(ways)('%s', (_how, reach) => {
  test('work is left to the process that does it, and the next one begins as soon as that one ends', async () => {
    const story = await createStory()
    const pool = poolTo(await reach(story.url))
    for (let round = 0; round < 3; round++) {
      const first = await holding(pool)
      expect(await exclusively(pool, 'work', async () => 'twice at once')).toBeUndefined()
      expect(await exclusively(pool, 'other work', async () => 'done')).toBe('done')
      first.end()
      expect(await first.done).toBe('done')
      expect(await leaseOf(story)).toMatchObject({ holder: null, pid: null, leaseUntil: null })
    }
  })

  test('of many processes that begin at once, one does the work', async () => {
    const story = await createStory()
    const pool = poolTo(await reach(story.url))
    const end = Promise.withResolvers<void>()
    let left = 0
    const all = Array.from({ length: 8 }, async () => {
      const mine = await exclusively(pool, 'work', () => end.promise.then(() => 'mine'))
      if (!mine && ++left === 7) end.resolve()
      return mine
    })
    expect((await Promise.all(all)).filter(Boolean)).toEqual(['mine'])
  })

  test('work that fails gives its lease up and reports its error', async () => {
    const story = await createStory()
    const pool = poolTo(await reach(story.url))
    const failing = exclusively(pool, 'work', async () => {
      throw new Error('no luck')
    })
    await expect(failing).rejects.toThrow('no luck')
    expect(await leaseOf(story)).toMatchObject({ holder: null })
  })

  test('a process that stalled beyond its lease can record nothing once another one has it', async () => {
    const story = await createStory()
    const pool = poolTo(await reach(story.url))
    const stalled = await holding(pool)
    await passTime(story, 31)
    const second = await holding(pool)
    const write = (lease: Lease) =>
      lease.inTransaction((transaction) =>
        transaction.query(Prisma.sql`INSERT INTO "Store" (key, value) VALUES (${crypto.randomUUID()}, '1')`),
      )
    await expect(write(stalled.lease)).rejects.toThrow('Another process has taken over: work')
    await expect(stalled.lease.check()).rejects.toThrow('Another process has taken over: work')
    await write(second.lease)
    expect(await story.db.store.count()).toBe(1)
    // Nor does its end free the lease of the other.
    stalled.end()
    await stalled.done
    expect(await leaseOf(story)).toMatchObject({ holder: expect.any(String) })
  })

  test('a lease that is over is not taken during a transaction of its process, and nobody waits for that', async () => {
    const story = await createStory()
    const pool = poolTo(await reach(story.url))
    const first = await holding(pool)
    await passTime(story, 31)
    const taken = await first.lease.inTransaction(() => exclusively(pool, 'work', async () => 'taken'))
    expect(taken).toBeUndefined()
  })

  test('a process that lives prolongs its lease', async () => {
    const story = await createStory()
    const pool = poolTo(await reach(story.url))
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    await holding(pool)
    await passTime(story, 20)
    const { leaseUntil: before } = await leaseOf(story)
    vi.advanceTimersByTime(10_000)
    await until(async () => Number((await leaseOf(story)).leaseUntil) > Number(before) + 10_000)
  })

  test('a run whose lease another one has taken records nothing, and says so', async () => {
    const story = await createStory()
    await story.member('bob')
    await story.begins()
    const { db, pool, close } = connect(await reach(story.url))
    onTestFinished(close)
    story.chain.announcingPeriodStarted()
    story.chain.commitBlock()
    story.node.faults.beforeAnswer = async ({ operationName }) => {
      if (operationName === 'Window') await story.db.lease.updateMany({ data: { holder: 'another process' } })
    }
    expect(await run({ ...story.deps, db, pool })).toMatchObject({ notifications: 0 })
    expect(says(story, LEFT)).toBe(true)
    expect(await story.told()).toEqual([])
    await story.db.lease.deleteMany()
    story.node.faults.beforeAnswer = undefined
    expect(await run({ ...story.deps, db, pool })).toMatchObject({ notifications: 1 })
    expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
  })
})

/** A notifier in a process of its own that is killed while it reads; then the chain has news for bob. */
async function killedNotifier(reach: (url: string) => Promise<string>) {
  const story = await createStory()
  await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  const url = await reach(story.url)
  const { db, pool, close } = connect(url)
  onTestFinished(close)
  const child = fork(join(import.meta.dirname, '../support/notifier-process.ts'), [
    ...['--database', url],
    ...['--node', story.node.url],
    ...['--mailbox', '/nonexistent'],
  ])
  await once(child, 'message')
  const reading = Promise.withResolvers<void>()
  const dead = Promise.withResolvers<void>()
  story.node.faults.beforeAnswer = async ({ operationName }) => {
    if (operationName !== 'Window') return
    reading.resolve()
    await dead.promise
  }
  child.send('go')
  await reading.promise
  child.kill('SIGKILL')
  await once(child, 'exit')
  story.node.faults.beforeAnswer = undefined
  dead.resolve()
  return { story, deps: { ...story.deps, db, pool } }
}

test('a notifier that is killed leaves its work to the next one at once', async () => {
  const { story, deps } = await killedNotifier(async (url) => url)
  expect(await leaseOf(story, 'read events')).toMatchObject({ pid: expect.any(Number) })
  // PostgreSQL ends its session.
  await until(async () => {
    const { rows } = await story.pool.query(
      'SELECT FROM pg_stat_activity WHERE pid = (SELECT pid FROM "Lease" WHERE name = $1)',
      ['read events'],
    )
    return rows.length === 0
  })
  expect(await run(deps)).toMatchObject({ notifications: 1 })
  expect(says(story, WAITING)).toBe(false)
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
})

describe.each(poolers)('%s', (_how, reach) => {
  test('the next run waits until the lease of a killed notifier ends, and says so', async () => {
    const { story, deps } = await killedNotifier(reach)
    expect(await leaseOf(story, 'read events')).toMatchObject({ pid: null, holder: expect.any(String) })
    const running = run(deps)
    await until(() => says(story, WAITING))
    await passTime(story, 31)
    expect(await running).toMatchObject({ notifications: 1 })
    expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
    expect(story.logs.filter(({ msg }) => WAITING.test(msg))).toHaveLength(1)
  })

  test('the next run leaves the work to a notifier that prolongs its lease', async () => {
    const { story, deps } = await killedNotifier(reach)
    const running = run(deps)
    await until(() => says(story, WAITING))
    await passTime(story, -10)
    expect(await running).toMatchObject({ notifications: 0 })
    expect(says(story, LEFT)).toBe(true)
  })

  test('a run that waits ends when it is told to', async () => {
    const { story, deps } = await killedNotifier(reach)
    const stop = new AbortController()
    const running = run({ ...deps, stop: stop.signal })
    await until(() => says(story, WAITING))
    stop.abort()
    expect(await running).toMatchObject({ notifications: 0 })
    expect(await story.told()).toEqual([])
  })
})
