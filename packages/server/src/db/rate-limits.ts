import { Prisma } from '../generated/prisma/client.ts'
import { type Pool, query } from './client.ts'

const WINDOW_SECONDS = 600

const isOver = Prisma.sql`since < now() - make_interval(secs => ${WINDOW_SECONDS}::int)`

/**
 * Counts an attempt, whichever process it reaches.
 * @returns how many there were in the last ten minutes, and when they are forgotten
 */
export async function countAttempt(pool: Pool, key: string): Promise<{ count: number; waitSeconds: number }> {
  const { rows } = await query<{ count: number; waitSeconds: number }>(
    pool,
    Prisma.sql`
    INSERT INTO "RateLimit" (key, count) VALUES (${key}, 1)
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN "RateLimit".${isOver} THEN 1 ELSE "RateLimit".count + 1 END,
      since = CASE WHEN "RateLimit".${isOver} THEN now() ELSE "RateLimit".since END,
      "updatedAt" = now()
    RETURNING count,
      ceil(extract(epoch FROM since + make_interval(secs => ${WINDOW_SECONDS}::int) - now()))::int AS "waitSeconds"`,
  )
  const [row] = rows
  if (!row) throw new Error('The database gave no answer')
  return row
}

/** Takes back an attempt that was counted. */
export async function forgiveAttempt(pool: Pool, key: string): Promise<void> {
  await query(
    pool,
    Prisma.sql`UPDATE "RateLimit" SET count = count - 1, "updatedAt" = now() WHERE key = ${key} AND count > 0`,
  )
}

/** Deletes expired counts. @param limit at most this many; @returns how many were deleted */
export async function forgetAttempts(pool: Pool, limit: number): Promise<number> {
  const { rowCount } = await query(
    pool,
    Prisma.sql`
    DELETE FROM "RateLimit" WHERE key IN (SELECT key FROM "RateLimit" WHERE ${isOver} LIMIT ${limit}::int)`,
  )
  return rowCount
}
