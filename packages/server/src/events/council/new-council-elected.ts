import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent, everyone } from '../define.ts'
import { alice, bob, carol } from '../samples.ts'

const names = new Intl.ListFormat('en')

export const newCouncilElected = defineEvent({
  type: 'NewCouncilElected',
  fields: graphql(`fragment NewCouncilElected on NewCouncilElectedEvent { electedCouncilId }`),

  async read({ electedCouncilId }, chain, { id }) {
    const memberIds = await chain.councilMembers(electedCouncilId)
    const elected = await Promise.all(memberIds.map((memberId) => chain.member(memberId)))
    return { eventId: id, elected: elected.map(({ handle }) => handle) }
  },

  entity: ({ eventId }) => eventId,
  rules: () => [everyone('ELECTION_COUNCIL_ELECTED')],

  data: ({ elected }) => ({ elected }),
  words: ({ elected }) => ({
    title: 'A new council was elected',
    summary: elected.length ? `The new council: ${names.format(elected)}.` : 'A new council has been elected.',
    path: '/#/council',
    action: 'See the council',
  }),

  sample: () => ({ eventId: 'OLYMPIA-1234-5', elected: [alice.handle, bob.handle, carol.handle] }),
})
