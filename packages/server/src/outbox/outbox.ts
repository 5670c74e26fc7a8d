import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import type { Outcome } from '../emails/providers/provider.ts'
import type { EventData } from '../events/define.ts'
import type { KindName } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** An email that this process alone may send, until its lease ends. */
export type ClaimedEmail = {
  id: number
  memberId: number
  memberName: string
  /** Where it goes by now: what the member has confirmed, or for a verification what waits to be confirmed. */
  address: string | null
  receiveEmails: boolean
  /** This one included. */
  attempts: number
  /** The same for all that are claimed at once. */
  leaseUntil: Date
  createdAt: Date
} & (
  | { type: 'notification'; kind: KindName; eventType: string; eventTime: Date; data: EventData }
  /** Its member, event or notification was deleted. */
  | { type: 'notification'; eventType: null }
  | { type: 'verification'; addressThen: string }
)

export type Result = {
  id: number
  status: 'SENT' | 'FAILED' | 'IGNORED' | 'PENDING'
  /** What is counted: what the provider made of it, or why it was not asked. None: nothing was tried. */
  outcome?: Outcome['result'] | 'ignored' | 'unknown'
  /** Why it was not, or not yet, sent. */
  reason?: string
  /** The provider's id of the message. */
  messageId?: string | null
  address?: string | null
  /** Of one that stays pending: seconds until it is due again. */
  wait?: number
  /** It never reached the provider: the attempt does not count. */
  uncounted?: boolean
}

/**
 * Takes emails that are due, for this process alone. What another process is claiming is skipped, not waited for, and
 * what a process claimed and never finished is due again when its lease has ended.
 *
 * Time is the database's, so that notifiers on several machines agree on it.
 *
 * A claim counts as an attempt, though a process that dies has not begun most of what it claimed. So orphans, as they
 * are then, are claimed a few at a time, and first in the list: what is counted a second time was begun.
 *
 * @param leaseSeconds how long they are this process's
 * @param atOnce how many are begun at the same time
 */
export async function claimDue(
  pool: Pool,
  limit: number,
  leaseSeconds: number,
  atOnce: number,
): Promise<ClaimedEmail[]> {
  const { rows } = await query<ClaimedEmail>(
    pool,
    Prisma.sql`
    WITH ripe AS (
      SELECT id, "leaseUntil" IS NOT NULL AS orphaned FROM "Email"
      WHERE status = 'PENDING' AND "sendAt" <= now() AND ("leaseUntil" IS NULL OR "leaseUntil" < now())
      ORDER BY "sendAt", id LIMIT ${limit}::int
      FOR UPDATE SKIP LOCKED
    ),
    due AS (
      SELECT id, orphaned
      FROM (SELECT *, count(*) FILTER (WHERE orphaned) OVER (ORDER BY id) AS orphans FROM ripe) ripe
      WHERE NOT orphaned OR orphans <= ${atOnce}::int
    ),
    claimed AS (
      UPDATE "Email" SET
        "leaseUntil" = now() + make_interval(secs => ${leaseSeconds}::float8), attempts = attempts + 1, "updatedAt" = now()
      FROM due WHERE "Email".id = due.id
      RETURNING "Email".id, "memberId", type, "Email".address, attempts, "leaseUntil", "Email"."createdAt", orphaned
    )
    SELECT c.id, c."memberId", c.type, c.address AS "addressThen", c.attempts, c."leaseUntil", c."createdAt", m.name AS "memberName",
      CASE c.type WHEN 'verification' THEN m."unverifiedEmail" ELSE m.email END AS address, m."receiveEmails", n.kind,
      e.type AS "eventType", e."time" AS "eventTime", e.data
    FROM claimed c
    JOIN "Member" m ON m.id = c."memberId"
    LEFT JOIN "Notification" n ON n."emailId" = c.id
    LEFT JOIN "Event" e ON e.id = n."eventId" AND e.type = n."eventType"
    ORDER BY c.orphaned DESC, c.id`,
  )
  return rows
}

/**
 * Records what became of emails; their notifications follow. A hand-over is recorded whoever holds the lease by now;
 * anything else only under the lease, so that saying it again changes nothing and no other process's email.
 */
export async function recordResults(pool: Pool, provider: string, results: Result[], leaseUntil: Date): Promise<void> {
  await query(
    pool,
    Prisma.sql`
    WITH result AS (
      SELECT * FROM unnest(
        ${results.map(({ id }) => id)}::int[], ${results.map(({ status }) => status)}::text[],
        ${results.map(({ reason }) => reason ?? null)}::text[], ${results.map(({ messageId }) => messageId ?? null)}::text[],
        ${results.map(({ address }) => address ?? null)}::text[], ${results.map(({ wait }) => wait ?? 0)}::float8[],
        ${results.map(({ uncounted }) => (uncounted ? 1 : 0))}::int[], ${results.map(({ outcome }) => outcome ?? null)}::text[]
      ) AS r (id, status, reason, message_id, address, wait, uncounted, outcome)
    ),
    email AS (
      UPDATE "Email" e SET
        status = r.status::"NotificationEmailStatus", reason = coalesce(r.reason, CASE r.status WHEN 'PENDING' THEN e.reason END), "messageId" = r.message_id,
        address = coalesce(r.address, e.address), attempts = e.attempts - r.uncounted, "leaseUntil" = NULL,
        "sendAt" = CASE r.status WHEN 'PENDING' THEN now() + make_interval(secs => r.wait) ELSE e."sendAt" END,
        "sentAt" = CASE r.status WHEN 'SENT' THEN now() END, "updatedAt" = now()
      FROM result r
      WHERE e.id = r.id AND CASE r.status WHEN 'SENT' THEN e.status <> 'SENT'
        ELSE e.status = 'PENDING' AND e."leaseUntil" = ${leaseUntil} END
      RETURNING e.id, e.status, e.reason, e.attempts, r.outcome
    ),
    counted AS (${addToCounters(Prisma.sql`
      SELECT 'emails_total', jsonb_build_object('provider', ${provider}::text, 'outcome', outcome), count(*)
      FROM email WHERE outcome IS NOT NULL GROUP BY outcome
    UNION ALL
      SELECT 'outbox_emails', jsonb_build_object('status', status), count(*)
      FROM email WHERE status <> 'PENDING' GROUP BY status`)}
    )
    UPDATE "Notification" n SET
      "emailStatus" = email.status, "emailStatusReason" = email.reason, "updatedAt" = now(),
      "retryCount" = email.attempts - CASE email.status WHEN 'SENT' THEN 1 ELSE 0 END
    FROM email WHERE n."emailId" = email.id`,
  )
}
