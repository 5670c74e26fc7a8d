import { expect, test } from 'vitest'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

/** A forum in which dave has a thread, and bob who wants to hear of every post. */
async function forumStory(options: Parameters<typeof createStory>[0] = {}) {
  const story = await createStory(options)
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const forum = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: dave, in: forum, title: 'Plants', text: 'Water them.' })
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.begins()
  const posts = (count: number) => {
    for (let n = 0; n < count; n++) chain.postAdded({ by: dave, in: thread, text: `Post ${n}` })
  }
  return { story, chain, bob, dave, thread, posts }
}

const eventIds = async ({ db }: Story) => (await db.notification.findMany()).map(({ eventId }) => eventId)

test('120 posts in one block are all read, although the query node returns 50 rows by default', async () => {
  const { story, posts } = await forumStory()
  posts(120)
  const { events, notifications } = await story.notify()
  expect([events, notifications]).toEqual([120, 120])
  expect(new Set(await eventIds(story)).size).toBe(120)
})

test('2,500 posts in one block are all read, more than a page and a window hold', async () => {
  const { story, posts, chain } = await forumStory()
  posts(2_500)
  const { notifications } = await story.notify()
  expect(notifications).toBe(2_500)
  expect(new Set(await eventIds(story)).size).toBe(2_500)
  expect(await story.cursor()).toEqual({ block: chain.head })
})

test('a backlog is read in several windows, in order, each post once', async () => {
  const { story, posts, chain } = await forumStory()
  for (let block = 0; block < 60; block++) {
    posts(100)
    chain.commitBlock()
  }
  const { head } = chain
  const { notifications } = await story.notify()
  expect(notifications).toBe(6_000)
  const told = await story.db.notification.findMany({ orderBy: { id: 'asc' }, include: { event: true } })
  expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(6_000)
  const blocks = told.map(({ event }) => event?.block ?? 0)
  expect(blocks).toEqual(blocks.toSorted((a, b) => a - b))
  expect(await story.cursor()).toEqual({ block: head })
})

test('blocks that are committed during a read are neither missed nor read twice', async () => {
  const { story, posts, chain } = await forumStory()
  const { node } = story
  posts(10)
  chain.commitBlock()
  node.faults.betweenFields = () => {
    posts(3)
    chain.commitBlock()
  }
  await story.notify()
  delete node.faults.betweenFields
  const written = chain.head
  await story.notify()

  const ids = await eventIds(story)
  const onChain = chain.tables.get('PostAddedEvent')?.size
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBe(onChain)
  expect(ids.length).toBeGreaterThan(40)
  expect(await story.cursor()).toEqual({ block: written })
})

test('an event notifies once, however often the notifier runs', async () => {
  const { story, posts } = await forumStory()
  posts(2)
  expect((await story.notify()).notifications).toBe(2)
  expect((await story.notify()).notifications).toBe(0)
  expect((await story.notify()).emails.sent).toBe(0)
  expect(story.sent.length).toBe(2)
})

test('an idle run makes one request', async () => {
  const { story } = await forumStory()
  await story.notify()
  story.node.requests.reset()
  await story.notify()
  expect(story.node.requests.count).toBe(1)
})

test('a thousand posts take at most twelve requests', async () => {
  const { story, posts } = await forumStory()
  posts(1_000)
  story.node.requests.reset()
  await story.notify()
  expect(story.node.requests.count).toBeLessThanOrEqual(12)
})

test('categories and roles are requested once per run, and only when an event needs them', async () => {
  const { story, chain, dave, thread, posts } = await forumStory()
  for (let block = 0; block < 45; block++) {
    posts(100)
    chain.commitBlock()
  }
  story.node.requests.reset()
  await story.notify()
  const asked = () => story.node.requests.log.map(({ operationName }) => operationName)
  expect(asked().filter((name) => name === 'Window').length).toBeGreaterThan(2)
  expect(asked().filter((name) => name === 'Categories')).toEqual(['Categories'])
  expect(asked()).not.toContain('Roles')

  for (let block = 0; block < 45; block++) {
    for (let n = 0; n < 100; n++) chain.postAdded({ by: dave, in: thread, text: '[@Leads](#mention?role=leads)' })
    chain.commitBlock()
  }
  story.node.requests.reset()
  await story.notify()
  expect(asked().filter((name) => name === 'Roles')).toEqual(['Roles'])
})
