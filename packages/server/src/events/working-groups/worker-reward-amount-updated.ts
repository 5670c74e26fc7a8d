import { graphql } from '../../generated/query-node/gql.ts'
import { amountOf, monthly } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { worker } from '../samples.ts'
import { groupLink } from './group.ts'
import { isAboutYou, onlyThemselves, readWorker, workerData } from './worker.ts'

export const workerRewardAmountUpdated = defineEvent({
  type: 'WorkerRewardAmountUpdated',
  fields: graphql(
    `fragment WorkerRewardAmountUpdated on WorkerRewardAmountUpdatedEvent { groupId workerId newRewardPerBlock }`,
  ),

  read: async ({ groupId, workerId, newRewardPerBlock }, chain) => ({
    ...(await readWorker(groupId, workerId, chain)),
    rewardPerBlock: amountOf(newRewardPerBlock, 'newRewardPerBlock'),
  }),

  entity: ({ group }) => group.id,
  rules: onlyThemselves,

  data: ({ rewardPerBlock, ...facts }) => ({ ...workerData(facts), rewardPerBlock }),
  words: ({ group, groupId, memberId, worker, rewardPerBlock }, kind, addressee) => ({
    title: `${isAboutYou(memberId, kind, addressee) ? 'Your' : `${worker}’s`} reward in the ${group} group is now ${monthly(rewardPerBlock)} per month`,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ ...worker, rewardPerBlock: '600000000' }),
})
