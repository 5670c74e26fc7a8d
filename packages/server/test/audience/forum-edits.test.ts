import { mention, mentionRole, type Thread } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { categories, people, toldNow } from './people.ts'

const createStory = stories()

/** Dave, who has not signed up, has started a thread with `firstPost` as its text. */
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

test('an edit notifies the members it newly mentions, not those the post already mentioned', async () => {
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
  expect(story.sent.at(-1)?.text).toContain('The mention was added to an earlier post.')
})

test('each edit is compared with the edit before it', async () => {
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

test('a mention that one edit removes and another adds again notifies once', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: `Ask ${mention(bob)}` })
  await story.begins()
  for (const text of ['Ask nobody', `Ask ${mention(bob)}`, `Ask ${mention(carol)}`, `Ask ${mention(bob)}`]) {
    chain.postEdited(post, { text })
    chain.commitBlock()
  }
  expect(await toldNow(story)).toEqual(['carol: FORUM_POST_MENTION'])
  chain.postEdited(post, { text: `Ask ${mention(bob)} and ${mention(carol)}` })
  expect(await toldNow(story)).toEqual([])
})

test('a mention that moves out of a quotation is new, one that moves into a quotation mentions nobody', async () => {
  const { story, chain, alice, bob, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: `> ${mention(bob)}\n\nI agree` })
  expect(await toldNow(story)).toEqual([])
  chain.postEdited(post, { text: `I agree with ${mention(bob)}` })
  expect(await toldNow(story)).toEqual(['bob: FORUM_POST_MENTION'])
})

test('edits that are read in one run notify the same members as edits that are read one by one', async () => {
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

test('an edit in the same block as its post notifies only members the post did not mention', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: `Ask ${mention(bob)}` })
  chain.postEdited(post, { text: `Ask ${mention(bob)} or ${mention(carol)}` })
  chain.postEdited(post, { text: `Do ask ${mention(bob)} or ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION', 'carol: FORUM_POST_MENTION'])
})

test('the first edit of a post is compared with its original text, even in the same block', async () => {
  const { story, chain, alice, bob, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'Ask somebody' })
  chain.postEdited(post, { text: `Ask ${mention(bob)}` })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])
  expect((await story.notificationOf(bob)).eventType).toBe('PostTextUpdated')
})

test('an edit of the first post notifies only members the new thread did not mention', async () => {
  const { story, chain, bob, thread } = await daves('Ask [@carol](#mention?member-id=2)')
  const text = `Ask [@carol](#mention?member-id=2) or ${mention(bob)}`
  chain.postEdited(thread.initialPost, { text })
  expect(await toldNow(story)).toEqual(['bob: FORUM_POST_MENTION'])
  chain.postEdited(thread.initialPost, { text: `${text}!` })
  expect(await toldNow(story)).toEqual([])
})

test('an edit of the first post in the same block as its thread notifies only members the thread did not mention', async () => {
  const { story, chain, alice, bob, carol, general } = await daves()
  const thread = chain.threadCreated({ by: alice, in: general, title: 'Cacti', text: `Ask ${mention(bob)}` })
  chain.postEdited(thread.initialPost, { text: `Ask ${mention(bob)} or ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_THREAD_MENTION', 'carol: FORUM_POST_MENTION'])
})

test('a member mentioned as a worker is not notified again when an edit mentions them by name', async () => {
  const { story, chain, alice, bob, carol, thread } = await daves()
  chain.workerHired({ member: bob, group: 'forumWorkingGroup' })
  const post = chain.postAdded({ by: alice, in: thread, text: mentionRole('workers_forumWorkingGroup', 'forum') })
  await story.begins()
  chain.postEdited(post, { text: `${mention(bob)} and ${mention(carol)}` })
  await story.notify()
  expect(await story.told()).toEqual(['carol: FORUM_POST_MENTION'])
})

test('authors who mention themselves in an edit are not notified', async () => {
  const { story, chain, alice, thread } = await daves()
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  chain.postEdited(post, { text: `I, ${mention(alice)}` })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('watchers who are not mentioned are not notified of an edit', async () => {
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

test('a member who turned mentions off is not notified of a mention in an edit', async () => {
  const { story, chain, alice, bob, thread } = await daves()
  await story.refuses(bob, 'FORUM_POST_MENTION')
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  chain.postEdited(post, { text: `I and ${mention(bob)}` })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('a member who muted the thread or a category above it is not notified of a mention in an edit', async () => {
  const { story, chain, alice, bob, carol, zoe, general, thread } = await daves()
  await story.mutes(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.mutes(carol, 'FORUM_CATEGORY_ENTITY_POST', general)
  const post = chain.postAdded({ by: alice, in: thread, text: 'I' })
  await story.begins()
  chain.postEdited(post, { text: `I, ${mention(bob)}, ${mention(carol)} and ${mention(zoe)}` })
  await story.notify()
  expect(await story.told()).toEqual(['zoe: FORUM_POST_MENTION'])
})
