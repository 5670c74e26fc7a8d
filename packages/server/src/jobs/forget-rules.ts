import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Job } from './job.ts'

const BATCH = 1_000

/** After WHY_DAYS, events that concern nobody go, and the others lose what explains whom they concern. */
export const forgetRules: Job = {
  name: 'forget rules of events',
  intervalSeconds: 3_600,
  runBatch: async ({ pool, config }) => (await forgetBefore(pool, config.whyDays)) === BATCH,
}

/** @returns how many events were handled, BATCH at most */
async function forgetBefore(pool: Pool, days: number): Promise<number> {
  const { rows } = await query<{ count: number }>(
    pool,
    // An event that the notifier withdraws at this moment is skipped, so neither waits for the other.
    Prisma.sql`
    WITH old AS MATERIALIZED (
      SELECT number, EXISTS (SELECT FROM "Notification" n WHERE n."eventNumber" = e.number) AS is_told FROM "Event" e
      WHERE rules IS NOT NULL AND "time" < now() - make_interval(days => ${days}::int)
      ORDER BY "time" LIMIT ${BATCH}::int
      FOR UPDATE SKIP LOCKED
    ),
    deleted AS (DELETE FROM "Event" e USING old WHERE e.number = old.number AND NOT is_told),
    forgotten AS (
      UPDATE "Event" e SET rules = NULL, "actorId" = NULL, "updatedAt" = now()
      FROM old WHERE e.number = old.number AND is_told
    )
    SELECT count(*)::int AS count FROM old`,
  )
  return rows[0]?.count ?? 0
}
