import { graphql } from '../../generated/query-node/gql.ts'
import { defineEvent } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { worker } from '../samples.ts'
import { groupLink, groupRules } from './group.ts'
import { readWorker, subject, workerData } from './worker.ts'

export const workerStartedLeaving = defineEvent({
  type: 'WorkerStartedLeaving',
  fields: graphql(`fragment WorkerStartedLeaving on WorkerStartedLeavingEvent { groupId workerId rationale }`),
  nullable: ['rationale'],

  // Events that an earlier version set aside lack the rationale.
  read: async ({ groupId, workerId, rationale }, chain) => ({
    ...(await readWorker(groupId, workerId, chain)),
    rationale: rationale ?? null,
  }),

  actor: ({ memberId }) => memberId,
  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('WORKER_LEAVING', group),

  data: ({ rationale, ...facts }) => ({ ...workerData(facts), excerpt: rationale ? excerptOf(rationale) : null }),
  words: ({ group, groupId, memberId, worker, excerpt }, _kind, addressee) => ({
    title: `${subject({ memberId, name: worker }, addressee, { you: 'are', they: 'is' })} leaving the ${group} group`,
    summary: 'The notice has been given, and the job ends after the unstaking period.',
    excerpt,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ ...worker, rationale: 'My own plants need me.' }),
})
