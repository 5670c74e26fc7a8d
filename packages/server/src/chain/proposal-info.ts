import type { ProposalInfo, StatusChange, Vote } from '../events/chain.ts'
import { NO_INFO } from '../events/proposals/info.ts'
import { graphql } from '../generated/query-node/gql.ts'
import type { ProposalInfoQuery } from '../generated/query-node/graphql.ts'
import { PAGE_ROWS, type QueryNode, UnanswerableError } from './client.ts'
import { isId, rowsOf } from './rows.ts'

/** Proposals per request: each brings its votes, and the details of some need statements of their own. */
export const PROPOSALS = 50

/**
 * Reads what proposals are about and how they were decided.
 * @returns by id. Those that the query node lacks are left out
 * @throws UnanswerableError when there is too much of it for one answer
 */
export async function readProposalInfo(queryNode: QueryNode, ids: string[]): Promise<[string, ProposalInfo][]> {
  const answer = await queryNode.request(proposalInfoQuery, { ids, limit: ids.length, most: PAGE_ROWS })
  const { rows, rounds, ...histories } = answer
  if (ids.length > 1 && Object.values(histories).some((list) => list.length >= PAGE_ROWS)) {
    throw new UnanswerableError('The query node has more about these proposals than fits into an answer')
  }
  const votes = Map.groupBy(rowsOf(histories.votes, 'votes').flatMap(toVote), ({ proposalId }) => proposalId)
  const changes = Map.groupBy(
    [
      ...rowsOf(histories.decisions, 'decisions').map((row) => ({ ...row, status: row.decisionStatus })),
      ...rowsOf(histories.updates, 'status updates').map((row) => ({ ...row, status: row.newStatus })),
    ].flatMap(toChange),
    ({ proposalId }) => proposalId,
  )
  const nextCouncilAt = rowsOf(rounds, 'elections')[0]?.referendumStageRevealing?.endsAt
  return rowsOf(rows, 'proposals').map((row) => [
    row.id,
    {
      ...NO_INFO,
      nextCouncilAt: isCount(nextCouncilAt) ? nextCouncilAt : undefined,
      ...infoOf(row),
      votes: (votes.get(row.id) ?? []).map(({ proposalId: _, ...vote }) => vote),
      changes: (changes.get(row.id) ?? []).map(({ proposalId: _, ...change }) => change),
    },
  ])
}

type Row = ProposalInfoQuery['rows'][number]

function infoOf({ creator, stakingAccount, status, councilApprovals, exactExecutionBlock, details }: Row) {
  return {
    ...(creator && isId(creator.id) && typeof creator.handle === 'string' ? { creator } : {}),
    ...(typeof status?.__typename === 'string' ? { status: status.__typename } : {}),
    ...(isCount(councilApprovals) ? { councilApprovals } : {}),
    isStaked: typeof stakingAccount === 'string' && stakingAccount !== '',
    exactExecutionBlock: isCount(exactExecutionBlock) ? exactExecutionBlock : undefined,
    details: typeof details === 'object' && details !== null ? details : {},
  }
}

type Of<Entry> = Entry & { proposalId: string }

function toVote(row: ProposalInfoQuery['votes'][number]): Of<Vote>[] {
  const { proposalId, voter, voteKind, rationale, votingRound, inBlock, indexInBlock } = row
  if (![votingRound, inBlock, indexInBlock].every(isCount) || !isId(voter?.id)) return []
  const position = { block: inBlock, indexInBlock }
  return [{ proposalId, voter, kind: voteKind, rationale: String(rationale ?? ''), round: votingRound, ...position }]
}

type ChangeRow = { proposalId: string; inBlock: number; status: { __typename?: string } | null }

function toChange({ proposalId, inBlock: block, status }: ChangeRow): Of<StatusChange>[] {
  return isCount(block) && typeof status?.__typename === 'string'
    ? [{ proposalId, block, status: status.__typename }]
    : []
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

// Nested rather than looked up: one request for all that is known of a proposal.
const proposalInfoQuery = graphql(`
  query ProposalInfo($ids: [ID!]!, $limit: Int!, $most: Int!) {
    rows: proposals(where: { id_in: $ids }, limit: $limit) {
      id
      creator { id handle }
      stakingAccount
      status { __typename }
      councilApprovals
      exactExecutionBlock
      details {
        __typename
        ... on SignalProposalDetails { text }
        ... on FundingRequestProposalDetails { destinationsList { destinations { account amount } } }
        ... on SetMaxValidatorCountProposalDetails { newMaxValidatorCount }
        ... on CreateWorkingGroupLeadOpeningProposalDetails {
          group { id }
          metadata { title }
          stakeAmount
          rewardPerBlock
        }
        ... on FillWorkingGroupLeadOpeningProposalDetails {
          opening { groupId metadata { title } }
          application { applicant { id handle } }
        }
        ... on UpdateWorkingGroupBudgetProposalDetails { group { id } amount }
        ... on DecreaseWorkingGroupLeadStakeProposalDetails { lead { groupId membership { id handle } } amount }
        ... on SlashWorkingGroupLeadProposalDetails { lead { groupId membership { id handle } } amount }
        ... on SetWorkingGroupLeadRewardProposalDetails {
          lead { groupId membership { id handle } }
          newRewardPerBlock
        }
        ... on TerminateWorkingGroupLeadProposalDetails {
          lead { groupId membership { id handle } }
          slashingAmount
        }
        ... on AmendConstitutionProposalDetails { text }
        ... on CancelWorkingGroupLeadOpeningProposalDetails { opening { groupId metadata { title } } }
        ... on SetMembershipPriceProposalDetails { newPrice }
        ... on SetCouncilBudgetIncrementProposalDetails { newAmount }
        ... on SetCouncilorRewardProposalDetails { newRewardPerBlock }
        ... on SetInitialInvitationBalanceProposalDetails { newInitialInvitationBalance }
        ... on SetInitialInvitationCountProposalDetails { newInitialInvitationsCount }
        ... on SetMembershipLeadInvitationQuotaProposalDetails { newLeadInvitationQuota }
        ... on SetReferralCutProposalDetails { newReferralCut }
        ... on VetoProposalDetails { proposal { id title } }
        ... on UpdateChannelPayoutsProposalDetails { channelCashoutsEnabled minCashoutAllowed maxCashoutAllowed }
        ... on UpdatePalletFrozenStatusProposalDetails { pallet frozen }
        ... on UpdateGlobalNftLimitProposalDetails { newDailyNftLimit newWeeklyNftLimit }
        ... on DecreaseCouncilBudgetProposalDetails { amount }
        ... on SetEraPayoutDampingFactorProposalDetails { dampingFactor }
      }
    }
    votes: proposalVotedEvents(
      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most
    ) { proposalId voter { id handle } voteKind rationale votingRound inBlock indexInBlock }
    decisions: proposalDecisionMadeEvents(
      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most
    ) { proposalId inBlock decisionStatus { __typename } }
    updates: proposalStatusUpdatedEvents(
      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most
    ) { proposalId inBlock newStatus { __typename } }
    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {
      referendumStageRevealing { endsAt }
    }
  }
`)
