import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { people, toldNow } from './people.ts'

const createStory = stories()

/** Alice made a proposal, and Bob posted in its discussion. Zoe has default settings and no connection to it. */
async function plants() {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'alice', 'bob', 'carol', 'zoe')
  // Makes the ids of proposals and discussion posts differ.
  chain.proposalCreated({ by: cast.zoe, title: 'Chairs', description: 'Soft ones' })
  const proposal = chain.proposalCreated({ by: cast.alice, title: 'Plants', description: 'Cacti' })
  const earlier = chain.discussionPostCreated({ by: cast.bob, on: proposal, text: 'They bite.' })
  await story.begins()
  return { story, chain, ...cast, proposal, earlier }
}

test('a mention in a discussion notifies the member mentioned, not the author', async () => {
  const { story, chain, carol, zoe, proposal } = await plants()
  const text = `${mention(zoe)} ${mention(carol)}`
  const post = chain.discussionPostCreated({ by: carol, on: proposal, text })
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: PROPOSAL_DISCUSSION_CREATOR',
    'bob: PROPOSAL_DISCUSSION_CONTRIBUTOR',
    'zoe: PROPOSAL_DISCUSSION_MENTION',
  ])
  expect(await story.notificationOf(zoe)).toMatchObject({
    eventType: 'ProposalDiscussionPostCreated',
    eventId: post.event.id,
    entityId: post.id,
  })
})

test('a reply notifies the author of the replied-to post once', async () => {
  const { story, chain, carol, proposal, earlier } = await plants()
  chain.discussionPostCreated({ by: carol, on: proposal, text: 'Not me.', repliesTo: earlier })
  await story.notify()
  expect(await story.told()).toEqual(['alice: PROPOSAL_DISCUSSION_CREATOR', 'bob: PROPOSAL_DISCUSSION_REPLY'])
})

test('a post notifies earlier contributors to the discussion, not later ones', async () => {
  const { story, chain, alice, bob, carol, zoe, proposal } = await plants()
  chain.discussionPostCreated({ by: carol, on: proposal, text: 'First' })
  chain.discussionPostCreated({ by: zoe, on: proposal, text: 'Second' })
  chain.discussionPostCreated({ by: bob, on: proposal, text: 'Third' })
  chain.discussionPostCreated({ by: alice, on: proposal, text: 'Fourth' })
  await story.notify()
  const times = (count: number, told: string) => Array(count).fill(told)
  expect(await story.told()).toEqual([
    ...times(3, 'alice: PROPOSAL_DISCUSSION_CREATOR'),
    ...times(3, 'bob: PROPOSAL_DISCUSSION_CONTRIBUTOR'),
    ...times(3, 'carol: PROPOSAL_DISCUSSION_CONTRIBUTOR'),
    ...times(2, 'zoe: PROPOSAL_DISCUSSION_CONTRIBUTOR'),
  ])
})

test('a post does not notify contributors to other discussions', async () => {
  const { story, chain, carol, zoe, proposal } = await plants()
  const other = chain.proposalCreated({ by: story.stranger('dave'), title: 'Tables', description: 'Round ones' })
  chain.discussionPostCreated({ by: zoe, on: other, text: 'Square ones' })
  await story.begins()
  chain.discussionPostCreated({ by: carol, on: proposal, text: 'Ferns' })
  await story.notify()
  expect(await story.told()).toEqual(['alice: PROPOSAL_DISCUSSION_CREATOR', 'bob: PROPOSAL_DISCUSSION_CONTRIBUTOR'])
})

test('creators who post about their own proposal are not notified, for any reason', async () => {
  const { story, chain, alice, proposal } = await plants()
  const mine = chain.discussionPostCreated({ by: alice, on: proposal, text: 'Mine' })
  await story.begins()
  await story.watches(alice, 'PROPOSAL_ENTITY_DISCUSSION', proposal)
  await story.wants(alice, 'PROPOSAL_DISCUSSION_ALL')
  chain.discussionPostCreated({ by: alice, on: proposal, text: mention(alice), repliesTo: mine })
  await story.notify()
  expect(await story.told()).toEqual(['bob: PROPOSAL_DISCUSSION_CONTRIBUTOR'])
})

test('a post notifies watchers of the discussion and followers of all discussions', async () => {
  const { story, chain, carol, zoe, proposal } = await plants()
  const fan = await story.member('fan')
  const wes = await story.member('wes')
  await story.watches(zoe, 'PROPOSAL_ENTITY_DISCUSSION', proposal)
  await story.wants(fan, 'PROPOSAL_DISCUSSION_ALL')
  // Watching the votes does not include the discussion.
  await story.watches(wes, 'PROPOSAL_ENTITY_VOTE', proposal)
  chain.discussionPostCreated({ by: carol, on: proposal, text: 'Ferns' })
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: PROPOSAL_DISCUSSION_CREATOR',
    'bob: PROPOSAL_DISCUSSION_CONTRIBUTOR',
    'fan: PROPOSAL_DISCUSSION_ALL',
    'zoe: PROPOSAL_ENTITY_DISCUSSION',
  ])
})

test('a member is notified for the most important reason that they have turned on', async () => {
  const { story, chain, alice, carol, proposal } = await plants()
  const mine = chain.discussionPostCreated({ by: alice, on: proposal, text: 'Mine' })
  await story.begins()
  const post = () => chain.discussionPostCreated({ by: carol, on: proposal, text: mention(alice), repliesTo: mine })
  const bob = 'bob: PROPOSAL_DISCUSSION_CONTRIBUTOR'
  const watch = await story.watches(alice, 'PROPOSAL_ENTITY_DISCUSSION', proposal)
  await story.wants(alice, 'PROPOSAL_DISCUSSION_ALL')
  for (const kind of [
    'PROPOSAL_DISCUSSION_MENTION',
    'PROPOSAL_DISCUSSION_REPLY',
    'PROPOSAL_DISCUSSION_CREATOR',
    'PROPOSAL_DISCUSSION_CONTRIBUTOR',
  ] as const) {
    post()
    expect(await toldNow(story)).toEqual([`alice: ${kind}`, bob])
    await story.refuses(alice, kind)
  }
  post()
  expect(await toldNow(story)).toEqual(['alice: PROPOSAL_ENTITY_DISCUSSION', bob])
  await story.db.subscription.delete({ where: { id: watch.id } })
  post()
  expect(await toldNow(story)).toEqual(['alice: PROPOSAL_DISCUSSION_ALL', bob])
})

test('muting a discussion silences it, even when a post mentions the member', async () => {
  const { story, chain, alice, bob, carol, proposal, earlier } = await plants()
  for (const member of [alice, bob]) await story.mutes(member, 'PROPOSAL_ENTITY_DISCUSSION', proposal)
  await story.wants(alice, 'PROPOSAL_DISCUSSION_ALL')
  const text = `${mention(alice)} ${mention(bob)}`
  chain.discussionPostCreated({ by: carol, on: proposal, text, repliesTo: earlier })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('an edit notifies the members it newly mentions once, whatever later edits take out and put in', async () => {
  const { story, chain, alice, bob, carol, zoe, proposal } = await plants()
  const post = chain.discussionPostCreated({ by: carol, on: proposal, text: `Ask ${mention(bob)}` })
  await story.begins()
  const edit = chain.discussionPostEdited(post, { text: `Ask ${mention(bob)}, ${mention(zoe)} and ${mention(carol)}` })
  expect(await toldNow(story)).toEqual(['zoe: PROPOSAL_DISCUSSION_MENTION'])
  expect(await story.notificationOf(zoe)).toMatchObject({
    eventType: 'ProposalDiscussionPostUpdated',
    eventId: edit.id,
    entityId: post.id,
  })
  expect(story.sent.at(-1)?.subject).toBe('carol mentioned you on “Plants”')
  expect(story.sent.at(-1)?.text).toContain('The mention was added to an earlier post.')
  for (const text of ['Ask nobody', `Ask ${mention(zoe)}`, `Ask ${mention(alice)} or ${mention(bob)}`]) {
    chain.discussionPostEdited(post, { text })
    chain.commitBlock()
  }
  expect(await toldNow(story)).toEqual(['alice: PROPOSAL_DISCUSSION_MENTION'])
})

test('edits in the block of their post are compared with what was there before each of them', async () => {
  const { story, chain, bob, carol, zoe, proposal } = await plants()
  const post = chain.discussionPostCreated({ by: carol, on: proposal, text: `Ask ${mention(bob)}` })
  chain.discussionPostEdited(post, { text: `Ask ${mention(bob)} or ${mention(zoe)}` })
  chain.discussionPostEdited(post, { text: `Ask ${mention(zoe)}` })
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: PROPOSAL_DISCUSSION_CREATOR',
    'bob: PROPOSAL_DISCUSSION_MENTION',
    'zoe: PROPOSAL_DISCUSSION_MENTION',
  ])
})

test('watchers are not notified of an edit, and a mute silences its mentions', async () => {
  const { story, chain, bob, carol, zoe, proposal } = await plants()
  await story.watches(zoe, 'PROPOSAL_ENTITY_DISCUSSION', proposal)
  await story.mutes(bob, 'PROPOSAL_ENTITY_DISCUSSION', proposal)
  const post = chain.discussionPostCreated({ by: carol, on: proposal, text: 'Ask somebody' })
  await story.begins()
  chain.discussionPostEdited(post, { text: `Ask ${mention(bob)}` })
  await story.notify()
  expect(await story.told()).toEqual([])
})
