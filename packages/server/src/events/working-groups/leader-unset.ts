import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { worker } from '../samples.ts'
import { groupData, groupLink, groupRules } from './group.ts'
import { leadExit, readWorker } from './worker.ts'

export const leaderUnset = defineEvent({
  type: 'LeaderUnset',
  fields: graphql(`fragment LeaderUnset on LeaderUnsetEvent { groupId leaderId }`),

  read: ({ groupId, leaderId }, chain) => readWorker(groupId, leaderId, chain),

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('LEAD_EXIT', group),
  fact: ({ workerId }) => leadExit(workerId, 1),

  data: ({ group, name }) => ({ ...groupData(group), lead: name }),
  words: ({ group, groupId, lead }) => ({
    title: `${lead} no longer leads the ${group} group`,
    summary: `${lead} is no longer the lead of the ${group} working group.`,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ ...worker, isLead: true }),
})
