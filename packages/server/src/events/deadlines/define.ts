import { type AnyEventDefinition, defineEvent, type EventData, type EventDefinition } from '../define.ts'
import type { EntityKindName, GeneralKindName } from '../kinds.ts'
import type { ProposalLength } from '../proposals/lengths.ts'
import type { Stages } from '../stages.ts'
import type { DeadlineKey } from './keys.ts'

/** By type of proposal. */
export type ProposalLengths = Readonly<Record<string, ProposalLength>>

/** Something that ends. */
export type Ahead = {
  /** Unique within the type, and the same until it has ended: it can move, but is told of once. */
  key: string
  /** What lists call it. */
  title: string
  /** Its page in Pioneer. */
  path: string
  /** Ids that the event's `read` needs. */
  about: Record<string, string | number>
  /** The ids of the councillors whose task it is. Absent: it is no task of the council. */
  councillors?: string[]
  /** From its beginning to its end. */
  span: Span
}

/** Blocks, whose times are estimated, or times. */
export type Span = { fromBlock: number; toBlock: number } | { from: Date; to: Date }

/** Who has it in their calendar: those who want to hear of one of the kinds. */
export type InCalendars = {
  everybody?: readonly GeneralKindName[]
  council?: readonly GeneralKindName[]
  creator?: readonly GeneralKindName[]
  /** Whoever muted this has it not. */
  mutedBy?: Extract<EntityKindName, 'PROPOSAL_ENTITY_VOTE' | 'PROPOSAL_ENTITY_STATUS'>
}

export type Deadline = {
  /** Names the event, and stored rows. */
  type: string
  calendar: InCalendars
  /** All of its kind that lie ahead. */
  ahead: (stages: Stages, lengths: ProposalLengths) => Ahead[]
  /** Whom it is told of some time before its end, and how. Absent: it is only listed. */
  event?: AnyEventDefinition
}

/** The end of the stage, in ISO 8601, as it is estimated when it is told of. */
export type Ending = { endsAt: string }

/**
 * Declares a deadline that members are told of. The rest is that of an event, except that the clock raises it: `read`
 * gets what `about` has and the end.
 */
export function defineDeadline<About extends Ahead['about'], Facts extends Ending, Data extends EventData>({
  calendar,
  ahead,
  ...event
}: Omit<
  EventDefinition<About & Ending, Facts, Data>,
  'fields' | 'nullable' | 'actor' | 'fact' | 'overAt' | 'deadline'
> & {
  calendar: InCalendars
  ahead: (stages: Stages, lengths: ProposalLengths) => (Ahead & { about: About })[]
}): Deadline {
  const { type } = event
  const overAt = ({ endsAt }: Facts) => endsAt
  const deadline = (_: Data, { id }: { id: string }) => keyIn(type, id)
  return { type, calendar, ahead, event: defineEvent<About & Ending, Facts, Data>({ ...event, overAt, deadline }) }
}

/** The id of the event that tells of a deadline. */
export const eventIdOf = ({ type, key }: DeadlineKey): string => `${type}-${key}`

const keyIn = (type: string, eventId: string): DeadlineKey => ({ type, key: eventId.slice(type.length + 1) })

/** Of a stage that ends in a block. */
export const ESTIMATE = 'The time is an estimate, so do not wait for the last minutes.'

const HOUR_MS = 3_600_000
const SHORT_HOURS = 32
const BEFORE_HOURS = 24

/** When to tell of it: a day before its end, or after three quarters of a short stage. */
export function remindAt(from: Date, to: Date): Date {
  const lengthMs = to.getTime() - from.getTime()
  const beforeMs = lengthMs < SHORT_HOURS * HOUR_MS ? lengthMs / 4 : BEFORE_HOURS * HOUR_MS
  return new Date(to.getTime() - beforeMs)
}
