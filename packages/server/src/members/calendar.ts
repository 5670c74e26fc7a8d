import { type Pool, query, single } from '../db/client.ts'
import { deadlines } from '../events/deadlines/list.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { entitySettings, generalSettings } from './settings.ts'

/** Something that ends, as calendars need it. */
type Entry = {
  type: string
  key: string
  title: string
  path: string
  endsAt: Date
  sequence: number
  isCancelled: boolean
  changedAt: Date
}

type Stored = Entry & {
  /** The ids of those whom it is for. Null: everybody. */
  concerns: number[] | null
  proposalId: string | null
}

const MOST_ENTRIES = 100
/** Of all that lies ahead on the chain. */
const MOST_READ = 1_000

/**
 * What lies ahead and concerns a member, the soonest first: it is for them, and they want to hear of it in the app or by
 * email, or they watch the proposal. What was called off stays until it would have ended.
 */
export async function readCalendar(pool: Pool, memberId: number): Promise<Entry[]> {
  const [{ rows }, general, entities] = await Promise.all([
    query<Stored>(
      pool,
      Prisma.sql`
      SELECT type, key, title, path, "endsAt", sequence, "cancelledAt" IS NOT NULL AS "isCancelled",
        "updatedAt" AS "changedAt", concerns, about->>'proposalId' AS "proposalId"
      FROM "Deadline"
      WHERE ("goneAt" IS NULL OR "cancelledAt" IS NOT NULL) AND "endsAt" > now()
      ORDER BY "endsAt", id LIMIT ${MOST_READ}::int`,
    ),
    generalSettings(single(pool), memberId),
    entitySettings(single(pool), memberId),
  ])
  const wanted = new Set(
    general.flatMap(({ kind, shouldNotify, shouldNotifyByEmail }) => (shouldNotify || shouldNotifyByEmail ? kind : [])),
  )
  const statusOf = (kind: string, entityId: string) =>
    entities.find((entity) => entity.kind === kind && entity.entityId === entityId)?.status
  const isFor = ({ type, concerns, proposalId }: Stored): boolean => {
    const kinds = deadlines.find((deadline) => deadline.type === type)?.kinds ?? []
    if (proposalId !== null) {
      const [vote, status] = [
        statusOf('PROPOSAL_ENTITY_VOTE', proposalId),
        statusOf('PROPOSAL_ENTITY_STATUS', proposalId),
      ]
      // As of the reminder: a mute is stronger.
      if (vote === 'MUTE') return false
      if (vote === 'WATCH' || status === 'WATCH') return true
    }
    return (concerns === null || concerns.includes(memberId)) && kinds.some((kind) => wanted.has(kind))
  }
  return rows
    .filter(isFor)
    .slice(0, MOST_ENTRIES)
    .map(({ concerns: _concerns, proposalId: _proposalId, ...entry }) => entry)
}
