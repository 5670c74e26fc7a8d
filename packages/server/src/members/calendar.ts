import { type CalendarDeadline, COLUMNS, IS_SHOWN } from '../calendar/deadline.ts'
import { type Pool, query, single } from '../db/client.ts'
import { deadlines } from '../events/deadlines/list.ts'
import type { EntityKindName } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { generalSettings } from './settings.ts'

type Stored = CalendarDeadline & {
  /** Their part in it. */
  isCouncillor: boolean | null
  isCreator: boolean | null
  /** Whether they watch the votes on the proposal, and its status. False: muted. */
  votes: boolean | null
  statuses: boolean | null
}

const MOST_ENTRIES = 100
/** Of all that lies ahead on the chain. */
const MOST_READ = 1_000

/**
 * What lies ahead and concerns a member, the soonest first: they want to hear of it in the app or by email, or watch the
 * proposal, and have not muted it.
 */
export async function readCalendar(pool: Pool, memberId: number): Promise<CalendarDeadline[]> {
  const [{ rows }, general] = await Promise.all([
    query<Stored>(
      pool,
      Prisma.sql`
      SELECT ${COLUMNS}, ${memberId}::int = ANY (councillors) AS "isCouncillor", about->>'creatorId' = ${String(memberId)} AS "isCreator",
        ${watches('PROPOSAL_ENTITY_VOTE', memberId)} AS votes, ${watches('PROPOSAL_ENTITY_STATUS', memberId)} AS statuses
      FROM "Deadline" WHERE ${IS_SHOWN}
      ORDER BY "endsAt", id LIMIT ${MOST_READ}::int`,
    ),
    generalSettings(single(pool), memberId),
  ])
  const wanted = new Set<string>(
    general.flatMap(({ kind, shouldNotify, shouldNotifyByEmail }) => (shouldNotify || shouldNotifyByEmail ? kind : [])),
  )
  const isFor = ({ type, isCouncillor, isCreator, votes, statuses }: Stored): boolean => {
    const { calendar } = deadlines.find((deadline) => deadline.type === type) ?? {}
    if (!calendar) return false
    const watched = { PROPOSAL_ENTITY_VOTE: votes, PROPOSAL_ENTITY_STATUS: statuses }
    // As of the reminder: a mute is stronger.
    if (calendar.mutedBy && watched[calendar.mutedBy] === false) return false
    if (votes || statuses) return true
    const { everybody = [], council = [], creator = [] } = calendar
    const kinds = [...everybody, ...(isCouncillor ? council : []), ...(isCreator ? creator : [])]
    return kinds.some((kind) => wanted.has(kind))
  }
  return rows
    .filter(isFor)
    .slice(0, MOST_ENTRIES)
    .map(({ isCouncillor: _1, isCreator: _2, votes: _3, statuses: _4, ...entry }) => entry)
}

/** Of the proposal of a deadline: whether it is watched, or muted. Null: neither. */
const watches = (kind: EntityKindName, memberId: number) => Prisma.sql`(
  SELECT "shouldNotify" OR "shouldNotifyByEmail" FROM "Subscription"
  WHERE "memberId" = ${memberId} AND kind = ${kind} AND "entityId" = about->>'proposalId')`
