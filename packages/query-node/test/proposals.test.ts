import { expect, test } from 'vitest'
import { type Chain, createChain, type Proposal } from '../src/index.ts'
import { ask, serve } from './support.ts'

function oneProposal() {
  const chain = createChain()
  const [alice, bob] = [chain.memberJoins('alice'), chain.memberJoins('bob')]
  const proposal = chain.proposalCreated({ by: alice, title: 'A title', description: 'A description' })
  chain.commitBlock()
  return { chain, alice, bob, proposal }
}

const story = `{
  decisions: proposalDecisionMadeEvents { proposalId inBlock inExtrinsic decisionStatus { __typename } }
  updates: proposalStatusUpdatedEvents { inBlock newStatus { __typename } }
  executions: proposalExecutedEvents { executionStatus { __typename ... on ProposalStatusExecutionFailed { errorMessage } } }
  cancellations: proposalCancelledEvents { inBlock }
  proposals { isFinalized statusSetAtBlock councilApprovals status { __typename } }
}`

const tellStory = async (chain: Chain) => ask<Record<string, object[]>>(await serve(chain), story)

test('a proposal starts in the deciding stage, with a discussion and a creator', async () => {
  const { chain, alice, proposal } = oneProposal()
  const query = `{
    proposalCreatedEvents { id proposalId proposal { title creatorId isFinalized details { __typename } } }
    proposals { status { __typename } createdInEvent { id } discussionThread { proposalId posts { id } } }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    proposalCreatedEvents: [
      {
        id: proposal.event.id,
        proposalId: proposal.id,
        proposal: {
          title: 'A title',
          creatorId: alice.id,
          isFinalized: false,
          details: { __typename: 'SignalProposalDetails' },
        },
      },
    ],
    proposals: [
      {
        status: { __typename: 'ProposalStatusDeciding' },
        createdInEvent: { id: proposal.event.id },
        discussionThread: { proposalId: proposal.id, posts: [] },
      },
    ],
  })
})

test('an approval raises a decision and a status update in one block, and is executed later', async () => {
  const { chain, proposal } = oneProposal()
  chain.block(() => chain.proposalApproved(proposal))
  chain.block(() => chain.proposalExecuted(proposal))
  expect(await tellStory(chain)).toMatchObject({
    decisions: [{ inBlock: 2, inExtrinsic: null, decisionStatus: { __typename: 'ProposalStatusGracing' } }],
    updates: [{ inBlock: 2, newStatus: { __typename: 'ProposalStatusGracing' } }],
    executions: [{ executionStatus: { __typename: 'ProposalStatusExecuted' } }],
    proposals: [
      { isFinalized: true, statusSetAtBlock: 3, councilApprovals: 1, status: { __typename: 'ProposalStatusExecuted' } },
    ],
  })
})

test('a failed execution has an error message', async () => {
  const { chain, proposal } = oneProposal()
  chain.block(() => chain.proposalExecutionFailed(proposal, { error: 'NotEnoughFunds' }))
  expect(await tellStory(chain)).toMatchObject({
    executions: [{ executionStatus: { __typename: 'ProposalStatusExecutionFailed', errorMessage: 'NotEnoughFunds' } }],
    proposals: [{ status: { __typename: 'ProposalStatusExecutionFailed' } }],
  })
})

test('the next council decides on a dormant proposal in a second round', async () => {
  const { chain, bob, proposal } = oneProposal()
  chain.block(() => chain.proposalDormant(proposal))
  chain.block(() => chain.proposalDecidingAgain(proposal))
  chain.block(() => chain.proposalVoted(proposal, { by: bob, kind: 'ABSTAIN' }))
  expect(await tellStory(chain)).toMatchObject({
    decisions: [{ decisionStatus: { __typename: 'ProposalStatusDormant' } }],
    updates: [
      { inBlock: 2, newStatus: { __typename: 'ProposalStatusDormant' } },
      { inBlock: 3, newStatus: { __typename: 'ProposalStatusDeciding' } },
    ],
    proposals: [{ isFinalized: false, status: { __typename: 'ProposalStatusDeciding' } }],
  })
  expect(await ask(await serve(chain), '{ proposals { votes { votingRound rationale } } }')).toEqual({
    proposals: [{ votes: [{ votingRound: 2, rationale: '' }] }],
  })
})

const endings: [string, (chain: Chain) => (proposal: Proposal) => void][] = [
  ['Rejected', (chain) => chain.proposalRejected],
  ['Slashed', (chain) => chain.proposalSlashed],
  ['Expired', (chain) => chain.proposalExpired],
  ['Vetoed', (chain) => chain.proposalVetoed],
  ['CanceledByRuntime', (chain) => chain.proposalCanceledByRuntime],
]

test.each(endings)('%s raises a decision only', async (name, end) => {
  const { chain, proposal } = oneProposal()
  chain.block(() => end(chain)(proposal))
  expect(await tellStory(chain)).toMatchObject({
    decisions: [{ proposalId: proposal.id, decisionStatus: { __typename: `ProposalStatus${name}` } }],
    updates: [],
    executions: [],
    cancellations: [],
    proposals: [{ isFinalized: true, status: { __typename: `ProposalStatus${name}` } }],
  })
})

test('a cancelled proposal raises the decision and the cancellation in one block', async () => {
  const { chain, proposal } = oneProposal()
  chain.block(() => chain.proposalCancelled(proposal))
  expect(await tellStory(chain)).toMatchObject({
    decisions: [{ inBlock: 2, decisionStatus: { __typename: 'ProposalStatusCancelled' } }],
    updates: [],
    cancellations: [{ inBlock: 2 }],
    proposals: [{ status: { __typename: 'ProposalStatusCancelled' } }],
  })
})

test('votes of every kind have a rationale', async () => {
  const { chain, bob, proposal } = oneProposal()
  for (const kind of ['APPROVE', 'REJECT', 'SLASH', 'ABSTAIN'] as const)
    chain.proposalVoted(proposal, { by: bob, kind, rationale: `Because of ${kind}` })
  chain.commitBlock()
  const query = '{ proposalVotedEvents { voterId proposalId voteKind rationale votingRound } }'
  expect(await ask(await serve(chain), query)).toEqual({
    proposalVotedEvents: ['APPROVE', 'REJECT', 'SLASH', 'ABSTAIN'].map((voteKind) => ({
      voterId: bob.id,
      proposalId: proposal.id,
      voteKind,
      rationale: `Because of ${voteKind}`,
      votingRound: 1,
    })),
  })
})

test('a discussion has posts, replies and edits', async () => {
  const { chain, alice, bob, proposal } = oneProposal()
  const first = chain.discussionPostCreated({ by: bob, on: proposal, text: 'First' })
  chain.discussionPostCreated({ by: alice, on: proposal, text: 'Second', repliesTo: first })
  chain.discussionPostEdited(first, { text: 'First, edited' })
  chain.commitBlock()
  const query = `{
    proposalDiscussionPostCreatedEvents { text post { text authorId repliesToId discussionThread { proposalId } } }
    proposalDiscussionPostUpdatedEvents { postId text }
  }`
  const discussionThread = { proposalId: proposal.id }
  expect(await ask(await serve(chain), query)).toEqual({
    proposalDiscussionPostCreatedEvents: [
      { text: 'First', post: { text: 'First, edited', authorId: bob.id, repliesToId: null, discussionThread } },
      { text: 'Second', post: { text: 'Second', authorId: alice.id, repliesToId: first.id, discussionThread } },
    ],
    proposalDiscussionPostUpdatedEvents: [{ postId: first.id, text: 'First, edited' }],
  })
})
