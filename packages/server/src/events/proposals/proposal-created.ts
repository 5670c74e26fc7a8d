import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone, members } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { mentionedIn, sampleMentions, whom } from '../mentions.ts'
import { bob, carol, proposal, text } from '../samples.ts'

export const proposalCreated = defineEvent({
  type: 'ProposalCreated',
  fields: graphql(`fragment ProposalCreated on ProposalCreatedEvent { proposalId }`),

  async read({ proposalId }, chain) {
    const [proposal, description] = await Promise.all([chain.proposal(proposalId), chain.description(proposalId)])
    const [creator, mentioned] = await Promise.all([chain.member(proposal.creatorId), mentionedIn(description, chain)])
    return { proposal, description, creator, mentioned }
  },

  actor: ({ proposal }) => proposal.creatorId,
  entity: ({ proposal }) => proposal.id,
  rules: ({ mentioned }) => [
    members('PROPOSAL_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    everyone('PROPOSAL_CREATED_ALL'),
  ],

  data: ({ proposal, description, creator, mentioned }) => ({
    creator: creator.handle,
    proposal: proposal.title,
    proposalId: proposal.id,
    roles: mentioned.roles,
    excerpt: excerptOf(description) || null,
  }),
  words({ creator, proposal, proposalId, roles, excerpt }, kind) {
    const words = { excerpt, path: `/#/proposals/preview/${proposalId}`, action: 'Read the proposal' }
    if (kind === 'PROPOSAL_MENTION' || kind === 'ROLE_MENTION') {
      return {
        ...words,
        title: `${creator} mentioned ${whom(kind, roles)} in the proposal “${proposal}”`,
        summary: `${creator} proposed “${proposal}” to the council and mentioned ${whom(kind, roles)} in its description.`,
      }
    }
    return {
      ...words,
      title: `New proposal: “${proposal}”`,
      summary: `${creator} proposed “${proposal}” to the council.`,
    }
  },

  sample: () => ({ proposal, description: text, creator: carol, mentioned: sampleMentions(bob.id) }),
})
