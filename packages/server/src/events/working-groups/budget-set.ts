import { graphql } from '../../generated/query-node/gql.ts'
import { amountOf, joy } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { group } from '../samples.ts'
import { groupData, groupLink, groupRules, readGroup } from './group.ts'

export const budgetSet = defineEvent({
  type: 'BudgetSet',
  fields: graphql(`fragment BudgetSet on BudgetSetEvent { groupId newBudget }`),

  read: async ({ groupId, newBudget }, chain) => ({
    group: await readGroup(groupId, chain),
    budget: amountOf(newBudget, 'newBudget'),
  }),

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('NEW_BUDGET', group),

  data: ({ group, budget }) => ({ ...groupData(group), budget }),
  words: ({ group, groupId, budget }) => ({
    title: `The budget of the ${group} group is now ${joy(budget)}`,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({ group, budget: '500000000000000' }),
})
