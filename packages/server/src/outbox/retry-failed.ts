import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { countMoved } from './moved.ts'

export type RetryOptions = {
  /** The ids of emails; undefined: all. */
  ids?: readonly number[] | undefined
  /** Only this member's. */
  memberId?: number | undefined
  emailMaxAgeMs: number
  /** By type of email, for those whose content ends: after how many seconds. */
  lifetimesSeconds: ReadonlyMap<string, number>
}

/** How many emails are tried again, and how many failed ones stay as they are. */
export type Retried = {
  retried: number
  /** Of these: it is not known whether the provider has sent them before. */
  unknown: number
  /** Of these: the provider said that the address cannot receive emails. Only those asked for by id. */
  refused: number
  /** What they tell, or the link in them, is too old by now: they stay failed. */
  tooOld: number
  /** The provider said that the address cannot receive emails: without their ids, they stay failed. */
  leftOut: number
}

const BATCH = 1_000

/**
 * Makes failed emails due again, with all their attempts. What became of them so far stays until the next attempt ends.
 * Whether they may still be sent is decided when they are due, as for any other.
 */
export async function retryFailed(pool: Pool, options: RetryOptions): Promise<Retried> {
  const total: Retried = { retried: 0, unknown: 0, refused: 0, tooOld: 0, leftOut: 0 }
  for (let after: number | null = 0; after !== null; ) {
    const batch: Retried & { last: number | null } = await retryBatch(pool, options, after)
    for (const key of Object.keys(total) as (keyof Retried)[]) total[key] += batch[key]
    after = batch.last
  }
  return total
}

/** @param after the id of the last email that was looked at */
async function retryBatch(
  pool: Pool,
  { ids, memberId, emailMaxAgeMs, lifetimesSeconds }: RetryOptions,
  after: number,
): Promise<Retried & { last: number | null }> {
  const { rows } = await query<Retried & { last: number | null }>(
    pool,
    Prisma.sql`
    WITH failed AS MATERIALIZED (
      SELECT e.id, e."failureCode" AS code,
        -- News goes to the address that the member has by now.
        e."failureCode" = 'RECIPIENT_REFUSED' IS TRUE
          AND NOT (e.type IN ('notification', 'digest') AND lower(e.address) <> lower(m.email) IS TRUE) AS is_refused,
        CASE
          -- A digest was late on purpose: that counts from when it was due.
          WHEN e.type = 'digest' THEN e."sendAt" < oldest
          WHEN e.type = 'notification' THEN (
            SELECT max(ev."time") < oldest FROM "Notification" n JOIN "Event" ev ON ev.number = n."eventNumber"
            WHERE n."emailId" = e.id)
          ELSE e."createdAt" < now() - make_interval(secs => l.seconds)
        END IS TRUE AS too_old
      FROM "Email" e JOIN "Member" m ON m.id = e."memberId"
      LEFT JOIN unnest(${[...lifetimesSeconds.keys()]}::text[], ${[...lifetimesSeconds.values()]}::float8[])
        AS l (type, seconds) USING (type)
      CROSS JOIN LATERAL (SELECT now() - make_interval(secs => ${emailMaxAgeMs / 1000}::float8)) AS o (oldest)
      WHERE e.status = 'FAILED' AND e.id > ${after}::int
        AND (${ids ?? null}::int[] IS NULL OR e.id = ANY (${ids ?? null}::int[]))
        AND (${memberId ?? null}::int IS NULL OR e."memberId" = ${memberId ?? null}::int)
      ORDER BY e.id LIMIT ${BATCH}::int
      FOR UPDATE OF e
    ),
    retried AS (
      UPDATE "Email" e
      SET status = 'PENDING', attempts = 0, "sendAt" = now(), "failingSince" = NULL, "leaseUntil" = NULL,
        "updatedAt" = now()
      FROM failed f WHERE f.id = e.id AND NOT f.too_old AND NOT (f.is_refused AND ${ids === undefined}::bool)
      RETURNING f.code, f.is_refused, e.provider, e.status, 'FAILED'::"NotificationEmailStatus" AS was
    ),
    counted AS (${addToCounters(countMoved(Prisma.sql`retried`))})
    SELECT (SELECT max(id) FROM failed) AS last, count(*)::int AS retried,
      (count(*) FILTER (WHERE code = 'OUTCOME_UNKNOWN' OR provider IS NOT NULL))::int AS unknown,
      (count(*) FILTER (WHERE is_refused))::int AS refused,
      (SELECT count(*)::int FROM failed WHERE too_old) AS "tooOld",
      (SELECT count(*)::int FROM failed WHERE is_refused AND NOT too_old AND ${ids === undefined}::bool) AS "leftOut"
    FROM retried`,
  )
  const [batch] = rows
  if (!batch) throw new Error('The database gave no answer')
  return batch
}

/** An id that names no failed email of a selection. `status`: of its email; null: there is none, or it is another member's. */
export type NotFailed = { id: number; status: string | null }

/** @param memberId only this member's emails count */
export async function findNotFailed(
  pool: Pool,
  { ids, memberId }: { ids: readonly number[]; memberId: number | undefined },
): Promise<NotFailed[]> {
  const { rows } = await query<NotFailed>(
    pool,
    Prisma.sql`
    SELECT asked.id, e.status FROM unnest(${ids}::int[]) AS asked (id)
    LEFT JOIN "Email" e ON e.id = asked.id AND (${memberId ?? null}::int IS NULL OR e."memberId" = ${memberId ?? null}::int)
    WHERE e.status IS DISTINCT FROM 'FAILED' ORDER BY asked.id`,
  )
  return rows
}
