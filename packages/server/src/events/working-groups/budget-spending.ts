import { graphql } from '../../generated/query-node/gql.ts'
import { isYou } from '../addressee.ts'
import { amountOf, joy, shortAccount } from '../amounts.ts'
import { defineEvent } from '../define.ts'
import { fact, facts, memberFact } from '../facts.ts'
import { excerptOf } from '../markdown.ts'
import { alice, group } from '../samples.ts'
import { groupData, groupLink, groupRules, readGroup } from './group.ts'

export const budgetSpending = defineEvent({
  type: 'BudgetSpending',
  // Events that are set aside are stored with these names: they cannot change. "reciever" is the query node's spelling.
  fields: graphql(
    `fragment BudgetSpending on BudgetSpendingEvent { groupId amount reciever spendingRationale: rationale }`,
  ),
  nullable: ['spendingRationale'],

  async read({ groupId, amount, reciever, spendingRationale }, chain) {
    const [group, member] = await Promise.all([readGroup(groupId, chain), chain.memberOfAccount(reciever)])
    return {
      group,
      amount: amountOf(amount, 'amount'),
      receiver: reciever,
      member,
      rationale: spendingRationale,
    }
  },

  entity: ({ group }) => group.id,
  rules: ({ group }) => groupRules('SPENDING', group),

  data: ({ group, amount, receiver, member, rationale }) => ({
    ...groupData(group),
    amount,
    receiver,
    member: member?.handle ?? null,
    memberId: member?.id ?? null,
    excerpt: rationale ? excerptOf(rationale) : null,
  }),
  words({ group, groupId, amount, receiver, member, memberId, excerpt }, _kind, addressee) {
    const account = shortAccount(receiver)
    const paid = isYou(memberId, addressee)
      ? `you ${joy(amount)}`
      : `${joy(amount)} to ${member ? `${member} (${account})` : account}`
    return {
      title: `${group} paid ${paid}`,
      facts: () =>
        facts(memberId && member ? memberFact('Paid to', [memberId], [member]) : undefined, fact('Account', receiver)),
      excerpt,
      group,
      ...groupLink({ groupId }),
    }
  },

  sample: () => ({
    group,
    amount: '15000000000',
    receiver: 'j4UbMHiS79yvMLJctXggUugkkKmwxG5LW2YSy3ap8SmgF5qW9',
    member: alice,
    rationale: 'A new cactus',
  }),
})
