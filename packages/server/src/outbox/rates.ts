import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** What is counted of emails. `reported`: of which the provider has reported anything. */
type Counts = { sent: number; reported: number; bounced: number; complained: number }

/** Emails of one provider in the last WINDOW_DAYS, and of these the last 24 hours. */
export type Week = Counts & { provider: string; lastDay: Counts }

/** Most complaints come within days of their email. */
export const WINDOW_DAYS = 7
/** Of fewer emails, one bounce is no rate. */
export const FEWEST_FOR_RATE = 100
/** Counts by hour are kept so long. */
const KEPT_DAYS = WINDOW_DAYS + 1

const hour = (time: Prisma.Sql) => Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24')`

/** What `addToCounters` has to count, for the rates. @param rows the relation that has a row for each email */
export const countByHour = (
  provider: string,
  what: keyof Counts,
  rows: Prisma.Sql,
  which: Prisma.Sql,
): Prisma.Sql => Prisma.sql`
  SELECT 'emails_by_hour',
    jsonb_build_object('hour', ${hour(Prisma.sql`now()`)}, 'provider', ${provider}::text, 'what', ${what}::text), count(*)
  FROM ${rows} WHERE ${which} HAVING count(*) > 0`

/** @param providers their names */
export async function readWeek(pool: Pool, providers: readonly string[]): Promise<Week[]> {
  if (!providers.length) return []
  const { rows } = await query<{ provider: string; what: string; count: number; lastDay: number }>(
    pool,
    Prisma.sql`
    SELECT labels->>'provider' AS provider, labels->>'what' AS what, sum(value)::float8 AS count,
      coalesce(sum(value) FILTER (WHERE labels->>'hour' > ${hour(Prisma.sql`(now() - interval '1 day')`)}), 0)::float8
        AS "lastDay"
    FROM "Counter"
    WHERE name = 'emails_by_hour'
      AND labels->>'hour' > ${hour(Prisma.sql`(now() - make_interval(days => ${WINDOW_DAYS}::int))`)}
    GROUP BY 1, 2`,
  )
  return providers.map((provider) => {
    const counts = (column: 'count' | 'lastDay'): Counts => {
      const of = (what: keyof Counts) =>
        rows.find((row) => row.provider === provider && row.what === what)?.[column] ?? 0
      return { sent: of('sent'), reported: of('reported'), bounced: of('bounced'), complained: of('complained') }
    }
    return { provider, ...counts('count'), lastDay: counts('lastDay') }
  })
}

/** Which parts of the emails bounced and were complained of; nothing when there were too few. */
export const ratesOf = ({ sent, bounced, complained }: Counts): { bounces: number; complaints: number } | undefined =>
  sent < FEWEST_FOR_RATE ? undefined : { bounces: bounced / sent, complaints: complained / sent }

/** Deletes counts that no rate needs. @returns how many, `limit` at most */
export async function forgetHours(pool: Pool, limit: number): Promise<number> {
  const { rowCount } = await query(
    pool,
    Prisma.sql`
    DELETE FROM "Counter" WHERE (name, labels) IN (
      SELECT name, labels FROM "Counter"
      WHERE name = 'emails_by_hour' AND labels->>'hour' < ${hour(Prisma.sql`(now() - make_interval(days => ${KEPT_DAYS}::int))`)}
      LIMIT ${limit}::int)`,
  )
  return rowCount
}
