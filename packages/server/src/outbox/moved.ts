import { Prisma } from '../generated/prisma/client.ts'

/**
 * What `addToCounters` has to count when emails change their status: each counts once, under the status that it has now.
 * Those that wait are counted when somebody asks.
 * @param rows the relation that has a row for each email: status, and `was` before
 */
export const countMoved = (rows: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT 'outbox_emails', jsonb_build_object('status', moved.status), sum(moved.n)
  FROM (
    SELECT status, 1 AS n FROM ${rows} UNION ALL SELECT was, -1 FROM ${rows}
  ) moved
  WHERE moved.status <> 'PENDING' GROUP BY moved.status HAVING sum(moved.n) <> 0`

/** For a statement that changes only those that wait. */
export const WAS_PENDING = Prisma.sql`'PENDING'::"NotificationEmailStatus" AS was`
