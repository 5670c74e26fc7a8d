import { MissingEntity, type Voter } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { PAGE_ROWS, type QueryNode, UnanswerableError } from './client.ts'
import { inParts } from './parts.ts'
import { isId, rowsOf } from './rows.ts'

/** Votes, and members of a batch of accounts: more are not read. */
const MOST_PAGES = 10
/** Accounts per request: 51 KB of the 100 KB that a request may have. */
const BATCH = 1_000

export type CurrentVotes = {
  /** The block in which the revealing stage began. */
  revealingFrom: number | undefined
  voters: Voter[]
}

/**
 * Who has voted in the current election. Votes are cast by accounts: a voter has every membership that names the account.
 * @throws QueryNodeError without an answer, MissingEntity when the query node cannot answer for one of the votes
 */
export async function readVoters(queryNode: QueryNode): Promise<CurrentVotes> {
  let revealingFrom: number | undefined
  /** By account, whether each of its votes is revealed. */
  const revealed = new Map<string, boolean>()
  await pages(async (page) => {
    const { rounds, rows } = await queryNode.request(votesQuery, page).catch((error: unknown) => {
      // Only what needs the votes waits for them.
      if (error instanceof UnanswerableError) throw new MissingEntity('The query node cannot answer who has voted')
      throw error
    })
    const startedAt = Number(rowsOf(rounds, 'elections')[0]?.referendumStageRevealing?.startedAtBlock ?? Number.NaN)
    if (Number.isSafeInteger(startedAt)) revealingFrom = startedAt
    for (const { castBy, voteForId } of rowsOf(rows, 'votes')) {
      if (isId(castBy)) revealed.set(castBy, (revealed.get(castBy) ?? true) && voteForId !== null)
    }
    return rows.length
  })
  const memberIds = await readMembers(queryNode, [...revealed.keys()])
  const voters = [...revealed].map(([account, isRevealed]) => ({
    account,
    memberIds: memberIds.get(account) ?? [],
    isRevealed,
  }))
  return { revealingFrom, voters }
}

/** @returns by account, the ids of the members one of whose accounts it is */
async function readMembers(queryNode: QueryNode, accounts: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>(accounts.map((account) => [account, []]))
  for (let first = 0; first < accounts.length; first += BATCH) {
    const rows = await inParts(accounts.slice(first, first + BATCH), async (part) => {
      const members: MemberRow[] = []
      await pages(async (page) => {
        const { rows } = await queryNode.request(membersQuery, { accounts: part, ...page })
        members.push(...rowsOf(rows, 'members'))
        return rows.length
      })
      return members
    })
    for (const { id, controllerAccount, rootAccount, boundAccounts } of rows) {
      if (!isId(id)) continue
      for (const account of new Set([controllerAccount, rootAccount, ...(boundAccounts ?? [])])) {
        found.get(account)?.push(id)
      }
    }
  }
  return new Map([...found].map(([account, ids]) => [account, [...new Set(ids)]]))
}

type MemberRow = { id: string; controllerAccount: string; rootAccount: string; boundAccounts: readonly string[] | null }

/** @param read a page; gives how many rows it had */
async function pages(read: (page: { offset: number; limit: number }) => Promise<number>): Promise<void> {
  for (let page = 0; page < MOST_PAGES; page++) {
    if ((await read({ offset: page * PAGE_ROWS, limit: PAGE_ROWS })) < PAGE_ROWS) return
  }
}

const votesQuery = graphql(`
  query CurrentVotes($offset: Int!, $limit: Int!) {
    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {
      referendumStageRevealing { startedAtBlock }
    }
    rows: castVotes(
      where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit
    ) { castBy voteForId }
  }
`)
const membersQuery = graphql(`
  query MembersOfVoters($accounts: [String!]!, $offset: Int!, $limit: Int!) {
    rows: memberships(
      where: {
        OR: [
          { boundAccounts_containsAny: $accounts }
          { controllerAccount_in: $accounts }
          { rootAccount_in: $accounts }
        ]
      }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit
    ) { id controllerAccount rootAccount boundAccounts }
  }
`)
