import { expect, onTestFinished, test, vi } from 'vitest'
import type { Pool } from '../../src/db/client.ts'
import { createFeed } from '../../src/inbox/feed.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

/** Bob and carol follow the feed. Its half-minute timer fires only when a test advances the clock. */
async function followers() {
  const story = await createStory()
  const [bob, carol] = [Number((await story.member('bob')).id), Number((await story.member('carol')).id)]
  const reads: number[][] = []
  const faults = { whileReading: async () => {} }
  const query = async (text: string, values: [number[]]) => {
    reads.push(values[0])
    const result = await story.pool.query(text, values)
    await faults.whileReading()
    return result
  }
  const pool = { options: story.pool.options, query } as unknown as Pool
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const feed = createFeed({ pool, log: story.deps.log })
  onTestFinished(feed.close)
  let events = 0
  const add = (memberId: number) =>
    story.db.notification.create({ data: { memberId, kind: 'FORUM_POST_ALL', eventId: `e${events++}` } })
  const signal = () => story.pool.query(`SELECT pg_notify('notifications', '')`)
  const listeners = async () =>
    (
      await story.pool.query(
        `SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
      )
    ).rows.map(({ pid }) => pid as number)
  return { story, feed, bob, carol, reads, faults, add, signal, listeners }
}

test('the feed reads nothing for a client that has left', async () => {
  const { feed, bob, carol, reads, add, signal } = await followers()
  const [bobs, carols] = [feed.follow(bob, 0), feed.follow(carol, 0)]
  const [his, hers] = [bobs.next(), carols.next()]
  await until(() => reads.flat().includes(bob) && reads.flat().includes(carol))
  await bobs.return()
  expect(await his).toMatchObject({ done: true })
  await until(async () => {
    reads.length = 0
    await signal()
    await until(() => reads.length > 0)
    return !reads.flat().includes(bob)
  })
  const { id } = await add(carol)
  await signal()
  expect((await hers).value).toMatchObject({ id })
})

test('a notification that arrives during a read is delivered', async () => {
  const { feed, bob, faults, add, signal, listeners } = await followers()
  const first = feed.follow(bob, 0).next()
  await until(async () => (await listeners()).length === 1)
  let late: { id: number } | undefined
  faults.whileReading = async () => {
    if (late) return
    late = await add(bob)
    await signal()
    // The signal arrives while this read is still running.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await signal()
  expect((await first).value).toMatchObject({ id: late?.id })
})

test('a long backlog is read page by page without another signal', async () => {
  const { story, feed, bob } = await followers()
  await story.db.notification.createMany({
    data: Array.from({ length: 45 }, (_, n) => ({ memberId: bob, kind: 'FORUM_POST_ALL', eventId: `many${n}` })),
  })
  const all = feed.follow(bob, 0)
  for (let n = 0; n < 45; n++) expect((await all.next()).done).toBe(false)
})

test('a notification recorded while the connection was down is read after it reconnects', async () => {
  const { story, feed, bob, add, listeners } = await followers()
  story.expectLog(/Live streams wait for the database/)
  const next = feed.follow(bob, 0).next()
  await until(async () => (await listeners()).length === 1)
  await story.pool.query('SELECT pg_terminate_backend($1)', await listeners())
  const { id } = await add(bob)
  expect((await next).value).toMatchObject({ id })
  expect(story.logs.filter(({ msg }) => msg.startsWith('Live streams')).map(({ msg }) => msg)).toEqual([
    expect.stringContaining('wait for the database'),
    'Live streams are connected again',
  ])
})

test('a lost signal delays a notification by half a minute at most', async () => {
  const { feed, bob, add, listeners, reads } = await followers()
  const next = feed.follow(bob, 0).next()
  await until(async () => (await listeners()).length === 1 && reads.length > 1)
  const { id } = await add(bob)
  vi.advanceTimersByTime(30_000)
  expect((await next).value).toMatchObject({ id })
})

test('a failed read is logged once for all clients, and no client misses anything', async () => {
  const { story, feed, bob, carol, faults, add, signal, reads, listeners } = await followers()
  story.expectLog(/Live streams could not be read on/)
  const [his, hers] = [feed.follow(bob, 0).next(), feed.follow(carol, 0).next()]
  await until(async () => (await listeners()).length === 1)
  await until(async () => {
    reads.length = 0
    await signal()
    await until(() => reads.length > 0)
    return reads.length === 1 && reads[0]?.length === 2
  })
  reads.length = 0
  faults.whileReading = async () => Promise.reject(new Error('out of memory'))
  await signal()
  // One line per read, although each read serves both clients.
  await until(() => story.logs.length > 0 && story.logs.length === reads.length)
  expect(reads.every((readers) => readers.length === 2)).toBe(true)
  faults.whileReading = async () => {}
  const ids = [(await add(bob)).id, (await add(carol)).id]
  await signal()
  expect([(await his).value.id, (await hers).value.id]).toEqual(ids)
})

test('a client that connects during shutdown is disconnected, and keeps nothing open', async () => {
  const { feed, bob, listeners } = await followers()
  await feed.close()
  expect(await feed.follow(bob, 0).next()).toMatchObject({ done: true })
  expect(vi.getTimerCount()).toBe(0)
  expect(await listeners()).toEqual([])
})
