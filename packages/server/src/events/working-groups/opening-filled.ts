import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { alice, group, opening } from '../samples.ts'
import { groupData, groupRules, openingLink, readGroup } from './group.ts'

const names = new Intl.ListFormat('en')

export const openingFilled = defineEvent({
  type: 'OpeningFilled',
  fields: graphql(`fragment OpeningFilled on OpeningFilledEvent { groupId openingId workersHired { membershipId } }`),

  async read({ groupId, openingId, workersHired }, chain) {
    const hired = workersHired.map(({ membershipId }) => membershipId)
    const [group, opening, members] = await Promise.all([
      readGroup(groupId, chain),
      chain.opening(openingId),
      Promise.all(hired.map((id) => chain.member(id))),
    ])
    return { group, opening, hired, handles: members.map(({ handle }) => handle) }
  },

  entity: ({ opening }) => opening.id,
  rules: ({ group, hired }) => groupRules('NEW_WORKER', group, hired),

  data: ({ group, opening, handles }) => ({
    ...groupData(group),
    openingId: opening.id,
    opening: opening.title,
    hired: handles,
  }),
  words({ group, opening, openingId, hired }) {
    return {
      title: hired.length
        ? `The ${group} group hired ${names.format(hired)}`
        : `The ${group} group closed an opening and hired no one`,
      facts: facts(fact('Opening', opening)),
      group,
      ...openingLink({ openingId }),
    }
  },

  sample: () => ({ group, opening, hired: [alice.id], handles: [alice.handle] }),
})
