import { graphql } from '../../generated/query-node/gql.ts'
import { amountOf, joy } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { group } from '../samples.ts'
import { groupData, groupLink, groupRules, readGroup } from './group.ts'

export const budgetUpdated = defineEvent({
  type: 'BudgetUpdated',
  fields: graphql(`fragment BudgetUpdated on BudgetUpdatedEvent { groupId budgetChangeAmount }`),

  read: async ({ groupId, budgetChangeAmount }, chain) => ({
    group: await readGroup(groupId, chain),
    change: amountOf(budgetChangeAmount, 'budgetChangeAmount'),
  }),

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('BUDGET_UPDATE', group),

  data: ({ group, change }) => ({ ...groupData(group), change }),
  words({ group, groupId, change }) {
    const amount = joy(change.replace('-', ''))
    const verb = change.startsWith('-') ? 'shrank' : 'grew'
    const isNone = BigInt(change) === 0n
    return {
      title: `The budget of the ${group} group ${isNone ? 'did not change' : `${verb} by ${amount}`}`,
      group,
      ...groupLink({ groupId }),
    }
  },

  sample: () => ({ group, change: '12345000000000' }),
})
