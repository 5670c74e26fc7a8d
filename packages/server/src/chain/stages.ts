import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse } from 'graphql'
import { z } from 'zod'
import type { OpenOpening, OpenProposal, Stages } from '../events/stages.ts'
import { type QueryNode, QueryRefused, UnanswerableError } from './client.ts'
import { isId } from './rows.ts'

/** Of each list. More are not open at once. */
const MOST_ROWS = 200

const OPEN_PROPOSALS = `
  openProposals: proposals(where: { isFinalized_eq: false }, orderBy: [createdAt_DESC], limit: ${MOST_ROWS}) {
    id title creatorId statusSetAtBlock exactExecutionBlock status { __typename } details { __typename }
  }`
const openProposalsQuery: TypedDocumentNode<Record<string, readonly unknown[]>, Record<string, never>> = parse(
  `query OpenProposals { ${OPEN_PROPOSALS} }`,
)

/** Fields of the head request. Their names do not collide with those of types of events, which begin with a capital. */
export const STAGES = `
  councilStages: councilStageUpdates(orderBy: [changedAt_DESC], limit: 1) {
    changedAt
    stage { __typename ... on CouncilStageAnnouncing { endsAt } ... on CouncilStageIdle { endsAt } }
  }
  rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {
    id
    referendumStageVoting { startedAtBlock endsAt }
    referendumStageRevealing { startedAtBlock endsAt }
  }
${OPEN_PROPOSALS}
  openings: workingGroupOpenings(
    where: { status_json: { isTypeOf_eq: "OpeningStatusOpen" } }, orderBy: [createdAt_DESC], limit: ${MOST_ROWS}
  ) {
    id groupId createdAt metadata { title expectedEnding }
  }
  inOffice: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {
    councilMembers { memberId }
  }`

/** Some of them are sent as text. */
const blockNumber = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .refine((block) => block >= 0 && block < 2 ** 31)
const id = z.string().refine(isId)
const LATEST_TIME = Date.UTC(3000)
const time = z.iso
  .datetime()
  .transform((text) => new Date(text))
  .refine((date) => date.getTime() > 0 && date.getTime() < LATEST_TIME)

const councilStage = z.object({
  changedAt: blockNumber,
  stage: z.object({
    __typename: z.enum(['CouncilStageAnnouncing', 'CouncilStageIdle']),
    endsAt: blockNumber,
  }),
})

const blocks = z
  .object({ startedAtBlock: blockNumber, endsAt: blockNumber })
  .transform(({ startedAtBlock, endsAt }) => ({
    fromBlock: startedAtBlock,
    toBlock: endsAt,
  }))

const round = z.object({ id, referendumStageVoting: blocks.nullish(), referendumStageRevealing: blocks.nullish() })

const proposal = z
  .object({
    id,
    title: z.string(),
    creatorId: id.optional().catch(undefined),
    statusSetAtBlock: blockNumber,
    exactExecutionBlock: blockNumber.nullish(),
    status: z.object({
      __typename: z.enum(['ProposalStatusDeciding', 'ProposalStatusGracing', 'ProposalStatusDormant']),
    }),
    details: z.object({ __typename: z.string() }),
  })
  .transform(
    ({ status, details, exactExecutionBlock, ...rest }): OpenProposal => ({
      ...rest,
      exactExecutionBlock: exactExecutionBlock ?? undefined,
      status: status.__typename.replace('ProposalStatus', '') as OpenProposal['status'],
      type: details.__typename.replace(/ProposalDetails$/, ''),
    }),
  )

const opening = z
  .object({
    id,
    groupId: id,
    createdAt: time,
    metadata: z.object({ title: z.string().nullish(), expectedEnding: time }),
  })
  .refine(({ createdAt, metadata }) => metadata.expectedEnding > createdAt)
  .transform(
    ({ id, groupId, createdAt, metadata: { title, expectedEnding } }): OpenOpening => ({
      id,
      groupId,
      title: title ?? undefined,
      from: createdAt,
      to: expectedEnding,
    }),
  )

/** A malformed member must not spoil the others. */
const councilInOffice = z.object({
  councilMembers: z
    .array(z.object({ memberId: id }).nullable().catch(null))
    .transform((members) => members.flatMap((member) => member?.memberId ?? [])),
})

/** @throws QueryNodeError, except when the query node cannot tell */
export async function readOpenProposals(queryNode: QueryNode): Promise<OpenProposal[]> {
  try {
    return toStages(await queryNode.request(openProposalsQuery, {})).proposals
  } catch (error) {
    if (error instanceof QueryRefused || error instanceof UnanswerableError) return []
    throw error
  }
}

/** The rows of a head request, checked one by one: what is malformed is left out. */
export function toStages(rows: Record<string, readonly unknown[]>): Stages {
  const usable = <Row>(name: string, schema: z.ZodType<Row>): Row[] =>
    (rows[name] ?? []).flatMap((row) => {
      const parsed = schema.safeParse(row)
      return parsed.success ? [parsed.data] : []
    })
  const [stage] = usable('councilStages', councilStage)
  const [current] = usable('rounds', round)
  const voting = current?.referendumStageVoting ?? undefined
  const revealing = current?.referendumStageRevealing ?? undefined
  const [council] = usable('inOffice', councilInOffice)
  return {
    council: stage && {
      stage: stage.stage.__typename === 'CouncilStageIdle' ? 'idle' : 'announcing',
      fromBlock: stage.changedAt,
      toBlock: stage.stage.endsAt,
    },
    // The voting stage of a round remains when its votes are being revealed.
    round: current && { id: current.id, voting: revealing ? undefined : voting, revealing },
    proposals: usable('openProposals', proposal),
    openings: usable('openings', opening),
    councillors: council?.councilMembers.slice(0, MOST_ROWS) ?? [],
  }
}
