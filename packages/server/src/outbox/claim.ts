import { z } from 'zod'
import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { keepRecord, WAS_NOT_BEGUN } from './begun.ts'
import { type Pause, secondsUntil } from './pause.ts'

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
  ageSeconds: z.number(),
  /** Whether it failed before, by whosever fault. */
  hasFailed: z.boolean(),
  /** The provider that may have it from an earlier attempt. */
  heldBy: z.string().nullable(),
})

type Claim = {
  provider: string
  /** The other providers in use. */
  others: readonly string[]
  /** Emails that no provider may have by now, too. */
  takesNew: boolean
  /** How long after its lease an email that may have been handed over waits for a report, in seconds. Otherwise 0. */
  reportSeconds: number
  types: readonly string[]
  limit: number
  leaseSeconds: number
  concurrency: number
  /** The id of the only email to claim. */
  only?: number | undefined
}

type Row = { id: number | null; pauseReason: string | null; pauseSeconds: number | null }

const isDue = ({ provider, others, takesNew, reportSeconds, types, only }: Claim) => Prisma.sql`
  status = 'PENDING' AND "sendAt" <= now()
  AND ("leaseUntil" IS NULL OR "leaseUntil" < now() - make_interval(secs => ${reportSeconds}::float8)
    OR "leaseUntil" < now() AND ${WAS_NOT_BEGUN})
  -- One that another provider may have stays with it.
  AND ${
    takesNew
      ? Prisma.sql`(provider IS NULL OR provider <> ALL (${others}::text[]))`
      : Prisma.sql`provider = ${provider}`
  }
  AND type = ANY (${types}::text[]) ${only === undefined ? Prisma.empty : Prisma.sql`AND id = ${only}`}`

const leaseEnd = ({ leaseSeconds }: Claim) => Prisma.sql`now() + make_interval(secs => ${leaseSeconds}::float8)`

/**
 * Takes due emails for this process alone, unless sending is paused. Emails that another process is claiming are
 * skipped; those that a process claimed and never finished are due again when its lease has ended. Time is the
 * database's, so that notifiers on several machines agree on it.
 *
 * A claim counts as an attempt, though a process that dies has not begun most of what it claimed. So orphans are claimed
 * a few at a time, and come first in the list: an email that is counted a second time was begun. Each time it is others,
 * so that one notifier after the other can die, and none is given up that was not begun. Where a record says that an
 * email was not begun, its last attempt was none, and it is like any other.
 */
export const claimDue = (pool: Pool, claim: Claim) =>
  claimWith(pool, claim, {
    permission: Prisma.sql`
      SELECT WHERE NOT EXISTS (SELECT FROM "SendingPause" WHERE provider = ${claim.provider})`,
    first: Prisma.sql`"sendAt"`,
    order: Prisma.sql`id`,
  })

/**
 * The same at the end of a pause, for one process of all: until its lease ends, the others take the pause as prolonged.
 * Emails that have not failed come first, then those whose turn was longest ago.
 */
export const claimProbes = (pool: Pool, claim: Claim) =>
  claimWith(pool, claim, {
    permission: Prisma.sql`
      UPDATE "SendingPause" SET until = ${leaseEnd(claim)}, "updatedAt" = now()
      WHERE provider = ${claim.provider} AND until <= now() AND EXISTS (SELECT FROM "Email" e WHERE ${isDue(claim)})
      RETURNING 1`,
    first: Prisma.sql`"failingSince" IS NOT NULL, "sendAt"`,
    order: Prisma.sql`"hasFailed", "sendAt", id`,
  })

async function claimWith(
  pool: Pool,
  claim: Claim,
  { permission, first, order }: Record<'permission' | 'first' | 'order', Prisma.Sql>,
): Promise<{ emails: ClaimedEmail[]; pause: Pause | undefined }> {
  const { rows } = await query<Row>(
    pool,
    Prisma.sql`
    WITH permission AS (${permission}),
    ripe AS (
      SELECT id, attempts, provider AS held_by, "leaseUntil" IS NOT NULL AS left_behind,
        "leaseUntil" IS NOT NULL AND NOT ${WAS_NOT_BEGUN} AS orphaned
      FROM "Email" e
      WHERE EXISTS (SELECT FROM permission) AND ${isDue(claim)}
      ORDER BY ${first} LIMIT ${claim.limit}::int
      FOR UPDATE SKIP LOCKED
    ),
    due AS (
      SELECT id, held_by, orphaned, left_behind AND NOT orphaned AS is_counted
      FROM (SELECT *, count(*) FILTER (WHERE orphaned) OVER (ORDER BY attempts, id) AS orphans FROM ripe) ripe
      WHERE NOT orphaned OR orphans <= ${claim.concurrency}::int
    ),
    claimed AS (
      UPDATE "Email" e SET "leaseUntil" = ${leaseEnd(claim)},
        attempts = attempts + CASE WHEN is_counted THEN 0 ELSE 1 END, collects = false,
        provider = ${claim.provider}, "updatedAt" = now()
      FROM due WHERE e.id = due.id
      RETURNING e.id, e."memberId", e.type, e.address, e.attempts, e."leaseUntil", e."createdAt", orphaned,
        extract(epoch FROM now() - e."createdAt")::float8 AS "ageSeconds", e."failingSince" IS NOT NULL AS "hasFailed",
        e."sendAt", held_by AS "heldBy"
    )
    ${claim.reportSeconds ? Prisma.sql`, record AS (${keepRecord(Prisma.sql`claimed`)})` : Prisma.empty}
    SELECT claimed.*, pause.reason AS "pauseReason", ${secondsUntil('pause.until')} AS "pauseSeconds"
    FROM (SELECT) AS always
    LEFT JOIN "SendingPause" pause ON provider = ${claim.provider}
    LEFT JOIN claimed ON true
    ORDER BY orphaned DESC, ${order}`,
  )
  const { pauseReason: reason, pauseSeconds: secondsLeft } = rows[0] ?? {}
  const pause = reason == null || secondsLeft == null ? undefined : { reason, secondsLeft }
  return { emails: z.array(claimedEmail).parse(rows.filter(({ id }) => id !== null)), pause }
}
