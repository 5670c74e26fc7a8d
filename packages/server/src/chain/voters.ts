import { MissingEntity, type Voter } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import { accountsOf, pages, readOwners } from './accounts.ts'
import { type QueryNode, UnanswerableError } from './client.ts'
import { isId, rowsOf } from './rows.ts'

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
  const found = new Map<string, Set<string>>(accounts.map((account) => [account, new Set()]))
  for (const owner of await readOwners(queryNode, accounts)) {
    for (const account of accountsOf(owner)) found.get(account)?.add(owner.id)
  }
  return new Map([...found].map(([account, ids]) => [account, [...ids]]))
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
