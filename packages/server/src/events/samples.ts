import type {
  Application,
  DiscussionPost,
  Member,
  Opening,
  Post,
  Proposal,
  ProposalInfo,
  Thread,
  Voter,
} from './chain.ts'
import type { EventMeta } from './define.ts'

export const alice: Member = { id: '1', handle: 'alice' }
export const bob: Member = { id: '2', handle: 'bob' }
export const carol: Member = { id: '3', handle: 'carol' }

export const thread: Thread = {
  id: '17',
  title: 'Who waters the plants in the council room?',
  authorId: carol.id,
  categoryId: '5',
  initialPostId: '40',
  isVisible: true,
}
export const categoryPath = ['5', '1']
export const post: Post = { id: '42', threadId: thread.id, authorId: alice.id, repliesToId: '41', isVisible: true }
export const repliedPost: Post = { id: '41', threadId: thread.id, authorId: bob.id, repliesToId: null, isVisible: true }
export const text =
  'Good question, [@bob](#mention?member-id=2). I **volunteer** for Mondays, if somebody else takes the cactus. It bites.'

export const proposal: Proposal = { id: '9', title: 'Fund a second watering can', creatorId: carol.id }
const vote = { block: 1_000, indexInBlock: 3, round: 1 }
export const proposalInfo: ProposalInfo = {
  creator: carol,
  status: 'ProposalStatusDeciding',
  councilApprovals: 0,
  isStaked: true,
  details: {
    __typename: 'FundingRequestProposalDetails',
    destinationsList: {
      destinations: [{ account: 'j4UbMHiS79yvMLJctXggUugkkKmwxG5LW2YSy3ap8SmgF5qW9', amount: '50000000000000' }],
    },
  },
  votes: [
    { ...vote, voter: bob, kind: 'REJECT', rationale: 'One can is no can.' },
    { ...vote, voter: alice, kind: 'APPROVE', rationale: '' },
  ],
  changes: [],
}
/** A proposal about the group of these samples. */
export const groupProposalInfo: ProposalInfo = {
  ...proposalInfo,
  details: {
    __typename: 'UpdateWorkingGroupBudgetProposalDetails',
    group: { id: 'forumWorkingGroup' },
    amount: '50000000000000',
  },
}
export const moment: EventMeta = {
  id: 'OLYMPIA-2000-5',
  block: 2_000,
  indexInBlock: 5,
  time: new Date('2026-11-25T14:00:00.000Z'),
}
export const discussionPost: DiscussionPost = {
  id: '77',
  discussionThreadId: '9',
  authorId: alice.id,
  repliesToId: '76',
  isVisible: true,
}
export const repliedDiscussionPost: DiscussionPost = {
  ...discussionPost,
  id: '76',
  authorId: bob.id,
  repliesToId: null,
}

/** When a stage of an election ends, for example. */
export const electionEnd = '2026-11-28T14:00:00.000Z'

/** Of an account that bob watches. */
export const coldVote: Voter = {
  account: '0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
  memberIds: [bob.id],
  watcherIds: [bob.id],
  isRevealed: false,
}

export const group = { id: 'forumWorkingGroup', name: 'Forum', workers: [bob.id, carol.id], leads: [carol.id] }
export const worker = { group, workerId: 'forumWorkingGroup-3', memberId: alice.id, name: alice.handle, isLead: false }
export const opening: Opening = {
  id: 'forumWorkingGroup-8',
  groupId: group.id,
  title: 'Gardener',
  isForLead: false,
  shortDescription: 'Keep the cactus alive.',
  expectedEnding: '2026-12-05T12:00:00.000Z',
  rewardPerBlock: '500000000',
  stake: '50000000000000',
}
export const application: Application = { id: 'forumWorkingGroup-12', applicantId: alice.id, openingId: opening.id }
