import { timeFor } from '../addressee.ts'
import { exceptMutersOf, members } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { aboutData, aboutFacts } from '../proposals/about.ts'
import { alice, bob, carol, electionEnd, proposal, proposalInfo } from '../samples.ts'
import type { OpenProposal, Stages } from '../stages.ts'
import { type Ahead, defineDeadline, ESTIMATE, type ProposalLengths } from './define.ts'
import { decidingEnd } from './keys.ts'

export const proposalDecidingEnding = defineDeadline({
  type: 'ProposalDecidingEnding',
  calendar: {
    everybody: ['PROPOSAL_STATUS_ALL'],
    council: ['PROPOSAL_VOTE_LAST_DAY', 'PROPOSAL_DECIDING_COUNCILOR'],
    creator: ['PROPOSAL_STATUS_CREATOR'],
    mutedBy: 'PROPOSAL_ENTITY_VOTE',
  },

  ahead: ({ proposals, round, councillors }, lengths) =>
    proposals.flatMap((open) => {
      // The type and the first block: for the comparison with what proposals take that expire.
      const { id: proposalId, type, statusSetAtBlock: fromBlock, creatorId = '' } = open
      const about = { proposalId, type, fromBlock, creatorId }
      const toBlock = lastBlock(open, round, lengths)
      if (open.status !== 'Deciding' || toBlock === undefined) return []
      return [
        {
          key: decidingEnd(open.id, open.statusSetAtBlock).key,
          title: `Voting on “${open.title}”`,
          path: `/#/proposals/preview/${open.id}`,
          about,
          councillors,
          span: { fromBlock: open.statusSetAtBlock, toBlock },
        } satisfies Ahead,
      ]
    }),

  async read({ proposalId, endsAt }, chain) {
    const [proposal, info, voters, { council }] = await Promise.all([
      chain.proposal(proposalId),
      chain.proposalInfo(proposalId),
      chain.votersInRound(proposalId),
      chain.roles(),
    ])
    const waitedFor = council.filter((id) => !voters.includes(id))
    return { proposal, info, endsAt, votes: voters.length, council, waitedFor }
  },

  entity: ({ proposal }) => proposal.id,
  rules: ({ proposal, waitedFor }) => [
    members('PROPOSAL_VOTE_LAST_DAY', waitedFor),
    exceptMutersOf('PROPOSAL_ENTITY_VOTE', proposal.id),
  ],

  data: ({ proposal, info, endsAt, votes, council }) => ({
    ...aboutData(info),
    proposal: proposal.title,
    proposalId: proposal.id,
    endsAt,
    votes,
    seats: council.length,
  }),
  words(data, _kind, addressee) {
    const { proposal, proposalId, endsAt, votes, seats } = data
    return {
      title: `Vote on “${proposal}” by ${timeFor(endsAt, addressee)}`,
      summary: ESTIMATE,
      facts: () => facts(fact('Votes so far', `${votes} of ${seats}`), ...aboutFacts(data, addressee)),
      path: `/#/proposals/preview/${proposalId}`,
      action: 'Vote on the proposal',
    }
  },

  sample: () => ({
    proposal,
    info: proposalInfo,
    endsAt: electionEnd,
    votes: 1,
    council: [alice.id, bob.id, carol.id],
    waitedFor: [bob.id, carol.id],
  }),
})

/** A new council rejects what the old one has not decided. Undefined: the length of this type is not known. */
function lastBlock(open: OpenProposal, round: Stages['round'], lengths: ProposalLengths): number | undefined {
  const length = lengths[open.type]
  if (!length) return undefined
  const own = open.statusSetAtBlock + length.votingBlocks
  return Math.min(own, round?.revealing?.toBlock ?? own)
}
