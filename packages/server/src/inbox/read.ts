import { type Pool, query, queryPrepared } from '../db/client.ts'
import type { OwnVotes } from '../events/addressee.ts'
import type { Words } from '../events/define.ts'
import {
  type Member,
  type NotificationEmailStatus,
  Prisma,
  type Notification as Row,
} from '../generated/prisma/client.ts'
import type { Logger } from '../lib/logger.ts'
import { EMAIL_OF_NOTIFICATION, hasEmailStatus, OUTCOME_COLUMNS } from '../outbox/outcome.ts'
import { areKnown, IS_KNOWN } from './known-kinds.ts'
import { DATA, votesIfAny } from './own-votes.ts'

export type InboxDeps = { pool: Pool; log: Logger }

/** `watchesAccounts`: there may be votes of theirs. */
export type Reader = Pick<Member, 'id' | 'timeZone'> & { watchesAccounts: boolean }

type Column = 'id' | 'kind' | 'eventId' | 'entityId' | 'isRead' | 'isArchived' | 'createdAt'

/** Whose notification it is, and in which zone they read times. */
type Addressed = Pick<Member, 'timeZone'> & { memberId: Member['id'] }
type Stored = Omit<Entry, keyof Addressed>

/** A notification, its email's outcome, and the source of its words: null where the replaced backend recorded it. */
export type Entry = Pick<Row, Column> & {
  /** Null also without the outcome. */
  emailStatus: NotificationEmailStatus | null
  emailStatusReason: string | null
  /** When a text of its event was taken back. */
  withdrawnAt: Date | null
  type: string | null
  data: Prisma.JsonValue
  votes: OwnVotes | null
  /** Once `wordsOf` was asked for them. Null: there are none. */
  words?: Words | null
} & Addressed

/** Null and undefined do not filter. */
export type Filter = {
  [Name in 'id' | 'kind' | 'eventId' | 'entityId' | 'isRead' | 'isArchived']?: Row[Name] | null | undefined
} & { status?: keyof typeof WITH_STATUS | null | undefined; emailStatus?: NotificationEmailStatus | null | undefined }

/** A range of ids, exclusive, how many to read, and whether to read what became of their emails. */
export type Page = { below?: number; above?: number; oldestFirst?: boolean; limit: number; withOutcome: boolean }

const WITH_STATUS = {
  UNREAD: Prisma.sql`NOT n."isRead" AND NOT n."isArchived"`,
  READ: Prisma.sql`n."isRead" AND NOT n."isArchived"`,
  ARCHIVED: Prisma.sql`n."isArchived"`,
}

const COLUMNS = Prisma.sql`
  n.id, n.kind, n."eventId", n."entityId", n."isRead", n."isArchived", n."createdAt", e."withdrawnAt", e.type,
  ${DATA} AS data`
const VOTES = Prisma.sql`${votesIfAny(Prisma.sql`n."memberId"`)} AS votes`
const NO_VOTES = Prisma.sql`NULL AS votes`
const EVENT = Prisma.sql`LEFT JOIN "Event" e ON e.number = n."eventNumber"`
const NO_OUTCOME = Prisma.sql`NULL AS "emailStatus", NULL AS "emailStatusReason"`

/**
 * Reads a member's notifications in the app, except those of kinds that this version does not know. They are seldom
 * there, so they are left out only when some were read.
 */
export async function readInbox(deps: InboxDeps, reader: Reader, filter: Filter, page: Page): Promise<Entry[]> {
  const { pool, log } = deps
  const { id: memberId, timeZone } = reader
  const rows = await readPage(pool, reader, conditionsOf(filter), page)
  const known = areKnown(log, rows) ? rows : await readPage(pool, reader, [...conditionsOf(filter), IS_KNOWN], page)
  return known.map((row) => Object.assign(row, { memberId, timeZone }))
}

/**
 * In one statement: Prisma takes two, reads every column of both tables, and takes most of the request's time
 * (docs/decisions/0006).
 */
async function readPage(
  pool: Pool,
  { id: memberId, watchesAccounts }: Reader,
  filter: Prisma.Sql[],
  page: Page,
): Promise<Stored[]> {
  const { below, above, oldestFirst, limit, withOutcome } = page
  const conditions = [
    ...filter,
    ...(below === undefined ? [] : [Prisma.sql`n.id < ${below}`]),
    ...(above === undefined ? [] : [Prisma.sql`n.id > ${above}`]),
  ]
  // The subquery hides the member from the planner. For a member who owns most of the table it would scan the table in
  // order of ids, through the notifications of everyone else.
  // Filters make too many texts to prepare each.
  const run = filter.length ? query : queryPrepared
  const { rows } = await run<Stored>(
    pool,
    Prisma.sql`
      SELECT ${COLUMNS}, ${watchesAccounts ? VOTES : NO_VOTES}, ${withOutcome ? OUTCOME_COLUMNS : NO_OUTCOME}
      FROM (
        SELECT n.* FROM "Notification" n
        WHERE n."memberId" = (SELECT ${memberId}::int) AND n."inApp" AND ${allOf(conditions)}
        ORDER BY n.id ${oldestFirst ? Prisma.sql`ASC` : Prisma.sql`DESC`}
        LIMIT ${limit}::int
      ) n ${EVENT} ${withOutcome ? EMAIL_OF_NOTIFICATION : Prisma.empty}
      ORDER BY n.id ${oldestFirst ? Prisma.sql`ASC` : Prisma.sql`DESC`}`,
  )
  return rows
}

/** Counts what `readInbox` would read. */
export async function countInbox({ pool, log }: InboxDeps, memberId: number, filter: Filter): Promise<number> {
  const matching = Prisma.sql`
    "Notification" n
    WHERE n."memberId" = ${memberId} AND n."inApp" AND ${allOf(conditionsOf(filter))}`
  const { rows } = await query<{ count: number; all: number }>(
    pool,
    Prisma.sql`SELECT count(*) FILTER (WHERE ${IS_KNOWN})::int AS count, count(*)::int AS all FROM ${matching}`,
  )
  const { count = 0, all = 0 } = rows[0] ?? {}
  if (all > count) {
    const unknown = Prisma.sql`SELECT DISTINCT n.kind FROM ${matching} AND NOT ${IS_KNOWN}`
    areKnown(log, (await query<{ kind: string }>(pool, unknown)).rows)
  }
  return count
}

type Following = Addressed & { generation: number; after: number }

/**
 * Reads each reader's next notifications of known kinds, oldest first.
 * @param limit per reader
 * @returns for each reader; undefined if their tokens were ended
 */
export async function readOn({ pool, log }: InboxDeps, readers: readonly Following[], limit: number) {
  const rows = await readReaders(pool, readers, limit, Prisma.sql`true`)
  const told = rows.filter(({ ended }) => !ended)
  const known = areKnown(log, told) ? rows : await readReaders(pool, readers, limit, IS_KNOWN)
  const byReader = Map.groupBy(known, ({ reader }) => reader)
  return readers.map(({ memberId, timeZone }, reader): Entry[] | undefined => {
    const entries = byReader.get(reader) ?? []
    return entries.some(({ ended }) => ended) ? undefined : entries.map((entry) => ({ ...entry, memberId, timeZone }))
  })
}

async function readReaders(pool: Pool, readers: readonly Following[], limit: number, condition: Prisma.Sql) {
  const { rows } = await query<Stored & { reader: number; ended: boolean }>(
    pool,
    Prisma.sql`
      SELECT r.reader::int - 1 AS reader, coalesce(t.generation, 0) <> r.generation AS ended,
        ${COLUMNS}, ${VOTES}, ${OUTCOME_COLUMNS}
      FROM unnest(
        ${readers.map(({ memberId }) => memberId)}::int[],
        ${readers.map(({ generation }) => generation)}::int[],
        ${readers.map(({ after }) => after)}::int[]
      ) WITH ORDINALITY AS r (member_id, generation, after, reader)
      LEFT JOIN "TokenGeneration" t ON t."memberId" = r.member_id
      LEFT JOIN LATERAL (
        SELECT * FROM "Notification" n
        WHERE n."memberId" = r.member_id AND n.id > r.after AND n."inApp" AND ${condition}
        ORDER BY n.id LIMIT ${limit}::int
      ) n ON true ${EVENT} ${EMAIL_OF_NOTIFICATION}
      WHERE n.id IS NOT NULL OR coalesce(t.generation, 0) <> r.generation
      ORDER BY n.id`,
  )
  return rows
}

function conditionsOf({ status, emailStatus, ...columns }: Filter): Prisma.Sql[] {
  const equal = Object.entries(columns).flatMap(([name, value]) =>
    value == null ? [] : [Prisma.sql`n.${Prisma.raw(`"${name}"`)} = ${value}`],
  )
  const byStatus = status == null ? [] : [WITH_STATUS[status]]
  const byEmailStatus = emailStatus == null ? [] : [hasEmailStatus(emailStatus)]
  return [...equal, ...byStatus, ...byEmailStatus]
}

const allOf = (conditions: Prisma.Sql[]) => Prisma.join([Prisma.sql`true`, ...conditions], ' AND ')
