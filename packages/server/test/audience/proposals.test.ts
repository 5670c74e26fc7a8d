import { type Chain, mention, type Proposal } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'
import { people, toldNow } from './people.ts'

const createStory = stories()

/** Alice made the proposal "Plants". Will watches it, Fan follows all proposals, Zoe has default settings. */
async function plants() {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'alice', 'will', 'fan', 'zoe')
  const { alice, will, fan } = cast
  const proposal = chain.proposalCreated({ by: alice, title: 'Plants', description: 'Cacti' })
  const other = chain.proposalCreated({ by: story.stranger('dave'), title: 'Chairs', description: 'Soft ones' })
  await story.watches(will, 'PROPOSAL_ENTITY_STATUS', proposal)
  await story.watches(will, 'PROPOSAL_ENTITY_VOTE', proposal)
  await story.wants(fan, 'PROPOSAL_STATUS_ALL')
  await story.wants(fan, 'PROPOSAL_VOTE_ALL')
  await story.wants(fan, 'PROPOSAL_CREATED_ALL')
  await story.begins()
  return { story, chain, ...cast, proposal, other }
}

const EVERYBODY = ['alice: PROPOSAL_STATUS_CREATOR', 'fan: PROPOSAL_STATUS_ALL', 'will: PROPOSAL_ENTITY_STATUS']

type Step = (chain: Chain, proposal: Proposal) => unknown
const dormant: Step = (chain, proposal) => chain.proposalDormant(proposal)
const approved: Step = (chain, proposal) => chain.proposalApproved(proposal)

test('a new proposal notifies followers of all proposals, not its creator', async () => {
  const { story, chain, alice } = await plants()
  await story.wants(alice, 'PROPOSAL_CREATED_ALL')
  const proposal = chain.proposalCreated({ by: alice, title: 'More plants', description: 'Ferns' })
  await story.notify()
  expect(await story.told()).toEqual(['fan: PROPOSAL_CREATED_ALL'])
  expect(await story.db.notification.findFirst({ include: { event: true } })).toMatchObject({
    event: { type: 'ProposalCreated' },
    entityId: proposal.id,
  })
})

test('the description of a new proposal notifies the members it mentions, not its creator', async () => {
  const { story, chain, alice, fan, will, zoe } = await plants()
  await story.refuses(will, 'PROPOSAL_MENTION')
  const description = `${[alice, fan, will, zoe].map(mention).join(', ')}: ferns **do not** bite.`
  const proposal = chain.proposalCreated({ by: alice, title: 'More plants', description })
  await story.notify()
  expect(await story.told()).toEqual(['fan: PROPOSAL_MENTION', 'zoe: PROPOSAL_MENTION'])
  expect(await story.notificationOf(zoe)).toMatchObject({ eventType: 'ProposalCreated', entityId: proposal.id })
  expect(story.sent.map(({ subject }) => subject)).toEqual(
    Array(2).fill('alice mentioned you in the proposal “More plants”'),
  )
  expect(story.sent[0]?.text).toContain('> @alice, @fan, @will, @zoe: ferns do not bite.')
})

test.each<[string, Step | undefined, Step, string]>([
  ['is approved', undefined, approved, 'ProposalDecisionMade'],
  ['waits for the next council', undefined, dormant, 'ProposalDecisionMade'],
  ['is decided again', dormant, (chain, proposal) => chain.proposalDecidingAgain(proposal), 'ProposalStatusUpdated'],
  ['is rejected', undefined, (chain, proposal) => chain.proposalRejected(proposal), 'ProposalDecisionMade'],
  ['is slashed', undefined, (chain, proposal) => chain.proposalSlashed(proposal), 'ProposalDecisionMade'],
  ['expires', undefined, (chain, proposal) => chain.proposalExpired(proposal), 'ProposalDecisionMade'],
  ['is vetoed', approved, (chain, proposal) => chain.proposalVetoed(proposal), 'ProposalDecisionMade'],
  [
    'is cancelled by the runtime',
    undefined,
    (chain, proposal) => chain.proposalCanceledByRuntime(proposal),
    'ProposalDecisionMade',
  ],
  ['is executed', approved, (chain, proposal) => chain.proposalExecuted(proposal), 'ProposalExecuted'],
  [
    'cannot be executed',
    approved,
    (chain, proposal) => chain.proposalExecutionFailed(proposal, { error: 'Out of pots' }),
    'ProposalExecuted',
  ],
  [
    'is approved and executed in one block',
    undefined,
    (chain, proposal) => {
      chain.proposalApproved(proposal)
      chain.proposalExecuted(proposal)
    },
    'ProposalExecuted',
  ],
])('when a proposal %s, its creator, its watchers and followers of all proposals are notified once', async (...row) => {
  const [, before, step, eventType] = row
  const { story, chain, alice, proposal } = await plants()
  before?.(chain, proposal)
  await story.begins()
  step(chain, proposal)
  await story.notify()
  expect(await story.told()).toEqual(EVERYBODY)
  expect(await story.notificationOf(alice)).toMatchObject({ eventType, entityId: proposal.id })
  expect(story.sent).toHaveLength(3)
})

test('a cancelled proposal notifies everyone but its creator, who cancelled it', async () => {
  const { story, chain, alice, proposal } = await plants()
  await story.watches(alice, 'PROPOSAL_ENTITY_STATUS', proposal)
  await story.wants(alice, 'PROPOSAL_STATUS_ALL')
  chain.proposalCancelled(proposal)
  await story.notify()
  expect(await story.told()).toEqual(['fan: PROPOSAL_STATUS_ALL', 'will: PROPOSAL_ENTITY_STATUS'])
})

test('each status change in its own block sends its own notification', async () => {
  const { story, chain, will, fan, proposal } = await plants()
  for (const { id } of [will, fan]) await story.db.subscription.deleteMany({ where: { memberId: Number(id) } })
  chain.block(() => chain.proposalDormant(proposal))
  chain.block(() => chain.proposalDecidingAgain(proposal))
  chain.block(() => chain.proposalApproved(proposal))
  chain.block(() => chain.proposalExecuted(proposal))
  await story.notify()
  expect(await story.told()).toEqual(Array(4).fill('alice: PROPOSAL_STATUS_CREATOR'))
})

test('two proposals decided in one block send two notifications', async () => {
  const { story, chain, proposal, other } = await plants()
  chain.proposalApproved(proposal)
  chain.proposalApproved(other)
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: PROPOSAL_STATUS_CREATOR',
    'fan: PROPOSAL_STATUS_ALL',
    'fan: PROPOSAL_STATUS_ALL',
    'will: PROPOSAL_ENTITY_STATUS',
  ])
})

test('being the creator outranks watching a proposal, which outranks following all proposals', async () => {
  const { story, chain, alice, will, fan, proposal } = await plants()
  for (const { id } of [will, fan]) await story.db.subscription.deleteMany({ where: { memberId: Number(id) } })
  await story.wants(alice, 'PROPOSAL_STATUS_ALL')
  const watch = await story.watches(alice, 'PROPOSAL_ENTITY_STATUS', proposal)
  chain.proposalDormant(proposal)
  expect(await toldNow(story)).toEqual(['alice: PROPOSAL_STATUS_CREATOR'])
  await story.refuses(alice, 'PROPOSAL_STATUS_CREATOR')
  chain.proposalDecidingAgain(proposal)
  expect(await toldNow(story)).toEqual(['alice: PROPOSAL_ENTITY_STATUS'])
  await story.db.subscription.delete({ where: { id: watch.id } })
  chain.proposalRejected(proposal)
  expect(await toldNow(story)).toEqual(['alice: PROPOSAL_STATUS_ALL'])
})

test('muting the status of a proposal silences its status and nothing else', async () => {
  const { story, chain, alice, fan, proposal } = await plants()
  for (const member of [alice, fan]) await story.mutes(member, 'PROPOSAL_ENTITY_STATUS', proposal)
  chain.proposalApproved(proposal)
  expect(await toldNow(story)).toEqual(['will: PROPOSAL_ENTITY_STATUS'])
  chain.proposalVoted(proposal, { by: story.stranger('cora'), kind: 'APPROVE' })
  expect(await toldNow(story)).toEqual([
    'alice: PROPOSAL_VOTE_CREATOR',
    'fan: PROPOSAL_VOTE_ALL',
    'will: PROPOSAL_ENTITY_VOTE',
  ])
})

test('a vote notifies the creator, the watchers and followers of all votes, not the voter', async () => {
  const { story, chain, alice, zoe, proposal, other } = await plants()
  await story.wants(zoe, 'PROPOSAL_VOTE_ALL')
  chain.proposalVoted(proposal, { by: zoe, kind: 'REJECT', rationale: 'No pots' })
  expect(await toldNow(story)).toEqual([
    'alice: PROPOSAL_VOTE_CREATOR',
    'fan: PROPOSAL_VOTE_ALL',
    'will: PROPOSAL_ENTITY_VOTE',
  ])
  expect(await story.notificationOf(alice)).toMatchObject({ eventType: 'ProposalVoted', entityId: proposal.id })
  chain.proposalVoted(other, { by: zoe, kind: 'ABSTAIN' })
  expect(await toldNow(story)).toEqual(['fan: PROPOSAL_VOTE_ALL'])
})

test('creators who vote on their own proposal are not notified', async () => {
  const { story, chain, alice, proposal } = await plants()
  await story.watches(alice, 'PROPOSAL_ENTITY_VOTE', proposal)
  await story.wants(alice, 'PROPOSAL_VOTE_ALL')
  chain.proposalVoted(proposal, { by: alice, kind: 'APPROVE' })
  await story.notify()
  expect(await story.told()).toEqual(['fan: PROPOSAL_VOTE_ALL', 'will: PROPOSAL_ENTITY_VOTE'])
})

test('each vote in a block sends its own notification', async () => {
  const { story, chain, proposal } = await plants()
  for (const by of [story.stranger('cora'), story.stranger('carl')]) {
    chain.proposalVoted(proposal, { by, kind: 'APPROVE' })
  }
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: PROPOSAL_VOTE_CREATOR',
    'alice: PROPOSAL_VOTE_CREATOR',
    'fan: PROPOSAL_VOTE_ALL',
    'fan: PROPOSAL_VOTE_ALL',
    'will: PROPOSAL_ENTITY_VOTE',
    'will: PROPOSAL_ENTITY_VOTE',
  ])
})

test('members who turned votes off, or muted them for the proposal, are not notified', async () => {
  const { story, chain, alice, fan, proposal } = await plants()
  await story.refuses(alice, 'PROPOSAL_VOTE_CREATOR')
  await story.mutes(fan, 'PROPOSAL_ENTITY_VOTE', proposal)
  chain.proposalVoted(proposal, { by: story.stranger('cora'), kind: 'SLASH' })
  await story.notify()
  expect(await story.told()).toEqual(['will: PROPOSAL_ENTITY_VOTE'])
})

test('a creator who has not signed up is not notified, and nobody is in their place', async () => {
  const { story, chain, zoe, other } = await plants()
  chain.proposalVoted(other, { by: zoe, kind: 'APPROVE' })
  chain.proposalApproved(other)
  await story.notify()
  expect(await story.told()).toEqual(['fan: PROPOSAL_STATUS_ALL', 'fan: PROPOSAL_VOTE_ALL'])
})
