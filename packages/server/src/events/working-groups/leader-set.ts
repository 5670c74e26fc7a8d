import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { facts, memberFact } from '../facts.ts'
import { alice, group } from '../samples.ts'
import { groupData, groupLink, groupRules, readGroup } from './group.ts'
import { subject } from './worker.ts'

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

  data: ({ group, lead }) => ({ ...groupData(group), lead: lead?.handle ?? null, leadId: lead?.id ?? null }),
  words: ({ group, groupId, lead, leadId }, _kind, addressee) => ({
    title: lead
      ? `${subject({ memberId: leadId, name: lead }, addressee, { you: 'now lead', they: 'now leads' })} the ${group} group`
      : `The ${group} group has a new lead`,
    facts: () => facts(leadId && lead ? memberFact('Lead', [leadId], [lead]) : undefined),
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ group, lead: alice }),
})
