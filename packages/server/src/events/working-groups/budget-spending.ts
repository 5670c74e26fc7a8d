import { graphql } from '../../generated/query-node/gql.ts'
import { joy } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { excerptOf } from '../markdown.ts'
import { group } from '../samples.ts'
import { groupData, groupLink, groupRules, readGroup } from './group.ts'

export const budgetSpending = defineEvent({
  type: 'BudgetSpending',
  // Events that are set aside are stored with these names: they cannot change. "reciever" is the query node's spelling.
  fields: graphql(
    `fragment BudgetSpending on BudgetSpendingEvent { groupId amount reciever spendingRationale: rationale }`,
  ),
  nullable: ['spendingRationale'],

  read: async ({ groupId, amount, reciever, spendingRationale }, chain) => ({
    group: await readGroup(groupId, chain),
    amount,
    receiver: reciever,
    rationale: spendingRationale,
  }),

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('SPENDING', group),

  data: ({ group, amount, receiver, rationale }) => ({
    ...groupData(group),
    amount,
    receiver,
    excerpt: rationale ? excerptOf(rationale) : null,
  }),
  words: ({ group, groupId, amount, receiver, excerpt }) => ({
    title: `The ${group} group spent ${joy(amount)}`,
    summary: `The ${group} working group paid ${joy(amount)} from its budget to the account ${receiver}.`,
    excerpt,
    group,
    ...groupLink({ groupId }),
  }),

  sample: () => ({
    group,
    amount: '15000000000',
    receiver: 'j4UbMHiS79yvMLJctXggUugkkKmwxG5LW2YSy3ap8SmgF5qW9',
    rationale: 'A new cactus',
  }),
})
