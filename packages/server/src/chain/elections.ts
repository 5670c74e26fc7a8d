import DataLoader from 'dataloader'
import type { Election, ElectionStages, Member } from '../events/chain.ts'
import { graphql } from '../generated/query-node/gql.ts'
import type { ElectionsQuery } from '../generated/query-node/graphql.ts'
import { PAGE_ROWS, type QueryNode } from './client.ts'
import { inParts } from './parts.ts'
import { isId, rowsOf } from './rows.ts'

/** Blocks per request. */
const BATCH = 200

/** A malformed row must not spoil the others. */
const listOf = <Row extends object>(rows: readonly Row[] | null | undefined): Row[] =>
  Array.isArray(rows) ? rowsOf(rows, 'related rows') : []

const stillStanding = <Candidate extends { status: string }>(candidates: readonly Candidate[]): Candidate[] =>
  listOf(candidates).filter(({ status }) => status !== 'WITHDRAWN')

const isMember = (member: Member | null | undefined): member is Member =>
  isId(member?.id) && typeof member?.handle === 'string'

/** @param rounds those that brought one council */
export function lastElection(rounds: ElectionsQuery['rows']): Election | undefined {
  const last = rounds.toSorted((a, b) => a.cycleId - b.cycleId).at(-1)
  if (!last) return undefined
  return {
    councilBefore: listOf(last.electedCouncil?.councilMembers).flatMap(({ memberId }) =>
      isId(memberId) ? memberId : [],
    ),
    candidates: stillStanding(last.candidates).flatMap(({ memberId }) => (isId(memberId) ? memberId : [])),
  }
}

/** Finds the stages that began in a block. */
export function electionStages(queryNode: QueryNode): DataLoader<number, ElectionStages> {
  return new DataLoader<number, ElectionStages>(
    async (blocks) => {
      const found = await inParts(blocks, (part) => readStages(queryNode, part))
      const byBlock = Map.groupBy(found, ({ block }) => block)
      return blocks.map((block) => Object.assign({}, ...(byBlock.get(String(block)) ?? []).map(({ stage }) => stage)))
    },
    { maxBatchSize: BATCH },
  )
}

const roundIdOf = (round: { id: string } | null | undefined) => (isId(round?.id) ? round.id : undefined)

async function readStages(queryNode: QueryNode, blocks: number[]): Promise<{ block: string; stage: ElectionStages }[]> {
  const answer = await queryNode.request(stagesQuery, { blocks: blocks.map(String), limit: PAGE_ROWS })
  const what = 'stages of elections'
  return [
    ...rowsOf(answer.announcing, what).map(({ changedAt, stage }) => ({
      block: changedAt,
      stage:
        stage?.__typename === 'CouncilStageAnnouncing'
          ? { announcing: { endsAt: stage.endsAt, candidates: stage.candidatesCount } }
          : {},
    })),
    ...rowsOf(answer.voting, what).map(({ startedAtBlock, endsAt, winningTargetCount: seats, electionRound }) => ({
      block: startedAtBlock,
      stage: {
        voting: {
          roundId: roundIdOf(electionRound),
          endsAt,
          seats,
          candidates: stillStanding(electionRound?.candidates).flatMap(({ member }) =>
            isMember(member) ? member : [],
          ),
        },
      },
    })),
    ...rowsOf(answer.revealing, what).map(({ startedAtBlock, endsAt, electionRound }) => ({
      block: startedAtBlock,
      stage: { revealing: { roundId: roundIdOf(electionRound), endsAt } },
    })),
  ]
}

/** The members who stand in the current election. @throws QueryNodeError */
export async function readCandidates(queryNode: QueryNode): Promise<Member[]> {
  const { rows } = await queryNode.request(candidatesQuery, { limit: PAGE_ROWS })
  return stillStanding(rowsOf(rows, 'candidates')).flatMap(({ member }) => (isMember(member) ? member : []))
}

const candidatesQuery = graphql(`
  query Candidates($limit: Int!) {
    rows: candidates(where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], limit: $limit) {
      status
      member { id handle }
    }
  }
`)
export const electionsQuery = graphql(`
  query Elections($ids: [ID!]!, $limit: Int!) {
    rows: electionRounds(where: { nextElectedCouncil: { id_in: $ids } }, limit: $limit) {
      nextElectedCouncilId
      cycleId
      electedCouncil { councilMembers { memberId } }
      candidates { memberId status }
    }
  }
`)
const stagesQuery = graphql(`
  query ElectionStages($blocks: [BigInt!]!, $limit: Int!) {
    announcing: councilStageUpdates(where: { changedAt_in: $blocks }, limit: $limit) {
      changedAt
      stage {
        __typename
        ... on CouncilStageAnnouncing { endsAt candidatesCount }
      }
    }
    voting: referendumStageVotings(where: { startedAtBlock_in: $blocks }, limit: $limit) {
      startedAtBlock
      endsAt
      winningTargetCount
      electionRound { id candidates { status member { id handle } } }
    }
    revealing: referendumStageRevealings(where: { startedAtBlock_in: $blocks }, limit: $limit) {
      startedAtBlock
      endsAt
      electionRound { id }
    }
  }
`)
