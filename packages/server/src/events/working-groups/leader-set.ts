import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { alice, group } from '../samples.ts'
import { groupData, groupLink, groupRules, readGroup } from './group.ts'

export const leaderSet = defineEvent({
  type: 'LeaderSet',
  // Events that are set aside are stored with this alias: it cannot change.
  fields: graphql(`fragment LeaderSet on LeaderSetEvent { groupId leadId: workerId }`),
  nullable: ['leadId'],

  async read({ groupId, leadId }, chain) {
    const group = await readGroup(groupId, chain)
    const lead = leadId ? await chain.member((await chain.worker(leadId)).memberId) : undefined
    return { group, lead }
  },

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('NEW_LEAD', group),

  data: ({ group, lead }) => ({ ...groupData(group), lead: lead?.handle ?? null }),
  words: ({ group, groupId, lead }) => ({
    title: lead ? `${lead} now leads the ${group} group` : `The ${group} group has a new lead`,
    summary: lead
      ? `${lead} is the new lead of the ${group} working group.`
      : `The ${group} working group has a new lead.`,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ group, lead: alice }),
})
