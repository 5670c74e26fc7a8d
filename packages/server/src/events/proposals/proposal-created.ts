import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone } from '../define.ts'
import { carol, proposal } from '../samples.ts'

export const proposalCreated = defineEvent({
  type: 'ProposalCreated',
  fields: graphql(`fragment ProposalCreated on ProposalCreatedEvent { proposalId }`),

  async read({ proposalId }, chain) {
    const proposal = await chain.proposal(proposalId)
    return { proposal, creator: await chain.member(proposal.creatorId) }
  },

  actor: ({ proposal }) => proposal.creatorId,
  entity: ({ proposal }) => proposal.id,
  rules: () => [everyone('PROPOSAL_CREATED_ALL')],

  data: ({ proposal, creator }) => ({ creator: creator.handle, proposal: proposal.title, proposalId: proposal.id }),
  words: ({ creator, proposal, proposalId }) => ({
    title: `New proposal: “${proposal}”`,
    summary: `${creator} proposed “${proposal}” to the council.`,
    path: `/#/proposals/preview/${proposalId}`,
    action: 'Read the proposal',
  }),

  sample: () => ({ proposal, creator: carol }),
})
