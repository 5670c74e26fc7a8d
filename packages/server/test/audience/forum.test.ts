import { type Category, type Member, mention } from 'query-node'
import { expect, test } from 'vitest'
import type { KindName } from '../../src/events/kinds.ts'
import { stories } from '../support/story.ts'
import { categories, people, toldNow } from './people.ts'

const createStory = stories()

/** Alice started the thread "Plants" in General, a subcategory of Forum, and Bob posted in it. Zoe did neither. */
async function plants() {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'alice', 'bob', 'carol', 'zoe')
  const [top, general] = categories(story, 'Forum', 'General') as [Category, Category]
  const thread = chain.threadCreated({ by: cast.alice, in: general, title: 'Plants', text: 'Who waters them?' })
  const earlier = chain.postAdded({ by: cast.bob, in: thread, text: 'Not me.' })
  await story.begins()
  return { story, chain, ...cast, top, general, thread, earlier }
}

test('a mention in a post notifies the member mentioned, not the author', async () => {
  const story = await createStory()
  const { chain } = story
  const alice = await story.member('alice')
  const bob = await story.member('bob')
  await story.member('carol')
  const forum = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: story.stranger('dave'), in: forum, title: 'Plants', text: 'Water them.' })
  await story.begins()

  chain.postAdded({ by: alice, in: thread, text: `Ask ${mention(bob)} and ${mention(alice)}` })
  await story.notify()

  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])
  expect(story.sent.map(({ to, subject }) => [to, subject])).toEqual([
    ['bob@example.org', 'alice mentioned you in “Plants”'],
  ])
})

test('a reply notifies the author of the replied-to post once', async () => {
  const { story, chain, carol, thread, earlier } = await plants()
  chain.postAdded({ by: carol, in: thread, text: 'Why not?', repliesTo: earlier })
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_THREAD_CREATOR', 'bob: FORUM_POST_REPLY'])
})

test('a reply to the first post of a thread notifies its author of a reply', async () => {
  const { story, chain, carol, thread } = await plants()
  chain.postAdded({ by: carol, in: thread, text: 'I do.', repliesTo: thread.initialPost })
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_POST_REPLY', 'bob: FORUM_THREAD_CONTRIBUTOR'])
})

test('a post notifies the author of the thread and earlier contributors, not later ones', async () => {
  const { story, chain, alice, carol, zoe, thread } = await plants()
  chain.postAdded({ by: carol, in: thread, text: 'First' })
  chain.postAdded({ by: zoe, in: thread, text: 'Second' })
  chain.postAdded({ by: alice, in: thread, text: 'Third' })
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: FORUM_THREAD_CREATOR',
    'alice: FORUM_THREAD_CREATOR',
    'bob: FORUM_THREAD_CONTRIBUTOR',
    'bob: FORUM_THREAD_CONTRIBUTOR',
    'bob: FORUM_THREAD_CONTRIBUTOR',
    'carol: FORUM_THREAD_CONTRIBUTOR',
    'carol: FORUM_THREAD_CONTRIBUTOR',
    'zoe: FORUM_THREAD_CONTRIBUTOR',
  ])
})

test('earlier posts are found by number, not by text order', async () => {
  const { story, chain, carol, zoe, thread } = await plants()
  chain.postAdded({ by: carol, in: thread, text: 'Ninth', id: '9' })
  chain.postAdded({ by: zoe, in: thread, text: 'Tenth', id: '10' })
  await story.notify()
  expect((await story.told()).filter((told) => /carol|zoe/.test(told))).toEqual(['carol: FORUM_THREAD_CONTRIBUTOR'])
})

test('a post does not notify contributors to other threads', async () => {
  const { story, chain, carol, zoe, general, thread } = await plants()
  const other = chain.threadCreated({ by: story.stranger('dave'), in: general, title: 'Cacti', text: 'They bite.' })
  chain.postAdded({ by: zoe, in: other, text: 'They do.' })
  await story.begins()
  chain.postAdded({ by: carol, in: thread, text: 'I do.' })
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_THREAD_CREATOR', 'bob: FORUM_THREAD_CONTRIBUTOR'])
})

test('a post never notifies its own author, for any reason', async () => {
  const { story, chain, alice, general, thread } = await plants()
  await story.watches(alice, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.watches(alice, 'FORUM_CATEGORY_ENTITY_POST', general)
  await story.wants(alice, 'FORUM_POST_ALL')
  chain.postAdded({ by: alice, in: thread, text: `I am ${mention(alice)}`, repliesTo: thread.initialPost })
  await story.notify()
  expect(await story.told()).toEqual(['bob: FORUM_THREAD_CONTRIBUTOR'])
})

test('a post notifies watchers of its thread, its category and the categories above, and no other watchers', async () => {
  const story = await createStory()
  const { chain } = story
  const { ann, ben, cat, dan, eve, fay, gus } = await people(
    story,
    'ann',
    'ben',
    'cat',
    'dan',
    'eve',
    'fay',
    'gus',
    'zoe',
  )
  const path = categories(story, 'a', 'b', 'c', 'd', 'e', 'f')
  const [top, , third, , , nearest] = path as [Category, Category, Category, Category, Category, Category]
  const sibling = chain.categoryCreated('g', { parent: third })
  const by = story.stranger('dave')
  const thread = chain.threadCreated({ by, in: nearest, title: 'Deep', text: 'Down here' })
  const other = chain.threadCreated({ by, in: nearest, title: 'Deep, too', text: 'Down here' })
  await story.watches(ann, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.watches(ben, 'FORUM_CATEGORY_ENTITY_POST', nearest)
  await story.watches(cat, 'FORUM_CATEGORY_ENTITY_POST', top)
  await story.watches(dan, 'FORUM_THREAD_ENTITY_POST', other)
  await story.watches(eve, 'FORUM_CATEGORY_ENTITY_POST', sibling)
  await story.watches(fay, 'FORUM_CATEGORY_ENTITY_THREAD', nearest)
  // Ids are unique per type only: a proposal can have the same id as the thread.
  await story.watches(gus, 'PROPOSAL_ENTITY_DISCUSSION', thread)
  await story.begins()

  chain.postAdded({ by, in: thread, text: 'Hello?' })
  await story.notify()
  expect(await story.told()).toEqual([
    'ann: FORUM_THREAD_ENTITY_POST',
    'ben: FORUM_CATEGORY_ENTITY_POST',
    'cat: FORUM_CATEGORY_ENTITY_POST',
  ])
})

test('a member who watches a category and its parent is notified once', async () => {
  const { story, chain, carol, zoe, top, general, thread } = await plants()
  await story.watches(zoe, 'FORUM_CATEGORY_ENTITY_POST', top)
  await story.watches(zoe, 'FORUM_CATEGORY_ENTITY_POST', general)
  chain.postAdded({ by: carol, in: thread, text: 'I do.' })
  await story.notify()
  expect((await story.told()).filter((told) => told.startsWith('zoe'))).toEqual(['zoe: FORUM_CATEGORY_ENTITY_POST'])
})

test('a category that is its own ancestor causes no endless loop', async () => {
  const { story, chain, carol, zoe } = await plants()
  const loop = (id: string, parentId: string) =>
    chain.categoryCreated(id, { id, parent: { type: 'ForumCategory', id: parentId, title: parentId } })
  const first = loop('70', '71')
  const second = loop('71', '70')
  await story.watches(zoe, 'FORUM_CATEGORY_ENTITY_POST', second)
  const thread = chain.threadCreated({ by: story.stranger('dave'), in: first, title: 'Round', text: 'And round' })
  await story.begins()
  chain.postAdded({ by: carol, in: thread, text: 'And round' })
  await story.notify()
  expect(await story.told()).toEqual(['zoe: FORUM_CATEGORY_ENTITY_POST'])
})

test('a thread that was moved belongs to its present category', async () => {
  const { story, chain, carol, bob, zoe, general, thread } = await plants()
  const archive = chain.categoryCreated('Archive')
  await story.watches(zoe, 'FORUM_CATEGORY_ENTITY_POST', archive)
  await story.watches(bob, 'FORUM_CATEGORY_ENTITY_POST', general)
  await story.refuses(bob, 'FORUM_THREAD_CONTRIBUTOR')
  chain.threadMoved(thread, { to: archive })
  chain.postAdded({ by: carol, in: thread, text: 'Over here' })
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_THREAD_CREATOR', 'zoe: FORUM_CATEGORY_ENTITY_POST'])
})

test('followers of all posts are notified of each post, and nobody else is', async () => {
  const { story, chain, carol, zoe } = await plants()
  const quiet = chain.threadCreated({
    by: story.stranger('dave'),
    in: chain.categoryCreated('Quiet'),
    title: 'Hush',
    text: '…',
  })
  await story.begins()
  await story.wants(zoe, 'FORUM_POST_ALL')
  chain.postAdded({ by: carol, in: quiet, text: 'Psst' })
  await story.notify()
  expect(await story.told()).toEqual(['zoe: FORUM_POST_ALL'])
})

test('a member is notified for the most important reason that they have turned on', async () => {
  const { story, chain, alice, carol, general, thread } = await plants()
  const mine = chain.postAdded({ by: alice, in: thread, text: 'Me again' })
  await story.begins()
  await story.watches(alice, 'FORUM_THREAD_ENTITY_POST', thread)
  await story.watches(alice, 'FORUM_CATEGORY_ENTITY_POST', general)
  await story.wants(alice, 'FORUM_POST_ALL')
  const reasons: KindName[] = [
    'FORUM_POST_MENTION',
    'FORUM_POST_REPLY',
    'FORUM_THREAD_CREATOR',
    'FORUM_THREAD_CONTRIBUTOR',
    'FORUM_THREAD_ENTITY_POST',
    'FORUM_CATEGORY_ENTITY_POST',
    'FORUM_POST_ALL',
  ]
  for (const reason of reasons) {
    chain.postAdded({ by: carol, in: thread, text: mention(alice), repliesTo: mine })
    expect((await toldNow(story)).filter((told) => told.startsWith('alice'))).toEqual([`alice: ${reason}`])
    await noLonger(alice, reason)
  }
  chain.postAdded({ by: carol, in: thread, text: mention(alice), repliesTo: mine })
  expect(await toldNow(story)).toEqual(['bob: FORUM_THREAD_CONTRIBUTOR'])

  async function noLonger(member: Member, kind: KindName) {
    await story.db.subscription.deleteMany({ where: { memberId: Number(member.id), kind } })
    if (kind.includes('_ENTITY_')) return
    const off = { shouldNotify: false, shouldNotifyByEmail: false }
    await story.db.subscription.create({ data: { memberId: Number(member.id), kind, ...off } })
  }
})

test('members who have not signed up and ids of no member are never notified', async () => {
  const story = await createStory()
  const { chain } = story
  const { zoe } = await people(story, 'zoe')
  const stranger = story.stranger('dave')
  const thread = chain.threadCreated({ by: stranger, in: chain.categoryCreated('General'), title: 'Hi', text: 'Hi' })
  await story.begins()
  const nobody = '[@x](#mention?member-id=99999999999999999999) [@y](#mention?member-id=2147483648)'
  const text = `${mention(stranger)} ${nobody} ${mention(zoe)}`
  chain.postAdded({ by: story.stranger('erin'), in: thread, text, repliesTo: thread.initialPost })
  await story.notify()
  expect(await story.told()).toEqual(['zoe: FORUM_POST_MENTION'])
})

test('the notification refers to the post', async () => {
  const { story, chain, alice, carol, thread } = await plants()
  const post = chain.postAdded({ by: carol, in: thread, text: 'I do.' })
  await story.notify()
  const { entityId, eventId, eventType } = await story.notificationOf(alice)
  expect({ entityId, eventId, eventType }).toEqual({
    entityId: post.id,
    eventId: post.event.id,
    eventType: 'PostAdded',
  })
})

test('a post that is removed before the run is told without its text, and not mailed', async () => {
  const { story, chain, carol, thread } = await plants()
  const post = chain.postAdded({ by: carol, in: thread, text: 'Something rude' })
  chain.postModerated(post)
  await story.notify()
  expect(await story.told()).toEqual(['alice: FORUM_THREAD_CREATOR', 'bob: FORUM_THREAD_CONTRIBUTOR'])
  expect(story.sent).toEqual([])
  expect(JSON.stringify(await story.db.event.findMany())).not.toContain('rude')
})
