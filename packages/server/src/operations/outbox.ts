import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { type EmailFacts, readEmailFacts } from '../outbox/email-facts.ts'
import { type ProviderPause, readPauses } from '../outbox/pauses.ts'

/** The outbox at a glance. */
export type Outbox = {
  /** PENDING ones by type. `later`: not due yet; `failing`: of all, those that failed before. */
  waiting: { type: string; due: number; later: number; beingSent: number; failing: number }[]
  /** The one that has been due for longest. */
  oldestDue: { id: number; type: string; sendAt: Date } | null
  /** Digests that more news may join, and when the next one is due. */
  digests: { count: number; nextAt: Date | null }
  /** Of the last 24 hours. */
  lastDay: { type: string; sent: number; failed: number; ignored: number }[]
  /** FAILED ones of the last 24 hours by reason, most frequent first, each with the newest as an example. */
  failures: { reason: string; count: number; example: { id: number; memberId: number; says: string | null } }[]
  /** FAILED ones of any age. */
  failed: number
  /** Providers that are left alone. */
  pauses: ProviderPause[]
}

const MOST_REASONS = 10
/** @throws what the database answers */
export async function readOutbox(pool: Pool): Promise<Outbox> {
  const [waiting, oldestDue, digests, lastDay, failures, failed, pauses] = await Promise.all([
    query<Outbox['waiting'][number]>(
      pool,
      Prisma.sql`
      SELECT type, (count(*) FILTER (WHERE is_due AND NOT is_leased))::int AS due,
        (count(*) FILTER (WHERE NOT is_due AND NOT is_leased))::int AS later,
        (count(*) FILTER (WHERE is_leased))::int AS "beingSent", count("failingSince")::int AS failing
      FROM (
        SELECT *, "sendAt" <= now() AS is_due, coalesce("leaseUntil" > now(), false) AS is_leased
        FROM "Email" WHERE status = 'PENDING'
      ) e GROUP BY type ORDER BY type`,
    ),
    query<NonNullable<Outbox['oldestDue']>>(
      pool,
      Prisma.sql`
      SELECT id, type, "sendAt" FROM "Email" WHERE status = 'PENDING' AND "sendAt" <= now() ORDER BY "sendAt" LIMIT 1`,
    ),
    query<Outbox['digests']>(
      pool,
      Prisma.sql`
      SELECT count(*)::int AS count, min("sendAt") AS "nextAt" FROM "Email" WHERE status = 'PENDING' AND collects`,
    ),
    query<Outbox['lastDay'][number]>(
      pool,
      Prisma.sql`
      SELECT type, (count(*) FILTER (WHERE status = 'SENT'))::int AS sent,
        (count(*) FILTER (WHERE status = 'FAILED'))::int AS failed,
        (count(*) FILTER (WHERE status = 'IGNORED'))::int AS ignored
      FROM "Email"
      -- A report changes an email that was sent before.
      WHERE status <> 'PENDING' AND "updatedAt" > now() - interval '1 day'
        AND (status <> 'SENT' OR "sentAt" > now() - interval '1 day')
      GROUP BY type ORDER BY type`,
    ),
    query<Outbox['failures'][number]>(
      pool,
      Prisma.sql`
      SELECT coalesce("failureCode", 'LAST_ATTEMPT_FAILED') AS reason, count(*)::int AS count,
        (array_agg(json_build_object('id', id, 'memberId', "memberId", 'says', reason)
          ORDER BY "updatedAt" DESC, id DESC))[1] AS example
      FROM "Email" WHERE status = 'FAILED' AND "updatedAt" > now() - interval '1 day'
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MOST_REASONS}::int`,
    ),
    query<{ failed: number }>(pool, Prisma.sql`SELECT count(*)::int AS failed FROM "Email" WHERE status = 'FAILED'`),
    readPauses(pool),
  ])
  return {
    waiting: waiting.rows,
    oldestDue: oldestDue.rows[0] ?? null,
    digests: digests.rows[0] ?? { count: 0, nextAt: null },
    lastDay: lastDay.rows,
    failures: failures.rows,
    failed: failed.rows[0]?.failed ?? 0,
    pauses,
  }
}

export type ListedEmail = EmailFacts & { name: string }

const MOST_LISTED = 100

/**
 * The newest emails of a selection, MOST_LISTED at most, and how many there are in all.
 * @param memberId only this member's
 */
export async function listEmails(
  pool: Pool,
  { onlyFailed, memberId }: { onlyFailed: boolean; memberId?: number | undefined },
): Promise<{ emails: ListedEmail[]; total: number }> {
  const which = Prisma.sql`
    ${onlyFailed ? Prisma.sql`e.status = 'FAILED'` : Prisma.sql`true`}
    AND ${memberId === undefined ? Prisma.sql`true` : Prisma.sql`e."memberId" = ${memberId}::int`}`
  // When it failed; when it was written otherwise.
  const newest = onlyFailed ? Prisma.sql`e."updatedAt" DESC, e.id DESC` : Prisma.sql`e.id DESC`
  const { rows } = await query<{ email: unknown; name: string }>(
    pool,
    Prisma.sql`
    SELECT to_jsonb(e) AS email, m.name FROM "Email" e JOIN "Member" m ON m.id = e."memberId"
    WHERE ${which} ORDER BY ${newest} LIMIT ${MOST_LISTED}::int`,
  )
  const { rows: counts } = await query<{ total: number }>(
    pool,
    Prisma.sql`SELECT count(*)::int AS total FROM "Email" e WHERE ${which}`,
  )
  return { emails: rows.map(({ email, name }) => ({ ...readEmailFacts(email), name })), total: counts[0]?.total ?? 0 }
}
