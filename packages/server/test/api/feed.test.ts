import { expect, onTestFinished, test, vi } from 'vitest'
import type { Pool } from '../../src/db/client.ts'
import { createFeed } from '../../src/inbox/feed.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

/** Bob and carol follow what is new. What is taken for granted every half minute comes only when a test says so. */
async function followers() {
  const story = await createStory()
  const [bob, carol] = [Number((await story.member('bob')).id), Number((await story.member('carol')).id)]
  const asked: number[][] = []
  const faults = { whileReading: async () => {} }
  const query = async (text: string, values: [number[]]) => {
    asked.push(values[0])
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
  return { story, feed, bob, carol, asked, faults, add, signal, listeners }
}

test('nothing is read any more for somebody who has left', async () => {
  const { feed, bob, carol, asked, add, signal } = await followers()
  const [bobs, carols] = [feed.follow(bob, 0), feed.follow(carol, 0)]
  const [his, hers] = [bobs.next(), carols.next()]
  await until(() => asked.flat().includes(bob) && asked.flat().includes(carol))
  await bobs.return()
  expect(await his).toMatchObject({ done: true })
  await until(async () => {
    asked.length = 0
    await signal()
    await until(() => asked.length > 0)
    return !asked.flat().includes(bob)
  })
  const { id } = await add(carol)
  await signal()
  expect((await hers).value).toMatchObject({ id })
})

test('what comes while others are read is not overlooked', async () => {
  const { feed, bob, faults, add, signal, listeners } = await followers()
  const first = feed.follow(bob, 0).next()
  await until(async () => (await listeners()).length === 1)
  let late: { id: number } | undefined
  faults.whileReading = async () => {
    if (late) return
    late = await add(bob)
    await signal()
    // Until the signal has been heard, while this is still being read.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await signal()
  expect((await first).value).toMatchObject({ id: late?.id })
})

test('more than one reading takes comes without another signal', async () => {
  const { story, feed, bob } = await followers()
  await story.db.notification.createMany({
    data: Array.from({ length: 45 }, (_, n) => ({ memberId: bob, kind: 'FORUM_POST_ALL', eventId: `many${n}` })),
  })
  const all = feed.follow(bob, 0)
  for (let n = 0; n < 45; n++) expect((await all.next()).done).toBe(false)
})

test('what was recorded while the database did not let us listen is read when it does again', async () => {
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

test('a signal that never comes costs half a minute, no more', async () => {
  const { feed, bob, add, listeners, asked } = await followers()
  const next = feed.follow(bob, 0).next()
  await until(async () => (await listeners()).length === 1 && asked.length > 1)
  const { id } = await add(bob)
  vi.advanceTimersByTime(30_000)
  expect((await next).value).toMatchObject({ id })
})

test('a database that fails is said once for all who follow, and costs them nothing', async () => {
  const { story, feed, bob, carol, faults, add, signal, asked, listeners } = await followers()
  story.expectLog(/Live streams could not be read on/)
  const [his, hers] = [feed.follow(bob, 0).next(), feed.follow(carol, 0).next()]
  await until(async () => (await listeners()).length === 1)
  await until(async () => {
    asked.length = 0
    await signal()
    await until(() => asked.length > 0)
    return asked.length === 1 && asked[0]?.length === 2
  })
  asked.length = 0
  faults.whileReading = async () => Promise.reject(new Error('out of memory'))
  await signal()
  // A line for each reading, though both were read for.
  await until(() => story.logs.length > 0 && story.logs.length === asked.length)
  expect(asked.every((readers) => readers.length === 2)).toBe(true)
  faults.whileReading = async () => {}
  const ids = [(await add(bob)).id, (await add(carol)).id]
  await signal()
  expect([(await his).value.id, (await hers).value.id]).toEqual(ids)
})

test('who comes when everything is being closed is sent away, and keeps nothing open', async () => {
  const { feed, bob, listeners } = await followers()
  await feed.close()
  expect(await feed.follow(bob, 0).next()).toMatchObject({ done: true })
  expect(vi.getTimerCount()).toBe(0)
  expect(await listeners()).toEqual([])
})
