import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { countMoved, WAS_PENDING } from './moved.ts'
import { countByHour } from './rates.ts'
import type { ReasonCode } from './reasons.ts'

/** `reason`: in the provider's words; `code`: for the member; `counts`: whether the attempt, which the claim has counted, stands. */
type Failure = {
  outcome: 'rejected' | 'failed' | 'unknown' | 'unavailable' | 'expired'
  reason: string
  code: ReasonCode
  address: string | null
  counts: boolean
}

export type Result = { id: number } & (
  | { status: 'SENT'; address: string; messageId: string | null }
  | ({ status: 'FAILED' } & Failure)
  | { status: 'IGNORED'; reason: ReasonCode }
  | ({ status: 'PENDING'; waitSeconds: number; mayHaveIt?: true } & Failure)
  /** It never reached the provider: it keeps its place, or waits until a time. `isPause`: the end of its member's pause. */
  | { status: 'PENDING'; outcome: 'untried'; sendAt?: Date; isPause?: boolean }
)

/** Whether the provider may have the email. */
export const wasTried = (result: Result): boolean => result.status === 'SENT' || ('counts' in result && result.counts)

/** What is counted for the operator. Nothing, where nothing was tried. */
function outcomeOf(result: Result): string | null {
  if (result.status === 'SENT') return 'sent'
  if (result.status === 'IGNORED') return 'ignored'
  return result.outcome === 'untried' ? null : result.outcome
}

const toRow = (result: Result) => ({
  id: result.id,
  status: result.status,
  outcome: outcomeOf(result),
  reason: 'reason' in result ? result.reason : null,
  messageId: 'messageId' in result ? result.messageId : null,
  address: 'address' in result ? result.address : null,
  code: 'code' in result ? result.code : null,
  waitSeconds: 'waitSeconds' in result ? result.waitSeconds : null,
  sendAt: ('sendAt' in result && result.sendAt) || null,
  isPause: ('isPause' in result && result.isPause) || false,
  uncounted: wasTried(result) ? 0 : 1,
  mayHaveIt: result.status === 'SENT' || outcomeOf(result) === 'unknown' || 'mayHaveIt' in result,
})

/** `until`: its end, as the database has it; `heldBy`: the providers that had some of the emails before it. */
export type Lease = { until: Date; heldBy: ReadonlyMap<number, string> }

/**
 * Records results. A hand-over is recorded whoever holds the lease by now; anything else only under the lease, so that
 * recording it again changes nothing, and no email of another process.
 * @param provider its name, for the counters
 */
export async function recordResults(pool: Pool, provider: string, results: Result[], lease: Lease): Promise<void> {
  const missed = await recordWaiting(pool, provider, results, lease)
  if (missed.size) {
    const late = results.filter(({ id }) => missed.has(id))
    await recordIn(pool, provider, late, lease, {
      // Cancelled or given up during its hand-over. Locked, so that its status is the latest.
      before: Prisma.sql`, before AS MATERIALIZED (
        SELECT id, status AS was FROM "Email" WHERE id = ANY (${[...missed]}::int[]) ORDER BY id FOR NO KEY UPDATE
      )`,
      from: Prisma.sql`JOIN before USING (id)`,
      which: Prisma.sql`was <> 'SENT'`,
      was: Prisma.sql`was`,
    })
  }
}

/** To lock all of them would write as much again. @returns the ids of hand-overs that it did not record */
const recordWaiting = (pool: Pool, provider: string, results: readonly Result[], lease: Lease) =>
  recordIn(pool, provider, results, lease, {
    before: Prisma.empty,
    from: Prisma.empty,
    which: Prisma.sql`e.status = 'PENDING' AND (r.status = 'SENT' OR e."leaseUntil" = ${lease.until})`,
    was: WAS_PENDING,
  })

async function recordIn(
  pool: Pool,
  provider: string,
  results: readonly Result[],
  lease: Lease,
  { before, from, which, was }: Record<'before' | 'from' | 'which' | 'was', Prisma.Sql>,
): Promise<ReadonlySet<number>> {
  const rows = results.map(toRow)
  const { rows: missed } = await query<{ id: number }>(
    pool,
    Prisma.sql`
    WITH result AS (
      SELECT * FROM unnest(
        ${rows.map(({ id }) => id)}::int[], ${rows.map(({ status }) => status)}::"NotificationEmailStatus"[],
        ${rows.map(({ outcome }) => outcome)}::text[], ${rows.map(({ reason }) => reason)}::text[],
        ${rows.map(({ messageId }) => messageId)}::text[], ${rows.map(({ address }) => address)}::text[],
        ${rows.map(({ waitSeconds }) => waitSeconds)}::float8[], ${rows.map(({ uncounted }) => uncounted)}::int[],
        ${rows.map(({ code }) => code)}::text[], ${rows.map(({ sendAt }) => sendAt)}::timestamptz[],
        ${rows.map(({ isPause }) => isPause)}::bool[], ${rows.map(({ mayHaveIt }) => mayHaveIt)}::bool[],
        ${rows.map(({ id }) => lease.heldBy.get(id) ?? null)}::text[]
      ) AS r (id, status, outcome, reason, message_id, address, wait, uncounted, code, send_at, is_pause, may_have_it, held_by)
    ),
    -- Locked: the member may be moving or ending the pause.
    pause AS MATERIALIZED (
      SELECT e.id, m."pauseEmailsUntil" AS until
      FROM result r JOIN "Email" e ON e.id = r.id JOIN "Member" m ON m.id = e."memberId"
      WHERE r.is_pause ORDER BY m.id FOR SHARE OF m
    )${before},
    email AS (
      UPDATE "Email" e SET
        status = r.status, reason = coalesce(r.reason, CASE r.status WHEN 'PENDING' THEN e.reason END),
        "failureCode" = coalesce(r.code, CASE r.status WHEN 'PENDING' THEN e."failureCode" END),
        "failingSince" = CASE
          WHEN r.status = 'FAILED' THEN NULL WHEN r.code IS NULL THEN e."failingSince"
          ELSE coalesce(e."failingSince", now()) END,
        provider = CASE WHEN r.may_have_it THEN e.provider ELSE r.held_by END,
        "messageId" = r.message_id, address = coalesce(r.address, e.address),
        attempts = e.attempts - r.uncounted, "leaseUntil" = NULL,
        "sendAt" = coalesce(now() + make_interval(secs => r.wait), CASE WHEN r.is_pause THEN pause.until ELSE r.send_at END,
          e."sendAt"),
        "sentAt" = CASE r.status WHEN 'SENT' THEN now() END, "updatedAt" = now()
      FROM result r ${from} LEFT JOIN pause ON pause.id = r.id
      WHERE e.id = r.id AND ${which}
      RETURNING e.id, e.status, r.outcome, ${was}
    ),
    counted AS (${addToCounters(Prisma.sql`
      SELECT 'emails_total', jsonb_build_object('provider', ${provider}::text, 'outcome', outcome), count(*)
      FROM email WHERE outcome IS NOT NULL GROUP BY outcome
    UNION ALL
      ${countMoved(Prisma.sql`email`)}
    UNION ALL ${countByHour(provider, 'sent', Prisma.sql`email`, Prisma.sql`outcome = 'sent'`)}`)})
    SELECT id FROM result WHERE status = 'SENT' AND id NOT IN (SELECT id FROM email)`,
  )
  return new Set(missed.map(({ id }) => id))
}
