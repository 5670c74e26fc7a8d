import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { worker } from '../samples.ts'
import { groupData, groupLink, groupRules } from './group.ts'
import { readWorker } from './worker.ts'

export const workerStartedLeaving = defineEvent({
  type: 'WorkerStartedLeaving',
  fields: graphql(`fragment WorkerStartedLeaving on WorkerStartedLeavingEvent { groupId workerId }`),

  read: ({ groupId, workerId }, chain) => readWorker(groupId, workerId, chain),

  actor: ({ memberId }) => memberId,
  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('WORKER_LEAVING', group),

  data: ({ group, name }) => ({ ...groupData(group), worker: name }),
  words: ({ group, groupId, worker }) => ({
    title: `${worker} is leaving the ${group} group`,
    summary: `${worker} has given notice in the ${group} working group and will leave after the unstaking period.`,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => worker,
})
