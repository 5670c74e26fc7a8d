import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { worker } from '../samples.ts'
import { groupData, groupLink, groupRules } from './group.ts'
import { readWorker, subject, workerExit } from './worker.ts'

export const leaderUnset = defineEvent({
  type: 'LeaderUnset',
  fields: graphql(`fragment LeaderUnset on LeaderUnsetEvent { groupId leaderId }`),

  read: ({ groupId, leaderId }, chain) => readWorker(groupId, leaderId, chain),

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('LEAD_EXIT', group),
  fact: ({ workerId }) => workerExit(workerId, 1),

  data: ({ group, name, memberId }) => ({ ...groupData(group), lead: name, leadId: memberId }),
  words: ({ group, groupId, lead, leadId }, _kind, addressee) => ({
    title: `${subject({ memberId: leadId, name: lead }, addressee, { you: 'no longer lead', they: 'no longer leads' })} the ${group} group`,
    summary: 'It has no lead until the council hires the next one.',
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ ...worker, isLead: true }),
})
