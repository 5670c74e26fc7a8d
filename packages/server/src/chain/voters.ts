import { MissingEntity, type Voter } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { loadSs58 } from '../lib/ss58.ts'
import { accountKey, accountsOf, pages, readOwners } from './accounts.ts'
import { type QueryNode, UnanswerableError } from './client.ts'
import { isId, rowsOf } from './rows.ts'
import { StoreUnreadable } from './stored.ts'

export type CurrentVotes = {
  /** The block in which the revealing stage began. */
  revealingFrom: number | undefined
  voters: Voter[]
}

/** By the key of an account, the ids of the members who added it to their own. Only accounts that somebody added. */
export type StoredWatchers = (accounts: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>

/**
 * Who has voted in the current election. Votes are cast by accounts: a voter is every membership that names the account,
 * and every member who watches it here.
 * @throws QueryNodeError without an answer, MissingEntity when the query node cannot answer for one of the votes,
 * StoreUnreadable
 */
export async function readVoters(queryNode: QueryNode, storedWatchers: StoredWatchers): Promise<CurrentVotes> {
  let revealingFrom: number | undefined
  /** By address, whether each of its votes is revealed. */
  const cast = new Map<string, boolean>()
  await pages(async (page) => {
    const { rounds, rows } = await queryNode.request(votesQuery, page).catch((error: unknown) => {
      // Only what needs the votes waits for them.
      if (error instanceof UnanswerableError) throw new MissingEntity('The query node cannot answer who has voted')
      throw error
    })
    const startedAt = Number(rowsOf(rounds, 'elections')[0]?.referendumStageRevealing?.startedAtBlock ?? Number.NaN)
    if (Number.isSafeInteger(startedAt)) revealingFrom = startedAt
    for (const { castBy, voteForId } of rowsOf(rows, 'votes')) {
      if (isId(castBy)) cast.set(castBy, (cast.get(castBy) ?? true) && voteForId !== null)
    }
    return rows.length
  })
  return { revealingFrom, voters: cast.size ? await votersOf(queryNode, storedWatchers, cast) : [] }
}

async function votersOf(
  queryNode: QueryNode,
  storedWatchers: StoredWatchers,
  cast: ReadonlyMap<string, boolean>,
): Promise<Voter[]> {
  const ss58 = await loadSs58()
  const revealed = new Map<string, boolean>()
  for (const [address, isRevealed] of cast) {
    const account = accountKey(ss58, address)
    revealed.set(account, (revealed.get(account) ?? true) && isRevealed)
  }
  const owners = new Map<string, Set<string>>([...revealed.keys()].map((account) => [account, new Set()]))
  for (const owner of await readOwners(queryNode, [...cast.keys()])) {
    for (const account of accountsOf(owner)) owners.get(account)?.add(owner.id)
  }
  const watchers = await storedWatchers([...revealed.keys()]).catch((cause: unknown) => {
    throw new StoreUnreadable('The watched accounts cannot be read', { cause })
  })
  return [...revealed].map(([account, isRevealed]) => {
    const watcherIds = watchers.get(account) ?? []
    return { account, memberIds: [...new Set([...(owners.get(account) ?? []), ...watcherIds])], watcherIds, isRevealed }
  })
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
