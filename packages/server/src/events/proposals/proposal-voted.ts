import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, watchersOf } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { alice, proposal } from '../samples.ts'

const VOTES: Record<string, string> = {
  APPROVE: 'voted to approve',
  REJECT: 'voted to reject',
  SLASH: 'voted to reject and slash',
  ABSTAIN: 'abstained on',
}

export const proposalVoted = defineEvent({
  type: 'ProposalVoted',
  // Events that are set aside are stored with this alias: it cannot change.
  fields: graphql(
    `fragment ProposalVoted on ProposalVotedEvent { proposalId voterId voteKind voteRationale: rationale }`,
  ),

  async read({ proposalId, voterId, voteKind, voteRationale }, chain) {
    const [proposal, voter] = await Promise.all([chain.proposal(proposalId), chain.member(voterId)])
    return { proposal, voter, voteKind, voteRationale }
  },

  actor: ({ voter }) => voter.id,
  entity: ({ proposal }) => proposal.id,
  rules: ({ proposal }) => [
    members('PROPOSAL_VOTE_CREATOR', [proposal.creatorId]),
    watchersOf('PROPOSAL_ENTITY_VOTE', proposal.id),
    everyone('PROPOSAL_VOTE_ALL'),
  ],

  data: ({ proposal, voter, voteKind, voteRationale }) => ({
    voter: voter.handle,
    vote: voteKind,
    proposal: proposal.title,
    proposalId: proposal.id,
    excerpt: excerptOf(voteRationale) || null,
  }),
  words({ voter, vote, proposal, proposalId, excerpt }, kind) {
    const voted = VOTES[vote] ?? 'voted on'
    const whose = kind === 'PROPOSAL_VOTE_CREATOR' ? 'your proposal' : 'the proposal'
    return {
      title: `${voter} ${voted} “${proposal}”`,
      summary: `${voter} ${voted} ${whose} “${proposal}”.`,
      excerpt,
      path: `/#/proposals/preview/${proposalId}`,
      action: 'See the proposal',
    }
  },

  sample: () => ({ proposal, voter: alice, voteKind: 'APPROVE' as const, voteRationale: 'One can is no can.' }),
})
