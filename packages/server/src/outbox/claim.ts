import { z } from 'zod'
import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** An email that this process alone may send, until its lease ends. */
export type ClaimedEmail = z.output<typeof claimedEmail>

const claimedEmail = z.object({
  id: z.int(),
  memberId: z.int(),
  type: z.string(),
  address: z.string().nullable(),
  /** This one included. */
  attempts: z.int(),
  /** The same for all that are claimed at once. */
  leaseUntil: z.date(),
  createdAt: z.date(),
})

type Claim = {
  types: readonly string[]
  limit: number
  leaseSeconds: number
  concurrency: number
}

/**
 * Takes due emails for this process alone. Emails that another process is claiming are skipped; those that a process
 * claimed and never finished are due again when its lease has ended. Time is the database's, so that notifiers on
 * several machines agree on it.
 *
 * A claim counts as an attempt, though a process that dies has not begun most of what it claimed. So orphans are claimed
 * a few at a time, and come first in the list: an email that is counted a second time was begun.
 */
export async function claimDue(
  pool: Pool,
  { types, limit, leaseSeconds, concurrency }: Claim,
): Promise<ClaimedEmail[]> {
  const { rows } = await query<unknown>(
    pool,
    Prisma.sql`
    WITH ripe AS (
      SELECT id, "leaseUntil" IS NOT NULL AS orphaned FROM "Email"
      WHERE status = 'PENDING' AND "sendAt" <= now() AND ("leaseUntil" IS NULL OR "leaseUntil" < now())
        AND type = ANY (${types}::text[])
      ORDER BY "sendAt" LIMIT ${limit}::int
      FOR UPDATE SKIP LOCKED
    ),
    due AS (
      SELECT id, orphaned
      FROM (SELECT *, count(*) FILTER (WHERE orphaned) OVER (ORDER BY id) AS orphans FROM ripe) ripe
      WHERE NOT orphaned OR orphans <= ${concurrency}::int
    ),
    claimed AS (
      UPDATE "Email" e SET
        "leaseUntil" = now() + make_interval(secs => ${leaseSeconds}::float8), attempts = attempts + 1, "updatedAt" = now()
      FROM due WHERE e.id = due.id
      RETURNING e.id, e."memberId", e.type, e.address, e.attempts, e."leaseUntil", e."createdAt", orphaned
    )
    SELECT * FROM claimed ORDER BY orphaned DESC, id`,
  )
  return z.array(claimedEmail).parse(rows)
}
