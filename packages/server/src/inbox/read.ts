import { type Pool, query } from '../db/client.ts'
import { type NotificationEmailStatus, Prisma, type Notification as Row } from '../generated/prisma/client.ts'
import { EMAIL_OF_NOTIFICATION, hasEmailStatus, OUTCOME_COLUMNS } from '../outbox/outcome.ts'

type Column = 'id' | 'kind' | 'eventId' | 'entityId' | 'isRead' | 'isArchived' | 'createdAt'

/** A notification, its email's outcome, and the source of its words: null where the replaced backend recorded it. */
export type Entry = Pick<Row, Column> & {
  emailStatus: NotificationEmailStatus
  emailStatusReason: string | null
  type: string | null
  data: Prisma.JsonValue
}

/** What a notification shall be like; null and undefined ask for nothing. */
export type Filter = {
  [Name in 'id' | 'kind' | 'eventId' | 'entityId' | 'isRead']?: Row[Name] | null | undefined
} & { status?: keyof typeof WITH_STATUS | null | undefined; emailStatus?: NotificationEmailStatus | null | undefined }

/** A place in the inbox, between two ids, and how many to read from it. */
export type Page = { below?: number; above?: number; oldestFirst?: boolean; limit: number }

const WITH_STATUS = {
  UNREAD: Prisma.sql`NOT n."isRead" AND NOT n."isArchived"`,
  READ: Prisma.sql`n."isRead" AND NOT n."isArchived"`,
  ARCHIVED: Prisma.sql`n."isArchived"`,
}

/** What an entry is made of. */
const COLUMNS = Prisma.sql`
  n.id, n.kind, n."eventId", n."entityId", n."isRead", n."isArchived", n."createdAt", e.type, e.data, ${OUTCOME_COLUMNS}`
const JOINED = Prisma.sql`LEFT JOIN "Event" e ON e.number = n."eventNumber" ${EMAIL_OF_NOTIFICATION}`

/**
 * What a member was told in the app.
 *
 * One statement that reads what a page shows: Prisma takes two, every column of both tables, and most of the request's
 * time (docs/decisions/0006).
 */
export async function readInbox(pool: Pool, memberId: number, filter: Filter, page: Page): Promise<Entry[]> {
  const { below, above, oldestFirst, limit } = page
  const conditions = [
    ...conditionsOf(filter),
    ...(below === undefined ? [] : [Prisma.sql`n.id < ${below}`]),
    ...(above === undefined ? [] : [Prisma.sql`n.id > ${above}`]),
  ]
  // The member stands in a subquery so that the planner does not know them: of one who owns most of the table it
  // expects to meet the next notification soon, and walks through those of everybody else.
  const { rows } = await query<Entry>(
    pool,
    Prisma.sql`
      SELECT ${COLUMNS}
      FROM (
        SELECT n.* FROM "Notification" n
        WHERE n."memberId" = (SELECT ${memberId}::int) AND n."inApp" AND ${Prisma.join(conditions, ' AND ')}
        ORDER BY n.id ${oldestFirst ? Prisma.sql`ASC` : Prisma.sql`DESC`}
        LIMIT ${limit}::int
      ) n ${JOINED}
      ORDER BY n.id ${oldestFirst ? Prisma.sql`ASC` : Prisma.sql`DESC`}`,
  )
  return rows
}

/** How many notifications a member has in the app. */
export async function countInbox(pool: Pool, memberId: number, filter: Filter): Promise<number> {
  const { rows } = await query<{ count: number }>(
    pool,
    Prisma.sql`
      SELECT count(*)::int AS count FROM "Notification" n
      WHERE n."memberId" = ${memberId} AND n."inApp" AND ${Prisma.join(conditionsOf(filter), ' AND ')}`,
  )
  return rows[0]?.count ?? 0
}

/**
 * For each of many readers, the next notifications after the last one that they saw, oldest first.
 *
 * @param limit how many for each
 */
export async function readOn(pool: Pool, readers: readonly { memberId: number; after: number }[], limit: number) {
  const { rows } = await query<Entry & { reader: number }>(
    pool,
    Prisma.sql`
      SELECT r.reader::int - 1 AS reader, ${COLUMNS}
      FROM unnest(${readers.map(({ memberId }) => memberId)}::int[], ${readers.map(({ after }) => after)}::int[])
        WITH ORDINALITY AS r (member_id, after, reader)
      CROSS JOIN LATERAL (
        SELECT * FROM "Notification" n
        WHERE n."memberId" = r.member_id AND n.id > r.after AND n."inApp"
        ORDER BY n.id LIMIT ${limit}::int
      ) n ${JOINED}
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
