import { mention, mentionRole } from 'query-node'
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

const told = (...names: string[]) => names.map((name) => `${name}: ROLE_MENTION`)

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
  expect((await story.told()).filter((told) => told.includes('MENTION'))).toEqual(['zoe: ROLE_MENTION'])
})

test('a member with several of the mentioned roles is notified once, the author never', async () => {
  const { story, chain, lena, thread } = await dao()
  const text = ['leads', 'workers_forumWorkingGroup', 'dao'].map((role) => mentionRole(role, role)).join(' ')
  chain.postAdded({ by: lena, in: thread, text })
  await story.notify()
  expect(await story.told()).toEqual(told('carl', 'cora', 'luke', 'will', 'wilma'))
})

test('roles can also be mentioned in new threads, new proposals and proposal discussions', async () => {
  const { story, chain, dave } = await dao()
  const text = mentionRole('council', 'council')
  chain.threadCreated({ by: dave, in: chain.categoryCreated('More'), title: 'Dear council', text })
  expect(await toldNow(story)).toEqual(told('carl', 'cora'))
  const proposal = chain.proposalCreated({ by: dave, title: 'Plants', description: text })
  expect(await toldNow(story)).toEqual(told('carl', 'cora'))
  chain.discussionPostCreated({ by: dave, on: proposal, text })
  expect(await toldNow(story)).toEqual(told('carl', 'cora'))
  expect([...new Set(story.sent.map(({ subject }) => subject))]).toEqual([
    'dave mentioned the council in “Dear council”',
    'dave mentioned the council in the proposal “Plants”',
    'dave mentioned the council on “Plants”',
  ])
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

test('a member who is mentioned by name hears that, and the other holders of the role hear of the role', async () => {
  const { story, chain, cora, dave, thread } = await dao()
  chain.postAdded({ by: dave, in: thread, text: `${mention(cora)}, ${mentionRole('council', 'council')}!` })
  await story.notify()
  expect(await story.told()).toEqual(['carl: ROLE_MENTION', 'cora: FORUM_POST_MENTION'])
  expect(story.sent.map(({ to, subject }) => [to, subject]).sort()).toEqual([
    ['carl@example.org', 'dave mentioned the council in “Hello”'],
    ['cora@example.org', 'dave mentioned you in “Hello”'],
  ])
  const toCarl = story.sent.find(({ to }) => to === 'carl@example.org')
  expect(toCarl?.text).toContain('You receive this because you hold a role that was mentioned.')
})

test('a member who switched mentions of roles off is still told when mentioned by name', async () => {
  const { story, chain, carl, cora, dave, thread } = await dao()
  for (const member of [carl, cora]) await story.refuses(member, 'ROLE_MENTION')
  chain.postAdded({ by: dave, in: thread, text: `${mention(cora)}, ${mentionRole('council', 'council')}!` })
  await story.notify()
  expect(await story.told()).toEqual(['cora: FORUM_POST_MENTION'])
})

test('an edit that adds a role notifies its holders, except those whom an earlier version mentioned', async () => {
  const { story, chain, cora, dave, thread } = await dao()
  const post = chain.postAdded({ by: dave, in: thread, text: mention(cora) })
  await story.begins()
  chain.postEdited(post, { text: mentionRole('council', 'council') })
  expect(await toldNow(story)).toEqual(told('carl'))
  expect(story.sent.at(-1)?.text).toContain('The mention was added to an earlier post.')
  chain.postEdited(post, { text: 'Nobody' })
  chain.postEdited(post, { text: `${mentionRole('council', 'council')} ${mentionRole('leads', 'leads')}` })
  expect(await toldNow(story)).toEqual(told('lena', 'luke'))
  expect(story.sent.at(-1)?.subject).toBe('dave mentioned the leads of all working groups in “Hello”')
})
