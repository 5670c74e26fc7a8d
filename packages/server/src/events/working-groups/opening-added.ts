import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { group, opening } from '../samples.ts'
import { groupData, groupRules, openingLink, readGroup } from './group.ts'

export const openingAdded = defineEvent({
  type: 'OpeningAdded',
  fields: graphql(`fragment OpeningAdded on OpeningAddedEvent { groupId openingId }`),

  async read({ groupId, openingId }, chain) {
    const [group, opening] = await Promise.all([readGroup(groupId, chain), chain.opening(openingId)])
    return { group, opening }
  },

  entity: ({ opening }) => opening.id,
  rules: ({ group }) => groupRules('OPENING', group),

  data: ({ group, opening }) => ({
    ...groupData(group),
    openingId: opening.id,
    opening: opening.title,
    isForLead: opening.isForLead,
  }),
  words({ group, opening, openingId, isForLead }) {
    const role = isForLead ? 'a lead' : 'a worker'
    const called = opening ? `: “${opening}”` : ''
    return {
      title: `The ${group} group is looking for ${role}${called}`,
      summary: `The ${group} working group has a new opening for ${role}${called}.`,
      group,
      ...openingLink({ openingId }),
    }
  },

  sample: () => ({ group, opening }),
})
