import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { ReasonCode } from './reasons.ts'

export type Result = { id: number } & (
  | { status: 'SENT'; address: string; messageId: string | null }
  | { status: 'FAILED'; outcome: 'rejected' | 'failed'; address: string | null; reason: string }
  /** Its notifiers died during every attempt. */
  | { status: 'FAILED'; outcome: 'unknown'; reason: string }
  | { status: 'IGNORED'; reason: ReasonCode }
  /** The attempt counts, and there is another one. */
  | { status: 'PENDING'; outcome: 'failed'; address: string | null; reason: string; waitSeconds: number }
  /** Nobody's fault: the attempt does not count. */
  | { status: 'PENDING'; outcome: 'unavailable'; reason: string; waitSeconds: number }
  /** It never reached the provider. */
  | { status: 'PENDING'; outcome: 'untried'; reason: string | null; waitSeconds: number }
)

/** Whether the provider had the email: only then does the attempt, which the claim has counted, stand. */
export const wasTried = (result: Result): boolean =>
  result.status === 'SENT' || ('outcome' in result && (result.outcome === 'failed' || result.outcome === 'rejected'))

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
  waitSeconds: 'waitSeconds' in result ? result.waitSeconds : 0,
  uncounted: wasTried(result) ? 0 : 1,
})

/**
 * Records results. A hand-over is recorded whoever holds the lease by now; anything else only under the lease, so that
 * recording it again changes nothing, and no email of another process.
 * @param provider its name, for the counters
 */
export async function recordResults(pool: Pool, provider: string, results: Result[], leaseUntil: Date): Promise<void> {
  const rows = results.map(toRow)
  await query(
    pool,
    Prisma.sql`
    WITH result AS (
      SELECT * FROM unnest(
        ${rows.map(({ id }) => id)}::int[], ${rows.map(({ status }) => status)}::"NotificationEmailStatus"[],
        ${rows.map(({ outcome }) => outcome)}::text[], ${rows.map(({ reason }) => reason)}::text[],
        ${rows.map(({ messageId }) => messageId)}::text[], ${rows.map(({ address }) => address)}::text[],
        ${rows.map(({ waitSeconds }) => waitSeconds)}::float8[], ${rows.map(({ uncounted }) => uncounted)}::int[]
      ) AS r (id, status, outcome, reason, message_id, address, wait, uncounted)
    ),
    email AS (
      UPDATE "Email" e SET
        status = r.status, reason = coalesce(r.reason, CASE r.status WHEN 'PENDING' THEN e.reason END),
        "messageId" = r.message_id, address = coalesce(r.address, e.address),
        attempts = e.attempts - r.uncounted, "leaseUntil" = NULL,
        "sendAt" = CASE r.status WHEN 'PENDING' THEN now() + make_interval(secs => r.wait) ELSE e."sendAt" END,
        "sentAt" = CASE r.status WHEN 'SENT' THEN now() END, "updatedAt" = now()
      FROM result r
      WHERE e.id = r.id AND CASE r.status WHEN 'SENT' THEN e.status <> 'SENT'
        ELSE e.status = 'PENDING' AND e."leaseUntil" = ${leaseUntil} END
      RETURNING e.status, r.outcome
    )
    ${addToCounters(Prisma.sql`
      SELECT 'emails_total', jsonb_build_object('provider', ${provider}::text, 'outcome', outcome), count(*)
      FROM email WHERE outcome IS NOT NULL GROUP BY outcome
    UNION ALL
      SELECT 'outbox_emails', jsonb_build_object('status', status), count(*)
      FROM email WHERE status <> 'PENDING' GROUP BY status`)}`,
  )
}
