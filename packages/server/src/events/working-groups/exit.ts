import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { isAmount, joy } from '../amounts.ts'
import { type AnyEventDefinition, defineEvent } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { excerptOf } from '../markdown.ts'
import { worker } from '../samples.ts'
import { groupLink, groupRules, ownRole } from './group.ts'
import { isAboutYou, readWorker, type WorkerFacts, workerData, workerExit } from './worker.ts'

/** A worker who leaves has no penalty. */
type Row = { groupId: string; workerId: string; penalty?: string | null; rationale?: string | null }
type Why = { penalty: string | null; rationale: string | null }
type Data = ReturnType<typeof workerData> & { role: string; penalty: string | null; excerpt: string | null }

/** An event that ends the job of a worker or a lead. "left" means that they acted themselves and are not notified. */
export function exitEvent(
  type: string,
  verb: 'left' | 'was removed from',
  fields: TypedDocumentNode<Row>,
  sample: Why = { penalty: null, rationale: null },
): AnyEventDefinition {
  const isDismissed = verb !== 'left'
  return defineEvent<Row, WorkerFacts & Why, Data>({
    type,
    fields,
    nullable: ['penalty', 'rationale'],

    async read({ groupId, workerId, penalty, rationale }, chain) {
      // Events that an earlier version set aside lack both.
      const why = { penalty: isAmount(penalty) ? penalty : null, rationale: rationale ?? null }
      return { ...(await readWorker(groupId, workerId, chain)), ...why }
    },

    actor: ({ memberId }) => (isDismissed ? undefined : memberId),
    entity: ({ group }) => group.id,
    rules: ({ group, memberId }) => [
      ...(isDismissed ? [ownRole([memberId])] : []),
      ...groupRules('WORKER_EXIT', group),
    ],
    fact: ({ workerId }) => workerExit(workerId, 2),

    data: ({ penalty, rationale, ...facts }) => ({
      ...workerData(facts),
      role: facts.isLead ? 'lead' : 'worker',
      penalty,
      excerpt: rationale ? excerptOf(rationale) : null,
    }),
    words: ({ group, groupId, memberId, worker, role, penalty, excerpt }, kind, addressee) => ({
      title: `${isAboutYou(memberId, kind, addressee) ? `You ${verb.replace('was', 'were')}` : `${worker} ${verb}`} the ${group} group`,
      facts: () =>
        facts(
          fact('Role', role),
          fact('Penalty', penalty && BigInt(penalty) > 0n ? `${joy(penalty)} of the stake` : null),
        ),
      excerpt,
      group,
      ...groupLink({ groupId }),
    }),

    sample: () => ({ ...worker, ...sample }),
  })
}
