import DataLoader from 'dataloader'
import type { Member } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { PAGE_ROWS, type QueryNode } from './client.ts'
import { inParts } from './parts.ts'
import { isId, rowsOf } from './rows.ts'

/** Accounts per request. */
const BATCH = 200

/** An address in SS58. */
export const isAccount = (account: string): boolean => /^[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(account)

/** Finds the member whom an account belongs to. */
export function membersOfAccounts(queryNode: QueryNode): DataLoader<string, Member | undefined> {
  return new DataLoader<string, Member | undefined>(
    async (accounts) => {
      const rows = await inParts(accounts, async (part) =>
        rowsOf((await queryNode.request(accountsQuery, { accounts: part, limit: PAGE_ROWS })).rows, 'members'),
      )
      return accounts.map((account) => {
        // Accounts that members bind confirm it. As the others, anybody can name any account: the oldest member counts.
        const owner =
          rows.find(({ boundAccounts }) => boundAccounts?.includes(account)) ??
          rows.find(({ controllerAccount }) => controllerAccount === account) ??
          rows.find(({ rootAccount }) => rootAccount === account)
        return owner && isId(owner.id) ? { id: owner.id, handle: owner.handle } : undefined
      })
    },
    { maxBatchSize: BATCH },
  )
}

const accountsQuery = graphql(`
  query MembersOfAccounts($accounts: [String!]!, $limit: Int!) {
    rows: memberships(
      where: {
        OR: [
          { boundAccounts_containsAny: $accounts }
          { controllerAccount_in: $accounts }
          { rootAccount_in: $accounts }
        ]
      }, orderBy: [createdAt_ASC], limit: $limit
    ) { id handle controllerAccount rootAccount boundAccounts }
  }
`)
