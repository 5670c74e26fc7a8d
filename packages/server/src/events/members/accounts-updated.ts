import { graphql } from '../../generated/query-node/gql.ts'
import { NotUnderstood } from '../chain.ts'
import { defineEffect } from '../define.ts'

export const memberAccountsUpdated = defineEffect({
  type: 'MemberAccountsUpdated',
  fields: graphql(`fragment MemberAccountsUpdated on MemberAccountsUpdatedEvent { memberId newControllerAccount }`),
  // Null: unchanged.
  nullable: ['newControllerAccount'],

  async read({ memberId, newControllerAccount }) {
    const id = /^\d{1,10}$/.test(memberId) ? Number(memberId) : Number.NaN
    if (!(id < 2 ** 31)) throw new NotUnderstood('The query node gave a member id that is none')
    return { memberId: id, hasNewController: newControllerAccount !== null }
  },

  endsTokensOf: ({ memberId, hasNewController }) => (hasNewController ? [memberId] : []),
  sample: () => ({ memberId: 1, hasNewController: true }),
})
