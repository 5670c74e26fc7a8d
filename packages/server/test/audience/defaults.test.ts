import { type Chain, type Member, mention } from 'query-node'
import { expect, test } from 'vitest'
import { entityKinds, type GeneralKindName, generalKinds } from '../../src/events/kinds.ts'
import { events } from '../../src/events/list.ts'
import { stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()
const kinds = Object.keys(generalKinds) as GeneralKindName[]

const broadcasts = [
  'FORUM_POST_ALL',
  'FORUM_THREAD_ALL',
  'PROPOSAL_CREATED_ALL',
  'PROPOSAL_DISCUSSION_ALL',
  'PROPOSAL_STATUS_ALL',
  'PROPOSAL_VOTE_ALL',
  'WG_APPLICATION_ALL',
  'WG_BUDGET_UPDATE_ALL',
  'WG_LEAD_EXIT_ALL',
  'WG_NEW_BUDGET_ALL',
  'WG_NEW_LEAD_ALL',
  'WG_NEW_WORKER_ALL',
  'WG_OPENING_ALL',
  'WG_SPENDING_ALL',
  'WG_WORKER_EXIT_ALL',
  'WG_WORKER_LEAVING_ALL',
]
const elections = [
  'ELECTION_ANNOUNCING_STARTED',
  'ELECTION_COUNCIL_ELECTED',
  'ELECTION_REVEALING_STARTED',
  'ELECTION_VOTING_STARTED',
]

/** Raises every event that can notify members, each in its own block, by members who have not signed up. */
function everythingHappens(chain: Chain, by: Member, other: Member) {
  const group = 'forumWorkingGroup'
  const block = chain.block
  const thread = block(() =>
    chain.threadCreated({ by, in: chain.categoryCreated('General'), title: 'Plants', text: 'Water them.' }),
  )
  const post = block(() => chain.postAdded({ by, in: thread, text: 'I do.' }))
  block(() => chain.postEdited(post, { text: mention(other) }))
  const proposal = block(() => chain.proposalCreated({ by, title: 'Pots', description: 'More pots' }))
  block(() => chain.discussionPostCreated({ by, on: proposal, text: 'Many more.' }))
  block(() => chain.proposalVoted(proposal, { by: other, kind: 'APPROVE' }))
  block(() => chain.proposalApproved(proposal))
  block(() => chain.proposalExecuted(proposal))
  block(() => chain.announcingPeriodStarted())
  block(() => chain.notEnoughCandidates())
  block(() => chain.newCouncilNotElected())
  block(() => chain.votingPeriodStarted({ candidates: [by] }))
  block(() => chain.revealingStageStarted())
  block(() => chain.newCouncilElected({ members: [by] }))
  const lead = chain.workerHired({ member: by, group, asLead: true })
  const leaver = chain.workerHired({ member: other, group })
  const dismissed = chain.workerHired({ member: other, group })
  block(() => chain.budgetUpdated(group, { by: 5n }))
  block(() => chain.budgetSet(group, { to: 5n }))
  block(() => chain.budgetSpent(group, { to: by, amount: 5n }))
  block(() => chain.workerStartedLeaving(leaver))
  block(() => chain.workerExited(leaver))
  block(() => chain.workerTerminated(dismissed))
  block(() => chain.leaderUnset(group))
  chain.leaderSet(lead)
  block(() => chain.workerTerminated(lead))
}

test('there are 41 general kinds and 6 for single things; those that tell of everything in a field are off', () => {
  expect(kinds).toHaveLength(41)
  expect(Object.keys(entityKinds)).toHaveLength(6)
  expect(kinds.filter((kind) => !generalKinds[kind].defaultOn).sort()).toEqual(broadcasts)
})

test('default settings notify of elections; every kind on notifies of everything, every kind off of nothing', async () => {
  const story = await createStory()
  const { newcomer, fan, hermit } = await people(story, 'newcomer', 'fan', 'hermit')
  await story.begins()
  for (const kind of kinds) {
    await story.wants(fan, kind)
    await story.refuses(hermit, kind)
  }
  everythingHappens(story.chain, story.stranger('dave'), story.stranger('erin'))
  const summary = await story.notify()
  expect(summary.setAside).toBe(0)

  const told = new Set(await story.told())
  expect([...told].sort()).toEqual([
    ...[...elections, ...broadcasts].sort().map((kind) => `fan: ${kind}`),
    ...elections.map((kind) => `newcomer: ${kind}`),
  ])
  expect(await story.db.notification.count({ where: { memberId: Number(hermit.id) } })).toBe(0)

  // Of an edit only those hear whom it mentions; a status update beside a decision says nothing more.
  const heard = new Set(
    (await story.db.notification.findMany({ include: { event: true } })).map(({ event }) => event?.type),
  )
  const silent = events.map(({ type }) => type).filter((type) => !heard.has(type))
  expect(silent).toEqual(['PostTextUpdated', 'ProposalStatusUpdated'])
  expect(await story.notificationOf(newcomer)).toMatchObject({ inApp: true, emailStatus: 'SENT' })
})
