import { mentionRole } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { people, toldNow } from './people.ts'

const createStory = stories()

/**
 * Cora and Carl are on the council; Olga was. Lena leads the forum group, Will works in it; Walt did. Luke leads the
 * builders, Wilma works in both groups. Zoe has no role. Dave, who posts, has not signed up.
 */
async function dao() {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'cora', 'carl', 'olga', 'lena', 'will', 'walt', 'luke', 'wilma', 'zoe')
  const { cora, carl, olga, lena, will, walt, luke, wilma } = cast
  chain.newCouncilElected({ members: [olga] })
  chain.newCouncilElected({ members: [cora, carl, story.stranger('colin')] })
  chain.workerHired({ member: lena, group: 'forumWorkingGroup', asLead: true })
  chain.workerHired({ member: will, group: 'forumWorkingGroup' })
  chain.workerHired({ member: wilma, group: 'forumWorkingGroup' })
  chain.workerHired({ member: wilma, group: 'operationsWorkingGroupAlpha' })
  chain.workerHired({ member: luke, group: 'operationsWorkingGroupAlpha', asLead: true })
  chain.workerExited(chain.workerHired({ member: walt, group: 'forumWorkingGroup' }))
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({ by: dave, in: chain.categoryCreated('General'), title: 'Hello', text: 'You!' })
  await story.begins()
  return { story, chain, ...cast, dave, thread }
}

const told = (...names: string[]) => names.map((name) => `${name}: FORUM_POST_MENTION`)

test.each([
  ['dao', ['carl', 'cora', 'lena', 'luke', 'will', 'wilma']],
  ['council', ['carl', 'cora']],
  ['leads', ['lena', 'luke']],
  ['workers_forumWorkingGroup', ['lena', 'will', 'wilma']],
  ['workers_operationsWorkingGroupAlpha', ['luke', 'wilma']],
  ['lead_forumWorkingGroup', ['lena']],
  ['lead_operationsWorkingGroupAlpha', ['luke']],
  ['workers_storageWorkingGroup', []],
  ['lead_storageWorkingGroup', []],
])('a mention of the role %s notifies the members who hold it', async (role, holders) => {
  const { story, chain, dave, thread } = await dao()
  chain.postAdded({ by: dave, in: thread, text: `Dear ${mentionRole(role, 'all')}` })
  await story.notify()
  expect(await story.told()).toEqual(told(...holders))
})

test('a mentioned role stands for its holders when the post is read, not when it was written', async () => {
  const { story, chain, dave, zoe, thread } = await dao()
  const before = chain.workerHired({ member: await story.member('leo'), group: 'storageWorkingGroup', asLead: true })
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: mentionRole('lead_storageWorkingGroup', 'storage lead') })
  chain.commitBlock()
  chain.workerTerminated(before)
  chain.workerHired({ member: zoe, group: 'storageWorkingGroup', asLead: true })
  await story.notify()
  expect((await story.told()).filter((told) => told.includes('FORUM'))).toEqual(['zoe: FORUM_POST_MENTION'])
})

test('a member with several of the mentioned roles is notified once, the author never', async () => {
  const { story, chain, lena, thread } = await dao()
  const text = ['leads', 'workers_forumWorkingGroup', 'dao'].map((role) => mentionRole(role, role)).join(' ')
  chain.postAdded({ by: lena, in: thread, text })
  await story.notify()
  expect(await story.told()).toEqual(told('carl', 'cora', 'luke', 'will', 'wilma'))
})

test('roles can also be mentioned in new threads and proposal discussions', async () => {
  const { story, chain, dave } = await dao()
  const text = mentionRole('council', 'council')
  chain.threadCreated({ by: dave, in: chain.categoryCreated('More'), title: 'Dear council', text })
  expect(await toldNow(story)).toEqual(['carl: FORUM_THREAD_MENTION', 'cora: FORUM_THREAD_MENTION'])
  const proposal = chain.proposalCreated({ by: dave, title: 'Plants', description: 'Water' })
  chain.discussionPostCreated({ by: dave, on: proposal, text })
  expect(await toldNow(story)).toEqual(['carl: PROPOSAL_DISCUSSION_MENTION', 'cora: PROPOSAL_DISCUSSION_MENTION'])
})

test('a former lead is not notified', async () => {
  const { story, chain, dave, zoe, thread } = await dao()
  const lead = chain.workerHired({ member: zoe, group: 'storageWorkingGroup', asLead: true })
  chain.workerTerminated(lead)
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: mentionRole('lead_storageWorkingGroup', 'storage lead') })
  await story.notify()
  expect(await story.told()).toEqual([])
})
