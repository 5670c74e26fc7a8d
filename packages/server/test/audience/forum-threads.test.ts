import { type Category, mention } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { categories, people, toldNow } from './people.ts'

const createStory = stories()

/** General lies within Forum. Alice is about to start a thread; Zoe has nothing to do with it. */
async function general() {
  const story = await createStory()
  const cast = await people(story, 'alice', 'bob', 'carol', 'zoe')
  const [top, general] = categories(story, 'Forum', 'General') as [Category, Category]
  await story.begins()
  return { story, chain: story.chain, ...cast, top, general }
}

test('a member who is mentioned in the first post of a thread hears of the thread, its author does not', async () => {
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

test('watchers of the category, at any height, and those who want all threads hear of a new thread', async () => {
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

test('a new thread is no post: those who want all posts do not hear of it', async () => {
  const { story, chain, alice, bob, carol, general: place } = await general()
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.watches(carol, 'FORUM_CATEGORY_ENTITY_POST', place)
  chain.threadCreated({ by: alice, in: place, title: 'Plants', text: 'Water them.' })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('of several reasons for a thread, a mention comes first, then the category, then all threads', async () => {
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

test('a category that is muted for threads silences a mention in one, one that is muted for posts does not', async () => {
  const { story, chain, alice, bob, carol, top, general: place } = await general()
  await story.mutes(bob, 'FORUM_CATEGORY_ENTITY_THREAD', top)
  await story.mutes(carol, 'FORUM_CATEGORY_ENTITY_POST', place)
  chain.threadCreated({ by: alice, in: place, title: 'Plants', text: `${mention(bob)} ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['carol: FORUM_THREAD_MENTION'])
})

test('a thread and a post in it, in one block, are told one by one', async () => {
  const { story, chain, alice, bob, carol, general: place } = await general()
  const thread = chain.threadCreated({ by: alice, in: place, title: 'Plants', text: mention(carol) })
  chain.postAdded({ by: bob, in: thread, text: 'I do.' })
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_THREAD_CREATOR', 'carol: FORUM_THREAD_MENTION'])
})

test('events of one block that have the same id count both when they are of different types', async () => {
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
