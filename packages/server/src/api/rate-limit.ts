import type { Database } from '../db/client.ts'
import { apiError } from './errors.ts'
import { noteRefusal } from './request-log.ts'

/** Seconds. */
const WINDOW = 600

/**
 * Counts an attempt, in the database, so that it counts whichever process it reaches.
 *
 * @param limit what is limited
 * @param who whose attempts are counted
 * @param most attempts in ten minutes
 * @throws RATE_LIMITED when there were more
 */
export async function limitRate(db: Database, limit: string, who: string | number, most: number): Promise<void> {
  const key = `${limit} ${who}`
  const [row] = await db.$queryRaw<{ count: number; wait: number }[]>`
    INSERT INTO "RateLimit" AS r (key, count) VALUES (${key}, 1)
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN r.since < now() - make_interval(secs => ${WINDOW}::int) THEN 1 ELSE r.count + 1 END,
      since = CASE WHEN r.since < now() - make_interval(secs => ${WINDOW}::int) THEN now() ELSE r.since END,
      "updatedAt" = now()
    RETURNING count, ceil(extract(epoch FROM since + make_interval(secs => ${WINDOW}::int) - now()))::int AS wait`
  if (row && row.count > most) {
    throw rateLimited(limit, `Too many attempts: try again in ${Math.ceil(row.wait / 60)} minutes.`)
  }
}

/** The error for whoever comes too often. @param limit the same for everyone: it is logged, and counted for the operator */
export function rateLimited(limit: string, message: string) {
  noteRefusal(limit)
  return apiError('RATE_LIMITED', message)
}

/** Forgets counts that are over, so that the table stays small. */
export async function forgetOldLimits(db: Database): Promise<void> {
  await db.$executeRaw`DELETE FROM "RateLimit" WHERE since < now() - make_interval(secs => ${WINDOW}::int)`
}
