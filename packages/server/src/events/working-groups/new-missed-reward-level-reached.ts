import { graphql } from '../../generated/query-node/gql.ts'
import { amountOf, joy } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { worker } from '../samples.ts'
import { groupLink } from './group.ts'
import { isAboutYou, onlyThemselves, readWorker, workerData } from './worker.ts'

export const newMissedRewardLevelReached = defineEvent({
  type: 'NewMissedRewardLevelReached',
  fields: graphql(
    `fragment NewMissedRewardLevelReached on NewMissedRewardLevelReachedEvent { groupId workerId newMissedRewardAmount }`,
  ),

  read: async ({ groupId, workerId, newMissedRewardAmount }, chain) => ({
    ...(await readWorker(groupId, workerId, chain)),
    owed: amountOf(newMissedRewardAmount, 'newMissedRewardAmount'),
  }),

  entity: ({ group }) => group.id,
  rules: onlyThemselves,

  data: ({ owed, ...facts }) => ({ ...workerData(facts), owed }),
  words({ group, groupId, memberId, worker, owed }, kind, addressee) {
    const person = isAboutYou(memberId, kind, addressee) ? 'you' : worker
    // The chain also tells when it pays what it owed.
    const isPaid = BigInt(owed) <= 0n
    return {
      title: isPaid
        ? `The ${group} group has paid ${person} all missed rewards`
        : `The ${group} group owes ${person} ${joy(owed)} in missed rewards`,
      summary: isPaid ? null : 'Its budget did not cover them. They are paid once it does.',
      group,
      ...groupLink({ groupId }),
    }
  },

  sample: () => ({ ...worker, owed: '25000000000' }),
})
