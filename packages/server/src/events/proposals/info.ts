import { beginningOf } from '../../lib/text.ts'
import { BLOCK_SECONDS } from '../blocks.ts'
import type { Edit, ProposalInfo, StatusChange, Vote } from '../chain.ts'
import type { EventMeta } from '../define.ts'
import type { MaybeFact } from '../facts.ts'
import { excerptOf } from '../markdown.ts'
import { type ProposalLength, proposalLengths } from './lengths.ts'
import { typeOf } from './types.ts'

/** Of a proposal of which the query node tells nothing more. */
export const NO_INFO: ProposalInfo = { isStaked: false, details: {}, votes: [], changes: [] }

function lengthOf({ details, length }: ProposalInfo): ProposalLength | undefined {
  if (length) return length
  const type = typeOf(details) ?? ''
  return Object.hasOwn(proposalLengths, type) ? proposalLengths[type] : undefined
}

const after = ({ time }: Pick<EventMeta, 'time'>, blocks: number): string =>
  new Date(time.getTime() + blocks * BLOCK_SECONDS * 1000).toISOString()

/**
 * When the voting ends that begins with this event, about, in ISO 8601: after the period of the proposal's type, or when
 * the next council takes over, which rejects what is not decided.
 */
export function voteBy(info: ProposalInfo, event: Pick<EventMeta, 'time' | 'block'>): string | null {
  const length = lengthOf(info)
  if (!length) return null
  const toNextCouncil = (info.nextCouncilAt ?? 0) - event.block
  return after(event, toNextCouncil > 0 ? Math.min(length.votingBlocks, toNextCouncil) : length.votingBlocks)
}

/** When a proposal is executed that was approved now, about, in ISO 8601. Null: at once, or nobody knows. */
export function executesAbout(info: ProposalInfo, event: Pick<EventMeta, 'time' | 'block'>): string | null {
  const length = lengthOf(info)
  if (!length) return null
  const blocks = Math.max(length.graceBlocks, (info.exactExecutionBlock ?? 0) - event.block)
  return blocks > 0 && blocks < MOST_BLOCKS ? after(event, blocks) : null
}

/** About twenty years. */
const MOST_BLOCKS = 105_000_000

const APPROVED = ['ProposalStatusGracing', 'ProposalStatusDormant']

/**
 * The block that stands for a change of status: the runtime reports one change by several events, which an indexer can
 * place in neighbouring blocks. An execution without a grace period is a part of the approval.
 */
export function blockOfNews(info: ProposalInfo, status: string, block: number): number {
  if (APPROVED.includes(status)) return firstOf(info.changes, status, block)
  if (status !== 'ProposalStatusExecuted') return block
  const isAt = (at: number) => info.changes.some((change) => change.status === APPROVED[0] && change.block === at)
  if (isAt(block)) return firstOf(info.changes, 'ProposalStatusGracing', block)
  const isImmediate = lengthOf(info)?.graceBlocks === 0 && isAt(block - 1)
  return isImmediate ? firstOf(info.changes, 'ProposalStatusGracing', block - 1) : block
}

const firstOf = (changes: readonly StatusChange[], status: string, block: number): number =>
  changes.some((change) => change.status === status && change.block === block - 1) ? block - 1 : block

const isUpTo =
  ({ block, indexInBlock }: Edit) =>
  (vote: Vote): boolean =>
    vote.block < block || (vote.block === block && vote.indexInBlock <= indexInBlock)

/** The votes of one round up to this event, oldest first. */
export const votesOf = ({ votes }: ProposalInfo, round: number, event: Edit): Vote[] =>
  votes.filter((vote) => vote.round === round && isUpTo(event)(vote))

/**
 * The votes by which a decision was made: those of the last round that has any for an approval, which needs some. A
 * rejection can come without a vote in its round.
 */
export function decidingVotes(info: ProposalInfo, status: string, event: Edit): Vote[] {
  const lastRound = Math.max(0, ...info.votes.filter(isUpTo(event)).map(({ round }) => round))
  const isApproved = [...APPROVED, 'ProposalStatusExecuted', 'ProposalStatusExecutionFailed'].includes(status)
  if (isApproved) return votesOf(info, lastRound, event)
  return info.councilApprovals === undefined ? [] : votesOf(info, info.councilApprovals + 1, event)
}

/** How each kind of vote is counted. */
const COUNTED = [
  ['APPROVE', 'approve'],
  ['REJECT', 'reject'],
  ['SLASH', 'slash'],
  ['ABSTAIN', 'abstain'],
] as const

/** Such as "3 approve, 0 reject". */
export function tallyOf(votes: readonly Vote[]): string {
  return COUNTED.map(([kind, word]) => [votes.filter((vote) => vote.kind === kind).length, word] as const)
    .filter(([count], n) => n < 2 || count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}

const MOST_RATIONALES = 5
const LONGEST_RATIONALE = 200
/** Of which an excerpt is made, in UTF-16 code units. */
const LONGEST_READ = 10_000

/** The reasons that voters gave, as data. */
export function rationalesOf(votes: readonly Vote[]): string[] {
  const rationales: string[] = []
  for (const { voter, kind, rationale } of votes) {
    // To make an excerpt is slow.
    if (rationales.length === MOST_RATIONALES) break
    const text = rationale && excerptOf(beginningOf(rationale, LONGEST_READ), LONGEST_RATIONALE)
    const said = COUNTED.find(([counted]) => counted === kind)?.[1] ?? 'vote'
    if (text) rationales.push(`${voter.handle} (${said}): “${text}”`)
  }
  return rationales
}

export function rationaleFact(rationales: readonly string[]): MaybeFact {
  const label = rationales.length === 1 ? 'Rationale' : 'Rationales'
  return rationales.length ? { label, value: rationales.map((text) => ({ text })) } : undefined
}
