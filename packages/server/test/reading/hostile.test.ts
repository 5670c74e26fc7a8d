import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { shorten } from '../../src/lib/text.ts'
import { retrySetAside } from '../../src/notifier/retry-set-aside.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const MEGABYTE = 1_000_000
const graphemes = new Intl.Segmenter('en')
const countGraphemes = (text: string) => [...graphemes.segment(text)].length

/** Dave's thread, and bob, whom his posts mention. */
async function forum(title = 'Plants') {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({ by: dave, in: chain.categoryCreated('General'), title, text: 'Water them.' })
  await story.begins()
  const post = (text: string) => chain.postAdded({ by: dave, in: thread, text })
  return { story, chain, bob, dave, thread, post }
}

test.for([
  ['letters', 'x'.repeat(MEGABYTE)],
  ['emoji', '😀'.repeat(MEGABYTE)],
  ['one letter with a million accents', `e${'\u0301'.repeat(MEGABYTE)}`],
  ['families of four', '👨‍👩‍👧‍👦'.repeat(MEGABYTE / 10)],
  ['lone surrogates', '\ud800'.repeat(MEGABYTE)],
])('a title of %s is cut where it enters, and the posts under it are told', async ([_, title = '']) => {
  const { story, bob, post } = await forum(title)
  post(mention(bob))
  post(mention(bob))
  expect((await story.notify()).notifications).toBe(2)
  const events = await story.db.event.findMany()
  for (const { data } of events) {
    const { thread } = data as { thread: string }
    expect(thread.length).toBeLessThanOrEqual(1_200)
    expect(countGraphemes(thread)).toBeLessThanOrEqual(300)
    expect(thread).toMatch(/…$/)
  }
  expect(story.sent.length).toBe(2)
})

test('a handle is cut to 100 characters and 400 code units', async () => {
  const { story, chain, bob, thread } = await forum()
  chain.postAdded({ by: story.stranger('h'.repeat(MEGABYTE)), in: thread, text: mention(bob) })
  await story.notify()
  const { data } = await story.db.event.findFirstOrThrow()
  expect((data as { author: string }).author).toBe(`${'h'.repeat(99)}…`)
})

test('a text is cut to 64 KB, and a mention behind a pasted image survives', async () => {
  const { story, bob, post } = await forum()
  const carol = await story.member('carol')
  const image = `![a plant](data:image/png;base64,${'A'.repeat(3 * MEGABYTE)})`
  post(`${image} ${mention(bob)} ${'| a |\n'.repeat(MEGABYTE)} ${mention(carol)}`)
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])
  const { data } = await story.db.event.findFirstOrThrow()
  expect((data as { excerpt: string }).excerpt).toMatch(/^a plant @bob/)
})

test('a mention of a role that is repeated a thousand times counts once', async () => {
  const { story, chain, bob, post } = await forum()
  chain.newCouncilElected({ members: [bob] })
  await story.begins()
  post('[](#mention?role=dao)'.repeat(50_000))
  await story.notify()
  expect(await story.told()).toEqual(['bob: ROLE_MENTION'])
})

test('a short text keeps every character', () => {
  for (const text of ['', 'Plants', 'x'.repeat(300), '🇩🇪'.repeat(300), '👨‍👩‍👧‍👦'.repeat(100)]) {
    expect(shorten(text, { graphemes: 300, units: 1_200 })).toBe(text)
  }
})

test.for<[string, (row: Record<string, unknown>) => unknown]>([
  ['a bad date', (row) => ({ ...row, createdAt: 'yesterday' })],
  ['no date', (row) => ({ ...row, createdAt: null })],
  ['a number for a date', (row) => ({ ...row, createdAt: 0 })],
  ['no id', (row) => ({ ...row, id: null })],
  ['an empty id', (row) => ({ ...row, id: '' })],
  ['an id that PostgreSQL cannot store', (row) => ({ ...row, id: 'a\0b' })],
  ['an id of a megabyte', (row) => ({ ...row, id: 'x'.repeat(MEGABYTE) })],
  ['no block', (row) => ({ ...row, inBlock: null })],
  ['half an index', (row) => ({ ...row, indexInBlock: 0.5 })],
  ['a text that is a number', (row) => ({ ...row, text: 7 })],
  ['no text', (row) => ({ ...row, text: null })],
  ['an object for a post', (row) => ({ ...row, postId: {} })],
  ['nothing in it', () => ({})],
  ['nothing at all', () => null],
  ['a list for a row', () => []],
])('a row with %s is set aside, and the next one is told', async ([_, change]) => {
  const { story, bob, post } = await forum()
  story.expectLog(/^(Set aside|Still not understood:) PostAdded/)
  post(mention(bob))
  post(mention(bob))
  story.node.faults.alter = ({ PostAdded: rows }) => {
    if (rows?.length === 2) rows[0] = change(rows[0] as Record<string, unknown>)
  }
  const { notifications, setAside } = await story.notify()
  expect([notifications, setAside]).toEqual([1, 1])
  expect(await story.cursor()).toEqual({ block: story.chain.head })
  expect((await story.db.event.findFirstOrThrow()).time.getTime()).toBeGreaterThan(Date.now() - MEGABYTE * 10)
  // It is kept as it is: a later attempt does not take it for an old event.
  expect(await retrySetAside(story.deps)).toMatchObject({ understood: 0, setAside: 1 })
})

test('a row of which the query node has no answer is found and set aside, and the others are told', async () => {
  const { story, chain, bob, post } = await forum()
  story.expectLog(/^Set aside PostAdded/)
  for (let n = 0; n < 20; n++) post(mention(bob))
  const lost = chain.raise('PostAddedEvent', { postId: '500', isEditable: true })
  for (let n = 0; n < 20; n++) post(mention(bob))
  const { notifications, setAside } = await story.notify()
  expect([notifications, setAside]).toEqual([40, 1])
  expect((await story.db.setAsideEvent.findFirstOrThrow()).id).toBe(lost.id)
})

test('malformed rows of a look-up concern only the events that need them', async () => {
  const { story, bob, post } = await forum()
  story.expectLog(/^Set aside PostAdded/)
  for (let n = 0; n < 4; n++) post(mention(bob))
  story.node.faults.alter = ({ rows }) => {
    const [first] = (rows ?? []) as { authorId?: string; threadId?: string; isVisible?: boolean }[]
    if (rows?.length !== 4 || first?.isVisible === undefined) return
    rows[0] = null
    rows[1] = {}
    rows[2] = { ...(rows[2] as object), threadId: null }
  }
  const { notifications, setAside } = await story.notify()
  expect([notifications, setAside]).toEqual([1, 3])
})

test('an event that PostgreSQL cannot take is found by halving the window, and the others are recorded', async () => {
  const { story, chain, bob, post } = await forum()
  story.expectLog(/^Set aside BudgetSet/)
  await story.wants(bob, 'WG_NEW_BUDGET_ALL')
  for (let n = 0; n < 5; n++) post(mention(bob))
  chain.raise('BudgetSetEvent', { groupId: 'a\0b', newBudget: 1n })
  for (let n = 0; n < 6; n++) post(mention(bob))
  const { notifications, setAside, events } = await story.notify()
  expect([notifications, setAside, events]).toEqual([11, 1, 12])
  expect((await story.db.setAsideEvent.findFirstOrThrow()).error).toMatch(/0x00/)
})

test('a head that the chain cannot have reached is a failed poll, and the next run goes on', async () => {
  const { story, chain, bob, post } = await forum()
  post(mention(bob))
  await story.notify()
  const before = await story.cursor()
  story.expectLog(/which the chain cannot have reached since block/)
  post(mention(bob))
  chain.commitBlock()
  for (const block of [2 ** 31 - 1, Number(before?.block) + 100_000]) {
    story.node.duringNext(1, {
      alter: ({ PostAdded }) => Object.assign(PostAdded?.[0] as object, { inBlock: block }),
    })
    const { failure } = await story.notify()
    expect(failure).toMatch(/its answers cannot be trusted now/)
    expect(await story.cursor()).toEqual(before)
  }
  expect((await story.notify()).notifications).toBe(1)
})

test('after an outage of weeks, the head is as far away as the chain can have come', async () => {
  const { story, chain, bob, post } = await forum()
  post(mention(bob))
  await story.notify()
  const weeks = 3 * 7 * 24 * 60 * 60
  await story.db.$executeRaw`UPDATE "Store" SET value = jsonb_set(value, '{time}',
    to_jsonb(to_char((now() - make_interval(secs => ${weeks})) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
    WHERE key = 'Progress'`
  chain.emptyBlocks(weeks / 6)
  post(mention(bob))
  expect((await story.notify()).notifications).toBe(1)
})

test('a head without a number is a failed poll', async () => {
  const { story, bob, post } = await forum()
  story.expectLog(/named no valid block/)
  for (const inBlock of [null, 'high', -1, 2 ** 31, 1.5]) {
    post(mention(bob))
    story.node.duringNext(1, { alter: ({ PostAdded }) => Object.assign(PostAdded?.[0] as object, { inBlock }) })
    expect((await story.notify()).failure).toMatch(/named no valid block/)
  }
  expect((await story.notify()).notifications).toBe(5)
})
