import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members, watchersOf } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { excerptOf } from '../markdown.ts'
import { alice, proposal, proposalInfo } from '../samples.ts'
import { aboutData, aboutFacts } from './about.ts'
import { tallyOf, votesOf } from './info.ts'

const VOTES = new Map([
  ['APPROVE', 'approved'],
  ['REJECT', 'rejected'],
  ['SLASH', 'voted to reject and slash'],
  ['ABSTAIN', 'abstained on'],
])

export const proposalVoted = defineEvent({
  type: 'ProposalVoted',
  // Events that are set aside are stored with this alias: it cannot change.
  fields: graphql(
    `fragment ProposalVoted on ProposalVotedEvent { proposalId voterId voteKind voteRationale: rationale }`,
  ),

  async read({ proposalId, voterId, voteKind, voteRationale }, chain, meta) {
    const [proposal, voter, info, { council }] = await Promise.all([
      chain.proposal(proposalId),
      chain.member(voterId),
      chain.proposalInfo(proposalId),
      chain.roles(),
    ])
    const own = info.votes.find((vote) => vote.block === meta.block && vote.indexInBlock === meta.indexInBlock)
    const votes = own ? votesOf(info, own.round, meta) : []
    return { proposal, voter, voteKind, voteRationale, info, votes, seats: council.length }
  },

  actor: ({ voter }) => voter.id,
  entity: ({ proposal }) => proposal.id,
  rules: ({ proposal }) => [
    members('PROPOSAL_VOTE_CREATOR', [proposal.creatorId]),
    watchersOf('PROPOSAL_ENTITY_VOTE', proposal.id),
    everyone('PROPOSAL_VOTE_ALL'),
  ],

  data: ({ proposal, voter, voteKind, voteRationale, info, votes, seats }) => ({
    ...aboutData(info),
    voter: voter.handle,
    vote: voteKind,
    proposal: proposal.title,
    proposalId: proposal.id,
    excerpt: excerptOf(voteRationale) || null,
    cast: votes.length,
    // The council of a vote that was read late can have had more members.
    seats: votes.length <= seats ? seats : null,
    tally: votes.length ? tallyOf(votes) : null,
  }),
  words(data, _kind, reader) {
    const { voter, vote, proposal, proposalId, excerpt, cast, seats, tally } = data
    return {
      title: `${voter} ${VOTES.get(vote) ?? 'voted on'} ${proposal}${cast && seats ? `: ${cast} of ${seats} votes` : ''}`,
      summary: null,
      facts: () => facts(fact('Votes so far', tally), ...aboutFacts(data, reader)),
      excerpt,
      path: `/#/proposals/preview/${proposalId}`,
      action: 'See the proposal',
    }
  },

  sample: () => ({
    proposal,
    voter: alice,
    voteKind: 'APPROVE' as const,
    voteRationale: 'One can is no can.',
    info: proposalInfo,
    votes: [...proposalInfo.votes],
    seats: 3,
  }),
})
