import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type AnyEventDefinition, defineEvent } from '../define.ts'
import { worker } from '../samples.ts'
import { groupData, groupLink, groupRules } from './group.ts'
import { leadExit, readWorker, type WorkerFacts } from './worker.ts'

/** An event that ends the job of a worker or a lead. "left" means that they acted themselves and are not notified. */
export function exitEvent<R extends { groupId: string; workerId: string }>(
  type: string,
  verb: 'left' | 'was removed from',
  fields: TypedDocumentNode<R>,
): AnyEventDefinition {
  return defineEvent<R, WorkerFacts, { group: string; groupId: string; worker: string; role: string }>({
    type,
    fields,
    read: ({ groupId, workerId }, chain) => readWorker(groupId, workerId, chain),

    actor: ({ memberId }) => (verb === 'left' ? memberId : undefined),
    entity: ({ group }) => group.id,
    rules: ({ group }) => groupRules('WORKER_EXIT', group),
    fact: ({ workerId }) => leadExit(workerId, 2),

    data: ({ group, name, isLead }) => ({ ...groupData(group), worker: name, role: isLead ? 'lead' : 'worker' }),
    words: ({ group, groupId, worker, role }) => ({
      title: `${worker} ${verb} the ${group} group`,
      summary: `${worker}, a ${role} of the ${group} working group, ${verb} it.`,
      group,
      ...groupLink({ groupId }),
    }),

    sample: () => worker,
  })
}
