import { graphql } from '../../generated/query-node/gql.ts'
import { amountOf, joy } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { worker } from '../samples.ts'
import { groupLink } from './group.ts'
import { isAboutYou, onlyThemselves, readWorker, workerData, workerExit } from './worker.ts'

export const stakeSlashed = defineEvent({
  type: 'StakeSlashed',
  fields: graphql(`fragment StakeSlashed on StakeSlashedEvent { groupId workerId slashedAmount rationale }`),
  nullable: ['rationale'],

  read: async ({ groupId, workerId, slashedAmount, rationale }, chain) => ({
    ...(await readWorker(groupId, workerId, chain)),
    slashed: amountOf(slashedAmount, 'slashedAmount'),
    rationale,
  }),

  entity: ({ group }) => group.id,
  rules: onlyThemselves,
  fact: ({ workerId }) => workerExit(workerId, 0),

  data: ({ slashed, rationale, ...facts }) => ({
    ...workerData(facts),
    slashed,
    excerpt: rationale ? excerptOf(rationale) : null,
  }),
  words: ({ group, groupId, memberId, worker, slashed, excerpt }, kind, addressee) => ({
    title: `${joy(slashed)} of ${isAboutYou(memberId, kind, addressee) ? 'your' : `${worker}’s`} stake in the ${group} group was slashed`,
    summary: 'The amount is lost.',
    excerpt,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ ...worker, slashed: '1000000000000', rationale: 'The cactus was _not_ watered.' }),
})
