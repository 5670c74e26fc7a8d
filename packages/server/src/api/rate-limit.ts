import type { Database } from '../db.ts'
import { apiError } from './errors.ts'

/** Seconds. */
const WINDOW = 600

/**
 * Counts an attempt, in the database, so that it counts whichever process it reaches.
 *
 * @param key what is counted
 * @param most attempts in ten minutes
 * @throws RATE_LIMITED when there were more
 */
export async function limitRate(db: Database, key: string, most: number): Promise<void> {
  const [row] = await db.$queryRaw<{ count: number; wait: number }[]>`
    INSERT INTO "RateLimit" AS r (key, count) VALUES (${key}, 1)
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN r.since < now() - make_interval(secs => ${WINDOW}::int) THEN 1 ELSE r.count + 1 END,
      since = CASE WHEN r.since < now() - make_interval(secs => ${WINDOW}::int) THEN now() ELSE r.since END,
      "updatedAt" = now()
    RETURNING count, ceil(extract(epoch FROM since + make_interval(secs => ${WINDOW}::int) - now()))::int AS wait`
  if (row && row.count > most) {
    throw apiError('RATE_LIMITED', `Too many attempts: try again in ${Math.ceil(row.wait / 60)} minutes.`)
  }
}

/** Forgets counts that are over, so that the table stays small. */
export async function forgetOldLimits(db: Database): Promise<void> {
  await db.$executeRaw`DELETE FROM "RateLimit" WHERE since < now() - make_interval(secs => ${WINDOW}::int)`
}
