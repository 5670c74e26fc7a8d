import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** `isEstimated`: its end is a block, whose time can only be guessed. `path`: its page in Pioneer. */
export type DeadlineAhead = { title: string; path: string; endsAt: Date; isEstimated: boolean }

export const MOST_DEADLINES = 100

/** What ends some time ahead, the soonest first. */
export async function readDeadlines(pool: Pool): Promise<DeadlineAhead[]> {
  const { rows } = await query<DeadlineAhead>(
    pool,
    Prisma.sql`
    SELECT title, path, "endsAt", "endsAtBlock" IS NOT NULL AS "isEstimated" FROM "Deadline"
    WHERE "goneAt" IS NULL AND "endsAt" > now() ORDER BY "endsAt", id LIMIT ${MOST_DEADLINES}::int`,
  )
  return rows
}
