import { mention, mentionRole, type Thread } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { categories, people, toldNow } from './people.ts'

const createStory = stories()

/** Dave, who is not registered, began a thread with `firstPost` as its text. Nothing is said yet of Bob and Carol. */
async function daves(firstPost = 'Who waters the plants?') {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'alice', 'bob', 'carol', 'zoe')
  const [general] = categories(story, 'General')
  if (!general) throw new Error('unreachable')
  const thread: Thread = chain.threadCreated({
    by: story.stranger('dave'),
    in: general,
    title: 'Plants',
    text: firstPost,
  })
  await story.begins()
  return { story, chain, ...cast, general, thread }
}

test('a member whom an edit mentions hears of it, those whom the post mentioned before do not', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: `Ask ${mention(bob)}` })
  expect(await toldNow(story)).toEqual(['bob: FORUM_POST_MENTION'])

  const edit = chain.postEdited(post, { text: `Ask ${mention(bob)} or ${mention(carol)}` })
  expect(await toldNow(story)).toEqual(['carol: FORUM_POST_MENTION'])
  const { entityId, eventId, eventType } = await story.notificationOf(carol)
  expect({ entityId, eventId, eventType }).toEqual({
    entityId: post.id,
    eventId: edit.id,
    eventType: 'PostTextUpdated',
  })
  expect(story.sent.at(-1)?.text).toContain('alice edited a post')
})

test('after several edits, each is compared with the one before it', async () => {
  const { story, chain, alice, bob, carol, zoe, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'Ask somebody' })
  expect(await toldNow(story)).toEqual([])
  chain.postEdited(post, { text: `Ask ${mention(bob)}` })
  expect(await toldNow(story)).toEqual(['bob: FORUM_POST_MENTION'])
  chain.postEdited(post, { text: `Ask ${mention(bob)}, please` })
  expect(await toldNow(story)).toEqual([])
  chain.postEdited(post, { text: `Ask ${mention(carol)}, not ${mention(bob)}` })
  chain.postEdited(post, { text: `Ask ${mention(zoe)}, not ${mention(carol)}` })
  expect(await toldNow(story)).toEqual(['carol: FORUM_POST_MENTION', 'zoe: FORUM_POST_MENTION'])
})

test('edits that wait to be read together are told as if each had been read at its time', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'Ask somebody' })
  chain.commitBlock()
  chain.postEdited(post, { text: `Ask ${mention(bob)}` })
  chain.commitBlock()
  chain.postEdited(post, { text: `Ask ${mention(bob)} or ${mention(carol)}` })
  chain.commitBlock()
  chain.postEdited(post, { text: 'Ask nobody' })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION', 'carol: FORUM_POST_MENTION'])
})

test('an edit in the block of its post tells only whom the post did not', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: `Ask ${mention(bob)}` })
  chain.postEdited(post, { text: `Ask ${mention(bob)} or ${mention(carol)}` })
  chain.postEdited(post, { text: `Do ask ${mention(bob)} or ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION', 'carol: FORUM_POST_MENTION'])
})

test('of a post in its first version, an edit of the same block is no past', async () => {
  const { story, chain, alice, bob, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'Ask somebody' })
  chain.postEdited(post, { text: `Ask ${mention(bob)}` })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])
  expect((await story.notificationOf(bob)).eventType).toBe('PostTextUpdated')
})

test('an edit of the first post of a thread tells whom the thread did not mention', async () => {
  const { story, chain, bob, thread } = await daves('Ask [@carol](#mention?member-id=2)')
  const text = `Ask [@carol](#mention?member-id=2) or ${mention(bob)}`
  chain.postEdited(thread.initialPost, { text })
  expect(await toldNow(story)).toEqual(['bob: FORUM_POST_MENTION'])
  chain.postEdited(thread.initialPost, { text: `${text}!` })
  expect(await toldNow(story)).toEqual([])
})

test('an edit of the first post in the block of its thread tells whom the thread did not mention', async () => {
  const { story, chain, alice, bob, carol, general } = await daves()
  const thread = chain.threadCreated({ by: alice, in: general, title: 'Cacti', text: `Ask ${mention(bob)}` })
  chain.postEdited(thread.initialPost, { text: `Ask ${mention(bob)} or ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_THREAD_MENTION', 'carol: FORUM_POST_MENTION'])
})

test('a member who was mentioned as a worker is not told again when an edit mentions them by name', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  chain.workerHired({ member: bob, group: 'forumWorkingGroup' })
  const post = chain.postAdded({ by: alice, in: thread, text: mentionRole('workers_forumWorkingGroup', 'forum') })
  await story.begins()
  chain.postEdited(post, { text: `${mention(bob)} and ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['carol: FORUM_POST_MENTION'])
})

test('the author who mentions themselves in an edit is not told', async () => {
  const { story, chain, alice, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  chain.postEdited(post, { text: `I, ${mention(alice)}` })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('nobody but those mentioned hears of an edit, whatever they watch', async () => {
  const { story, chain, alice, bob, carol, zoe, general, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  chain.postAdded({ by: bob, in: thread, text: 'You', repliesTo: post })
  await story.watches(carol, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.watches(carol, 'FORUM_CATEGORY_ENTITY_POST', general)
  await story.wants(zoe, 'FORUM_POST_ALL')
  await story.begins()
  chain.postEdited(post, { text: 'I, the author' })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a member who refuses mentions hears of none in an edit', async () => {
  const { story, chain, alice, bob, thread } = await daves()
  await story.refuses(bob, 'FORUM_POST_MENTION')
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  chain.postEdited(post, { text: `I and ${mention(bob)}` })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a member who muted the thread, or a category above it, hears of no mention that an edit adds', async () => {
  const { story, chain, alice, bob, carol, zoe, general, thread } = await daves()
  await story.mutes(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.mutes(carol, 'FORUM_CATEGORY_ENTITY_POST', general)
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  await story.begins()
  chain.postEdited(post, { text: `I, ${mention(bob)}, ${mention(carol)} and ${mention(zoe)}` })
  await story.notify()
  expect(await story.told()).toEqual(['zoe: FORUM_POST_MENTION'])
})
