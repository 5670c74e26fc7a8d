import { graphql } from '../../generated/query-node/gql.ts'
import { decidingEnd } from '../deadlines/keys.ts'
import { defineEvent, everyone, members } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { excerptOf } from '../markdown.ts'
import { mentionedIn, sampleMentions, whom } from '../mentions.ts'
import { bob, carol, moment, proposal, proposalInfo, text } from '../samples.ts'
import { aboutData, aboutFacts, inBrackets, timeText } from './about.ts'
import { voteBy } from './info.ts'
import { concernedBy, groupRules, groupWords } from './people.ts'

export const proposalCreated = defineEvent({
  type: 'ProposalCreated',
  fields: graphql(`fragment ProposalCreated on ProposalCreatedEvent { proposalId }`),

  async read({ proposalId }, chain, meta) {
    const [proposal, description, info] = await Promise.all([
      chain.proposal(proposalId),
      chain.description(proposalId),
      chain.proposalInfo(proposalId),
    ])
    const [creator, mentioned, concerned] = await Promise.all([
      chain.member(proposal.creatorId),
      mentionedIn(description, chain),
      concernedBy(info, true, chain),
    ])
    return { proposal, description, info, creator, mentioned, concerned, meta }
  },

  actor: ({ proposal }) => proposal.creatorId,
  entity: ({ proposal }) => proposal.id,
  // A councillor must act, so that comes before what only informs.
  rules: ({ info, mentioned, concerned }) => [
    members('PROPOSAL_MENTION', mentioned.members),
    members('ROLE_MENTION', mentioned.holders),
    ...(isDecided(info.status) ? [] : [members('PROPOSAL_DECIDING_COUNCILOR', concerned.council)]),
    ...groupRules(concerned),
    everyone('PROPOSAL_CREATED_ALL'),
  ],

  data: ({ proposal, description, info, creator, mentioned, meta }) => ({
    ...aboutData(info, creator),
    creator: creator.handle,
    proposal: proposal.title,
    proposalId: proposal.id,
    roles: mentioned.roles,
    excerpt: excerptOf(description) || null,
    voteBy: voteBy(info, meta),
  }),
  words(data, kind, reader) {
    const { creator, proposal, proposalId, roles, excerpt } = data
    const until = () => timeText(data.voteBy, reader)
    const words = {
      facts: () => facts(...aboutFacts(data, reader, excerpt), fact('Vote by', until())),
      excerpt,
      path: `/#/proposals/preview/${proposalId}`,
      action: 'Read the proposal',
      ...groupWords(data),
    }
    if (kind === 'PROPOSAL_MENTION' || kind === 'ROLE_MENTION') {
      return { ...words, title: `${creator} mentioned ${whom(kind, roles)} in the proposal “${proposal}”` }
    }
    const what = `${proposal}${inBrackets(data)}`
    if (kind === 'PROPOSAL_DECIDING_COUNCILOR') {
      const end = until()
      return { ...words, title: end ? `Vote by ${end}: ${what}` : `Vote on the proposal ${what}` }
    }
    // Events of version 0.1.0 have no fact that names the author.
    const summary = data.creatorId ? null : `${creator} proposed it to the council.`
    return { ...words, title: `New proposal: ${what}`, summary }
  },
  deadline: ({ proposalId }, { block }) => decidingEnd(proposalId, block),

  sample: () => ({
    proposal,
    description: text,
    info: proposalInfo,
    creator: carol,
    mentioned: sampleMentions(bob.id),
    concerned: { council: [bob.id] },
    meta: moment,
  }),
})

/** Nobody needs to vote any more, as when the notifier was down for days. */
const isDecided = (status: string | undefined) => status !== undefined && status !== 'ProposalStatusDeciding'
