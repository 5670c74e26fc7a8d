import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** Emails of one provider in the last 24 hours. `reported`: of which it has reported anything. */
export type Day = { provider: string; sent: number; reported: number; bounced: number; complained: number }

/** Of fewer emails, one complaint is no rate. */
const FEWEST_FOR_RATE = 100
/** Counts by hour are kept so long. */
const KEPT_DAYS = 2

const hour = (time: Prisma.Sql) => Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24')`

/** What `addToCounters` has to count, for the rates. @param rows the relation that has a row for each email */
export const countByHour = (
  provider: string,
  what: keyof Day,
  rows: Prisma.Sql,
  which: Prisma.Sql,
): Prisma.Sql => Prisma.sql`
  SELECT 'emails_by_hour',
    jsonb_build_object('hour', ${hour(Prisma.sql`now()`)}, 'provider', ${provider}::text, 'what', ${what}::text), count(*)
  FROM ${rows} WHERE ${which} HAVING count(*) > 0`

/** @param providers their names */
export async function readDay(pool: Pool, providers: readonly string[]): Promise<Day[]> {
  if (!providers.length) return []
  const { rows } = await query<{ provider: string; what: string; count: number }>(
    pool,
    Prisma.sql`
    SELECT labels->>'provider' AS provider, labels->>'what' AS what, sum(value)::float8 AS count
    FROM "Counter"
    WHERE name = 'emails_by_hour' AND labels->>'hour' > ${hour(Prisma.sql`(now() - interval '1 day')`)}
    GROUP BY 1, 2`,
  )
  const counts = new Map(rows.map(({ provider, what, count }) => [`${provider} ${what}`, count]))
  return providers.map((provider) => {
    const of = (what: keyof Day) => counts.get(`${provider} ${what}`) ?? 0
    const [sent, reported, bounced, complained] = [of('sent'), of('reported'), of('bounced'), of('complained')]
    return { provider, sent, reported, bounced, complained }
  })
}

/** Which parts of the emails bounced and were complained of; nothing when there were too few. */
export const ratesOf = ({ sent, bounced, complained }: Day): { bounces: number; complaints: number } | undefined =>
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
