import DataLoader from 'dataloader'
import type { Member } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import type { MembersOfAccountsQuery } from '../generated/query-node/graphql.ts'
import { PAGE_ROWS, type QueryNode } from './client.ts'
import { inParts } from './parts.ts'
import { isId, rowsOf } from './rows.ts'

/** Accounts per request: 51 KB of the 100 KB that a request may have. */
const BATCH = 1_000
/** Of a list that is not trusted to end. */
const MOST_PAGES = 10

type Owner = MembersOfAccountsQuery['rows'][number]

/** An address in SS58. */
export const isAccount = (account: string): boolean => /^[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(account)

/** Finds the member whom an account belongs to. */
export const membersOfAccounts = (queryNode: QueryNode): DataLoader<string, Member | undefined> =>
  new DataLoader<string, Member | undefined>(
    async (accounts) => {
      const rows = await readOwners(queryNode, accounts)
      return accounts.map((account) => {
        // Accounts that members bind confirm it. As the others, anybody can name any account: the oldest member counts.
        const owner =
          rows.find(({ boundAccounts }) => boundAccounts?.includes(account)) ??
          rows.find(({ controllerAccount }) => controllerAccount === account) ??
          rows.find(({ rootAccount }) => rootAccount === account)
        return owner && { id: owner.id, handle: owner.handle }
      })
    },
    { maxBatchSize: BATCH },
  )

/** All accounts that a member names. */
export const accountsOf = ({ controllerAccount, rootAccount, boundAccounts }: Owner): ReadonlySet<string> =>
  new Set([controllerAccount, rootAccount, ...(boundAccounts ?? [])])

/** The members who name one of these accounts, oldest first within a batch. @throws QueryNodeError */
export async function readOwners(queryNode: QueryNode, accounts: readonly string[]): Promise<Owner[]> {
  const owners: Owner[] = []
  for (let first = 0; first < accounts.length; first += BATCH) {
    const batch = await inParts(accounts.slice(first, first + BATCH), async (part) => {
      const rows: Owner[] = []
      await pages(async (page) => {
        const answer = await queryNode.request(ownersQuery, { accounts: part, ...page })
        rows.push(...rowsOf(answer.rows, 'members'))
        return answer.rows.length
      })
      return rows
    })
    owners.push(...batch.filter(({ id }) => isId(id)))
  }
  return owners
}

/** @param read a page; gives how many rows it had */
export async function pages(read: (page: { offset: number; limit: number }) => Promise<number>): Promise<void> {
  for (let page = 0; page < MOST_PAGES; page++) {
    if ((await read({ offset: page * PAGE_ROWS, limit: PAGE_ROWS })) < PAGE_ROWS) return
  }
}

const ownersQuery = graphql(`
  query MembersOfAccounts($accounts: [String!]!, $offset: Int!, $limit: Int!) {
    rows: memberships(
      where: {
        OR: [
          { boundAccounts_containsAny: $accounts }
          { controllerAccount_in: $accounts }
          { rootAccount_in: $accounts }
        ]
      }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit
    ) { id handle controllerAccount rootAccount boundAccounts }
  }
`)
