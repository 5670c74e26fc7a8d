import DataLoader from 'dataloader'
import type { Member } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import type { MembersOfAccountsQuery } from '../generated/query-node/graphql.ts'
import { loadSs58, type Ss58 } from '../lib/ss58.ts'
import { PAGE_ROWS, type QueryNode } from './client.ts'
import { inParts } from './parts.ts'
import { isId, rowsOf } from './rows.ts'

/** Addresses per request: 51 KB of the 100 KB that a request may have. */
const BATCH = 1_000
/** Of a list that is not trusted to end. */
const MOST_PAGES = 10
/** With which a query node may write accounts: that of Joystream, and that of any Substrate chain. */
const PREFIXES = [126, 42]

type Row = MembersOfAccountsQuery['rows'][number]

/** A member who names some of the accounts that were asked for, each by its key. */
type Owner = Member & { bound: string[]; controller: string | undefined; root: string | undefined }

/** An address in SS58. */
export const isAccount = (account: string): boolean => /^[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(account)

/** @returns the same for all addresses of an account: its public key. A text that is no address stays as it is */
export const accountKey = ({ publicKeyOf }: Ss58, account: string): string => publicKeyOf(account) ?? account

/** Finds the member whom an account belongs to. */
export const membersOfAccounts = (queryNode: QueryNode): DataLoader<string, Member | undefined> =>
  new DataLoader<string, Member | undefined>(
    async (accounts) => {
      const ss58 = await loadSs58()
      const owners = await readOwners(queryNode, accounts)
      return accounts.map((account) => {
        const key = accountKey(ss58, account)
        // Accounts that members bind confirm it. As the others, anybody can name any account: the oldest member counts.
        const owner =
          owners.find(({ bound }) => bound.includes(key)) ??
          owners.find(({ controller }) => controller === key) ??
          owners.find(({ root }) => root === key)
        return owner && { id: owner.id, handle: owner.handle }
      })
    },
    { maxBatchSize: BATCH },
  )

/** The keys of the accounts that a member names. */
export const accountsOf = ({ bound, controller, root }: Owner): ReadonlySet<string> =>
  new Set([...bound, controller, root].filter((key) => key !== undefined))

/**
 * The members who name one of these accounts, oldest first within a batch. One whose accounts fall into two batches is
 * there twice.
 * @throws QueryNodeError
 */
export async function readOwners(queryNode: QueryNode, accounts: readonly string[]): Promise<Owner[]> {
  const keys = await keysByAddress(accounts)
  const addresses = [...keys.keys()]
  const owners: Owner[] = []
  for (let first = 0; first < addresses.length; first += BATCH) {
    const batch = await inParts(addresses.slice(first, first + BATCH), async (part) => {
      const rows: Row[] = []
      await pages(async (page) => {
        const answer = await queryNode.request(ownersQuery, { accounts: part, ...page })
        rows.push(...rowsOf(answer.rows, 'members'))
        return answer.rows.length
      })
      return rows
    })
    for (const { id, handle, controllerAccount, rootAccount, boundAccounts } of batch) {
      const bound = (boundAccounts ?? []).flatMap((address) => keys.get(address) ?? [])
      const own = { controller: keys.get(controllerAccount), root: keys.get(rootAccount), bound }
      if (isId(id)) owners.push({ id, handle, ...own })
    }
  }
  return owners
}

/** How a query node may write these accounts, each with the key of its account: it compares them as texts. */
async function keysByAddress(accounts: readonly string[]): Promise<Map<string, string>> {
  const ss58 = await loadSs58()
  const keys = new Map<string, string>()
  for (const account of accounts) {
    const publicKey = ss58.publicKeyOf(account)
    keys.set(account, publicKey ?? account)
    if (publicKey === undefined) continue
    for (const prefix of PREFIXES) keys.set(ss58.addressOf(publicKey, prefix), publicKey)
  }
  return keys
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
