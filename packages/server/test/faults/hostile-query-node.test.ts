import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Faults } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { createService, postgresOfFile } from './support/service.ts'

const createStory = stories()
const postgres = postgresOfFile()
const MEGABYTE = 1024 * 1024
/** Megabytes, as on a machine with 512 MB. */
const HEAP = 259

type Rows = { [column: string]: unknown }[]
type Answer = { data: { [list: string]: Rows } }
type Change = (answer: Answer) => unknown

/** Changes every list of an answer. */
const lists =
  (change: (rows: Rows) => unknown): Change =>
  ({ data }) => ({ data: Object.fromEntries(Object.entries(data).map(([name, rows]) => [name, change(rows)])) })
const always =
  (answer: unknown): Change =>
  () =>
    answer

/** What a query can be answered with instead of its data. */
const shapes: [string, Change][] = [
  ['no data', always({})],
  ['null as data', always({ data: null })],
  ['a list as data', always({ data: [] })],
  ['a text as data', always({ data: 'rows' })],
  ['a number as data', always({ data: 7 })],
  ['empty data', always({ data: {} })],
  ['other data', always({ data: { other: [] } })],
  ['null', always(null)],
  ['a list', always([])],
  ['a list of answers', (answer) => [answer]],
  ['a number', always(7)],
  ['null for each list', lists(() => null)],
  ['an object for each list', lists((rows) => ({ ...rows }))],
  ['a text for each list', lists((rows) => JSON.stringify(rows))],
  ['a number for each list', lists((rows) => rows.length)],
  ['lists in lists, of no list', lists((rows) => ({ rows }))],
  ['errors only', always({ errors: [{ message: 'canceling statement due to statement timeout' }] })],
  ['errors and data', (answer) => ({ ...answer, errors: [{ message: 'out of connections' }] })],
  ['errors that are no list', (answer) => ({ ...answer, errors: { message: 'x' } })],
  ['errors without messages', (answer) => ({ ...answer, errors: [null, 7, {}, { message: 7 }] })],
  ['an error of 5 MB', always({ errors: [{ message: 'cannot represent '.repeat(300_000) }] })],
  ['100,000 errors', always({ errors: Array.from({ length: 100_000 }, () => ({ message: 'x' })) })],
]

const texts: [string, (body: string) => string][] = [
  ['nothing', () => ''],
  ['half of its text', (body) => body.slice(0, body.length / 2)],
  ['its text twice', (body) => body + body],
  ['a page', () => '<!DOCTYPE html><html><body>Sign in</body></html>'],
  ['bytes that are no text', () => '\u0000\ufffd\u0001'.repeat(1_000)],
  ['a million brackets', () => '['.repeat(1_000_000)],
  ['21 MB', (body) => ' '.repeat(21 * MEGABYTE) + body],
]

const orders: [string, Change][] = [
  ['each row twice', lists((rows) => rows.flatMap((row) => [row, row]))],
  ['its rows backwards', lists((rows) => rows.toReversed())],
  ['rows of later blocks', lists((rows) => rows.map((row) => ({ ...row, inBlock: 2_000_000 })))],
  ['rows of earlier blocks', lists((rows) => rows.map((row) => ({ ...row, inBlock: 3 })))],
  ['no rows', lists(() => [])],
  ['all rows but the last', lists((rows) => rows.slice(0, -1))],
]

const authors: [string, Change][] = [
  ['its rows backwards', lists((rows) => rows.toReversed())],
  ['rows of other threads', lists((rows) => rows.map((row) => ({ ...row, listId: '77' })))],
  ['10,000 rows', lists((rows) => Array.from({ length: 10_000 }, () => rows[0]))],
]

const heads: [string, Change][] = [
  ['blocks that are texts', lists((rows) => rows.map(() => ({ inBlock: '9' })))],
  ['blocks that are null', lists((rows) => rows.map(() => ({ inBlock: null })))],
  ['blocks that are no integers', lists((rows) => rows.map(() => ({ inBlock: 1.5 })))],
  ['blocks that are missing', lists((rows) => rows.map(() => ({})))],
]

const rewriting = (operation: string, rewrite: (body: string) => string): Faults => ({
  rewrite: (body, { operationName }) => (operationName === operation ? rewrite(body) : body),
})
const changing = (operation: string, change: Change) =>
  rewriting(operation, (body) => JSON.stringify(change(JSON.parse(body))))

const attacks: [string, Faults][] = [
  ...['Head', 'Window', 'Posts', 'PostAuthors'].flatMap((operation) => [
    ...shapes.map(([what, change]): [string, Faults] => [`${operation} with ${what}`, changing(operation, change)]),
    ...texts.map(([what, rewrite]): [string, Faults] => [`${operation} with ${what}`, rewriting(operation, rewrite)]),
  ]),
  ...orders.map(([what, change]): [string, Faults] => [`Window with ${what}`, changing('Window', change)]),
  ...authors.map(([what, change]): [string, Faults] => [`PostAuthors with ${what}`, changing('PostAuthors', change)]),
  ...heads.map(([what, change]): [string, Faults] => [`Head with ${what}`, changing('Head', change)]),
  ['all with a page that claims success', { htmlStatus: 200 }],
  ['all with a page', { htmlStatus: 503 }],
  ['all with a redirect to itself', { redirectTo: '/graphql' }],
  ['all with a redirect to an internal address', { redirectTo: 'http://169.254.169.254/latest/meta-data' }],
  ['all with a cut connection', { down: true }],
  ['all with half of the answer and a cut connection', { breaksOff: true }],
]

function collectGarbage(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / MEGABYTE
}

test(`${attacks.length} hostile answers leave the cursor where it is, and the next good answer is read`, async () => {
  const story = await createStory()
  const { chain, node, db } = story
  story.expectLog(/Nothing more was read, the next run tries again: The query node/)
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const forum = chain.categoryCreated('General')
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.begins()

  const round = async (name: string, faults: Faults) => {
    // A new thread, so that its authors have to be read.
    const thread = chain.threadCreated({ by: dave, in: forum, title: 'Plants', text: 'Water them.' })
    for (let n = 0; n < 3; n++) {
      chain.commitBlock()
      chain.postAdded({ by: dave, in: thread, text: `Post ${n}` })
    }
    const [cursor, told] = [await story.cursor(), await db.notification.count()]
    Object.assign(node.faults, faults)
    const { failure, events, notifications } = await story.notify()
    expect.soft(failure, name).toMatch(/^The query node/)
    expect.soft([events, notifications, await story.cursor()], name).toEqual([0, 0, cursor])
    node.clearFaults()
    const block = chain.head
    const after = await story.notify()
    expect.soft([after.failure, await db.notification.count()], name).toEqual([undefined, told + 3])
    expect.soft(await story.cursor(), name).toEqual({ block })
  }

  await round('the first', { down: true })
  const before = collectGarbage()
  for (const [name, faults] of attacks) await round(name, faults)
  story.logs.length = 0
  expect(collectGarbage() - before).toBeLessThan(100)
  expect(await db.setAsideEvent.count()).toBe(0)
})

test.each<[string, Faults]>([
  ['400 MB', { paddingBytes: 400 * MEGABYTE }],
  ['errors of 19 MB', { rewrite: () => JSON.stringify({ errors: [{ message: 'a@'.repeat(9 * MEGABYTE) }] }) }],
  ['20 MB of empty rows', { rewrite: (body) => body.replace(/\[.*?\]/, `[${'{},'.repeat(6 * MEGABYTE)}{}]`) }],
])('a notifier with little memory survives an answer with %s', async (_what, faults) => {
  const service = await createService(postgres(), 2)
  service.news()
  Object.assign(service.node.faults, faults)
  const { code, lines, problems } = await service.notify({}, { heap: HEAP })
  expect([code, problems()]).toEqual([1, [expect.stringMatching(/^Nothing more was read, the next run tries again/)]])
  expect(lines().find(({ kb }) => kb)?.kb).toBeLessThan(500_000)
  service.node.clearFaults()
  expect((await service.notify()).code).toBe(0)
  await service.expectAllTold()
})
