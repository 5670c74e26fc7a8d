import { type Pool, query } from '../db/client.ts'
import { type NotificationEmailStatus, Prisma, type Notification as Row } from '../generated/prisma/client.ts'
import { EMAIL_OF_NOTIFICATION, hasEmailStatus, OUTCOME_COLUMNS } from '../outbox/outcome.ts'

type Column = 'id' | 'kind' | 'eventId' | 'entityId' | 'isRead' | 'isArchived' | 'createdAt'

/** A notification, its email's outcome, and the source of its words: null where the replaced backend recorded it. */
export type Entry = Pick<Row, Column> & {
  /** Null also without the outcome. */
  emailStatus: NotificationEmailStatus | null
  emailStatusReason: string | null
  type: string | null
  data: Prisma.JsonValue
}

/** Null and undefined do not filter. */
export type Filter = {
  [Name in 'id' | 'kind' | 'eventId' | 'entityId' | 'isRead']?: Row[Name] | null | undefined
} & { status?: keyof typeof WITH_STATUS | null | undefined; emailStatus?: NotificationEmailStatus | null | undefined }

/** A range of ids, exclusive, how many to read, and whether to read what became of their emails. */
export type Page = { below?: number; above?: number; oldestFirst?: boolean; limit: number; withOutcome: boolean }

const WITH_STATUS = {
  UNREAD: Prisma.sql`NOT n."isRead" AND NOT n."isArchived"`,
  READ: Prisma.sql`n."isRead" AND NOT n."isArchived"`,
  ARCHIVED: Prisma.sql`n."isArchived"`,
}

const COLUMNS = Prisma.sql`
  n.id, n.kind, n."eventId", n."entityId", n."isRead", n."isArchived", n."createdAt", e.type, e.data`
const EVENT = Prisma.sql`LEFT JOIN "Event" e ON e.number = n."eventNumber"`
const NO_OUTCOME = Prisma.sql`NULL AS "emailStatus", NULL AS "emailStatusReason"`

/**
 * Reads a member's notifications in the app.
 *
 * In one statement: Prisma takes two, reads every column of both tables, and takes most of the request's time
 * (docs/decisions/0006).
 */
export async function readInbox(pool: Pool, memberId: number, filter: Filter, page: Page): Promise<Entry[]> {
  const { below, above, oldestFirst, limit, withOutcome } = page
  const conditions = [
    ...conditionsOf(filter),
    ...(below === undefined ? [] : [Prisma.sql`n.id < ${below}`]),
    ...(above === undefined ? [] : [Prisma.sql`n.id > ${above}`]),
  ]
  // The subquery hides the member from the planner. For a member who owns most of the table it would scan the table in
  // order of ids, through the notifications of everyone else.
  const { rows } = await query<Entry>(
    pool,
    Prisma.sql`
      SELECT ${COLUMNS}, ${withOutcome ? OUTCOME_COLUMNS : NO_OUTCOME}
      FROM (
        SELECT n.* FROM "Notification" n
        WHERE n."memberId" = (SELECT ${memberId}::int) AND n."inApp" AND ${Prisma.join(conditions, ' AND ')}
        ORDER BY n.id ${oldestFirst ? Prisma.sql`ASC` : Prisma.sql`DESC`}
        LIMIT ${limit}::int
      ) n ${EVENT} ${withOutcome ? EMAIL_OF_NOTIFICATION : Prisma.empty}
      ORDER BY n.id ${oldestFirst ? Prisma.sql`ASC` : Prisma.sql`DESC`}`,
  )
  return rows
}

export async function countInbox(pool: Pool, memberId: number, filter: Filter): Promise<number> {
  const { rows } = await query<{ count: number }>(
    pool,
    Prisma.sql`
      SELECT count(*)::int AS count FROM "Notification" n
      WHERE n."memberId" = ${memberId} AND n."inApp" AND ${Prisma.join(conditionsOf(filter), ' AND ')}`,
  )
  return rows[0]?.count ?? 0
}

/** Reads each reader's next notifications, oldest first. @param limit per reader */
export async function readOn(pool: Pool, readers: readonly { memberId: number; after: number }[], limit: number) {
  const { rows } = await query<Entry & { reader: number }>(
    pool,
    Prisma.sql`
      SELECT r.reader::int - 1 AS reader, ${COLUMNS}, ${OUTCOME_COLUMNS}
      FROM unnest(${readers.map(({ memberId }) => memberId)}::int[], ${readers.map(({ after }) => after)}::int[])
        WITH ORDINALITY AS r (member_id, after, reader)
      CROSS JOIN LATERAL (
        SELECT * FROM "Notification" n
        WHERE n."memberId" = r.member_id AND n.id > r.after AND n."inApp"
        ORDER BY n.id LIMIT ${limit}::int
      ) n ${EVENT} ${EMAIL_OF_NOTIFICATION}
      ORDER BY n.id`,
  )
  const byReader = Map.groupBy(rows, ({ reader }) => reader)
  return readers.map((_, reader): Entry[] => byReader.get(reader) ?? [])
}

function conditionsOf({ status, emailStatus, ...columns }: Filter): Prisma.Sql[] {
  const equal = Object.entries(columns).flatMap(([name, value]) =>
    value == null ? [] : [Prisma.sql`n.${Prisma.raw(`"${name}"`)} = ${value}`],
  )
  const byStatus = status == null ? [] : [WITH_STATUS[status]]
  const byEmailStatus = emailStatus == null ? [] : [hasEmailStatus(emailStatus)]
  return [Prisma.sql`true`, ...equal, ...byStatus, ...byEmailStatus]
}
