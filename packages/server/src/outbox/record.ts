import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
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
  const rows = results.map(toRow)
  await query(
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
    ),
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
      FROM result r LEFT JOIN pause ON pause.id = r.id
      WHERE e.id = r.id AND CASE r.status WHEN 'SENT' THEN e.status <> 'SENT'
        ELSE e.status = 'PENDING' AND e."leaseUntil" = ${lease.until} END
      RETURNING e.status, r.outcome
    )
    ${addToCounters(Prisma.sql`
      SELECT 'emails_total', jsonb_build_object('provider', ${provider}::text, 'outcome', outcome), count(*)
      FROM email WHERE outcome IS NOT NULL GROUP BY outcome
    UNION ALL
      SELECT 'outbox_emails', jsonb_build_object('status', status), count(*)
      FROM email WHERE status <> 'PENDING' GROUP BY status
    UNION ALL ${countByHour(provider, 'sent', Prisma.sql`email`, Prisma.sql`outcome = 'sent'`)}`)}`,
  )
}
