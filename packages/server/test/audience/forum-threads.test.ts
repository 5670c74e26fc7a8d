import { type Category, mention } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { categories, people, toldNow } from './people.ts'

const createStory = stories()

/** General is a subcategory of Forum. Zoe has default settings and no connection to the thread. */
async function general() {
  const story = await createStory()
  const cast = await people(story, 'alice', 'bob', 'carol', 'zoe')
  const [top, general] = categories(story, 'Forum', 'General') as [Category, Category]
  await story.begins()
  return { story, chain: story.chain, ...cast, top, general }
}

test('a mention in the first post notifies the member mentioned, not the author', async () => {
  const { story, chain, alice, bob, general: place } = await general()
  await story.wants(alice, 'FORUM_THREAD_ALL')
  await story.watches(alice, 'FORUM_CATEGORY_ENTITY_THREAD', place)
  const text = `${mention(bob)} and ${mention(alice)}`
  const thread = chain.threadCreated({ by: alice, in: place, title: 'Plants', text })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_THREAD_MENTION'])
  const { entityId, eventType } = await story.notificationOf(bob)
  expect({ entityId, eventType }).toEqual({ entityId: thread.id, eventType: 'ThreadCreated' })
})

test('a new thread notifies watchers of its category, of the categories above, and of all threads', async () => {
  const { story, chain, alice, bob, carol, zoe, top, general: place } = await general()
  const beside = chain.categoryCreated('Beside', { parent: top })
  await story.watches(bob, 'FORUM_CATEGORY_ENTITY_THREAD', place)
  await story.watches(carol, 'FORUM_CATEGORY_ENTITY_THREAD', top)
  await story.watches(zoe, 'FORUM_CATEGORY_ENTITY_THREAD', beside)
  const fan = await story.member('fan')
  await story.wants(fan, 'FORUM_THREAD_ALL')
  chain.threadCreated({ by: alice, in: place, title: 'Plants', text: 'Water them.' })
  await story.notify()
  expect(await story.told()).toEqual([
    'bob: FORUM_CATEGORY_ENTITY_THREAD',
    'carol: FORUM_CATEGORY_ENTITY_THREAD',
    'fan: FORUM_THREAD_ALL',
  ])
})

test('a new thread is not a post and does not notify followers of all posts', async () => {
  const { story, chain, alice, bob, carol, general: place } = await general()
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.watches(carol, 'FORUM_CATEGORY_ENTITY_POST', place)
  chain.threadCreated({ by: alice, in: place, title: 'Plants', text: 'Water them.' })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a mention outranks a watched category, which outranks all threads', async () => {
  const { story, chain, alice, bob, general: place } = await general()
  const open = () => chain.threadCreated({ by: alice, in: place, title: 'Plants', text: `${mention(bob)}` })
  await story.wants(bob, 'FORUM_THREAD_ALL')
  open()
  expect(await toldNow(story)).toEqual(['bob: FORUM_THREAD_MENTION'])
  await story.refuses(bob, 'FORUM_THREAD_MENTION')
  open()
  expect(await toldNow(story)).toEqual(['bob: FORUM_THREAD_ALL'])
  await story.watches(bob, 'FORUM_CATEGORY_ENTITY_THREAD', place)
  open()
  expect(await toldNow(story)).toEqual(['bob: FORUM_CATEGORY_ENTITY_THREAD'])
})

test('muting the threads of a category silences a mention in a new thread; muting its posts does not', async () => {
  const { story, chain, alice, bob, carol, top, general: place } = await general()
  await story.mutes(bob, 'FORUM_CATEGORY_ENTITY_THREAD', top)
  await story.mutes(carol, 'FORUM_CATEGORY_ENTITY_POST', place)
  chain.threadCreated({ by: alice, in: place, title: 'Plants', text: `${mention(bob)} ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['carol: FORUM_THREAD_MENTION'])
})

test('a thread and a post in it, in one block, send separate notifications', async () => {
  const { story, chain, alice, bob, carol, general: place } = await general()
  const thread = chain.threadCreated({ by: alice, in: place, title: 'Plants', text: mention(carol) })
  chain.postAdded({ by: bob, in: thread, text: 'I do.' })
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_THREAD_CREATOR', 'carol: FORUM_THREAD_MENTION'])
})

test('two events of different types with the same id are both sent', async () => {
  const { story, chain, alice, bob, general: place } = await general()
  const [thread, proposal] = chain.atOneIndex(() => [
    chain.threadCreated({ by: alice, in: place, title: 'Plants', text: mention(bob) }),
    chain.proposalCreated({ by: alice, title: 'More plants', description: 'Cacti' }),
  ])
  await story.wants(bob, 'PROPOSAL_CREATED_ALL')
  await story.notify()
  expect(thread?.event.id).toBe(proposal?.event.id)
  expect(await story.told()).toEqual(['bob: FORUM_THREAD_MENTION', 'bob: PROPOSAL_CREATED_ALL'])
})
