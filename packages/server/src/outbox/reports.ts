import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { comparable, mailboxOf } from '../lib/email-address.ts'
import { readEmailKey } from './email-key.ts'
import { countMoved } from './moved.ts'
import { countByHour } from './rates.ts'
import { addToSuppressions, type SuppressionReason } from './suppression.ts'

/** What a provider reports of an email, the weakest first: a later report replaces a weaker one, and an equal one. */
const RANKS = { accepted: 0, deferred: 1, delivered: 2, bounced: 3, dropped: 3, complained: 4 }

export type Report = {
  /** Its key, or our Message-ID. */
  keys: readonly string[]
  /** "accepted": it has the email, and says nothing of it yet. */
  what: keyof typeof RANKS
  atMs: number
  /** In its words. */
  reason: string | null
  /** Where it sent the email. */
  address: string | undefined
  /** What the address did. "soft": it may accept the next email. */
  addressFault: SuppressionReason | 'soft' | undefined
  /** The provider's id of the message. */
  messageId: string | undefined
}

type Known = { id: number; createdAt: Date; address: string | null }
/** `concerns`: its reports that say something of its address. */
type Noted = Known & { report: Report; concerns: Report[] }

/**
 * Records what a provider reports, in two statements, however many reports there are. They may come late, twice and in
 * any order; those of emails that this database does not have are skipped. One whose outcome was unknown is sent: it is
 * not sent again.
 * @param provider its name, for the counters
 * @returns those of known emails
 */
export async function recordReports(
  pool: Pool,
  provider: string,
  reports: readonly Report[],
): Promise<ReadonlySet<Report>> {
  const keyed = reports.flatMap((report) => {
    const key = report.keys.map(readEmailKey).find(Boolean)
    return key ? { report, name: `${key.id}.${key.createdAtMs}`, ...key } : []
  })
  const recorded = new Set<Report>()
  if (!keyed.length) return recorded
  const known = new Map(
    (await findEmails(pool, keyed)).map((email) => [`${email.id}.${email.createdAt.getTime()}`, email]),
  )
  const noted = new Map<number, Noted>()
  for (const { report, name } of keyed) {
    const email = known.get(name)
    if (!email || isOfAnother(email, report)) continue
    recorded.add(report)
    const before = noted.get(email.id)
    // One email can be reported thousands of times: the list is not copied.
    const concerns = before?.concerns ?? []
    if (report.addressFault) concerns.push(report)
    noted.set(email.id, { ...email, concerns, report: before ? stronger(before.report, report) : report })
  }
  if (noted.size) await record(pool, provider, [...noted.values()])
  return recorded
}

async function findEmails(pool: Pool, keys: readonly { id: number; createdAtMs: number }[]): Promise<Known[]> {
  const { rows } = await query<Known>(
    pool,
    Prisma.sql`
    SELECT DISTINCT e.id, e."createdAt", e.address
    FROM unnest(
      ${keys.map(({ id }) => id)}::int[], ${keys.map(({ createdAtMs }) => new Date(createdAtMs))}::timestamptz[]
    ) AS key (id, created_at)
    JOIN "Email" e ON e.id = key.id AND e."createdAt" = key.created_at`,
  )
  return rows
}

/** An attempt before can have gone to the address that the member had then. */
const isOfAnother = (email: Known, report: Report) =>
  email.address !== null && report.address !== undefined && comparable(email.address) !== comparable(report.address)

/** Of several reports of one email, the strongest counts, the last one of equals. */
const stronger = (before: Report, report: Report): Report =>
  (RANKS[report.what] - RANKS[before.what] || report.atMs - before.atMs) >= 0 ? report : before

async function record(pool: Pool, provider: string, noted: readonly Noted[]): Promise<void> {
  const column = <T>(read: (email: Noted) => T) => noted.map(read)
  const addressOf = ({ address, report }: Noted) => address ?? report.address ?? null
  const concerns = noted.flatMap(({ id, concerns }) => concerns.map((report) => ({ id, ...report })))
  await query(
    pool,
    Prisma.sql`
    WITH report AS (
      SELECT * FROM unnest(
        ${column(({ id }) => id)}::int[], ${column(({ report }) => report.what)}::text[],
        ${column(({ report }) => RANKS[report.what])}::int[],
        ${column(({ report }) => new Date(report.atMs))}::timestamptz[],
        ${column(({ report }) => report.reason)}::text[], ${column(({ report }) => report.messageId ?? null)}::text[],
        ${column(addressOf)}::text[], ${column((email) => comparable(addressOf(email) ?? ''))}::text[],
        ${column((email) => mailboxOf(addressOf(email) ?? ''))}::text[]
      ) AS r (id, what, rank, at, reason, message_id, address, comparable, mailbox)
    ),
    fault AS (
      SELECT * FROM unnest(
        ${concerns.map(({ id }) => id)}::int[],
        ${concerns.map(({ addressFault }) => (addressFault === 'soft' ? null : addressFault))}::text[],
        ${concerns.map(({ atMs }) => new Date(atMs))}::timestamptz[]
      ) AS f (id, reason, at)
    ),
    held AS MATERIALIZED (
      SELECT id, status, attempts, provider, "createdAt", "reportedAt", ${rankOf(Prisma.sql`reported`)} AS rank
      FROM "Email" WHERE id = ANY (${column(({ id }) => id)}::int[])
      -- Another process may record reports of the same emails.
      ORDER BY id FOR NO KEY UPDATE
    ),
    judged AS MATERIALIZED (
      SELECT r.*, h."createdAt" AS email_created_at, h.rank AS rank_before, h.status AS was, h.status <> 'SENT' AS is_proof,
        least(r.at, now()) AS happened_at,
        r.rank > 0 AND (r.rank, least(r.at, now())) > (h.rank, coalesce(h."reportedAt", '-infinity')) AS counts
      FROM report r JOIN held h USING (id)
      -- What was never handed over cannot have been accepted.
      WHERE h.status = 'SENT' OR h.attempts > 0 OR h.provider IS NOT NULL
    ),
    email AS (
      UPDATE "Email" e SET
        reported = CASE WHEN counts THEN what ELSE e.reported END,
        "reportedAt" = CASE WHEN counts THEN happened_at ELSE e."reportedAt" END,
        "reportedReason" = CASE WHEN counts THEN j.reason ELSE e."reportedReason" END,
        status = 'SENT', "sentAt" = CASE WHEN is_proof THEN greatest(happened_at, e."createdAt") ELSE e."sentAt" END,
        reason = CASE WHEN NOT is_proof THEN e.reason END,
        "failureCode" = CASE WHEN NOT is_proof THEN e."failureCode" END,
        "failingSince" = CASE WHEN NOT is_proof THEN e."failingSince" END,
        "leaseUntil" = CASE WHEN NOT is_proof THEN e."leaseUntil" END,
        provider = coalesce(e.provider, ${provider}::text),
        "messageId" = coalesce(e."messageId", j.message_id), address = coalesce(e.address, j.address),
        "updatedAt" = now()
      FROM judged j WHERE e.id = j.id AND (counts OR is_proof)
      RETURNING e.status, was, what, is_proof, counts AND j.rank > rank_before AS is_new, counts AND rank_before = 0 AS is_first
    ),
    concern AS (
      -- An email counts once, however often it bounces.
      SELECT DISTINCT ON (j.id, f.reason) j.comparable AS address, j.mailbox, j.email_created_at, f.reason,
        greatest(least(f.at, now()), j.email_created_at) AS at
      FROM judged j JOIN fault f USING (id)
      WHERE j.comparable <> '' AND (f.reason IS NOT NULL OR j.rank_before < ${RANKS.bounced}::int)
      ORDER BY j.id, f.reason, f.at DESC
    ),
    suppressed AS (${addToSuppressions(Prisma.sql`concern`)})
    ${addToCounters(Prisma.sql`
      SELECT 'email_reports_total', jsonb_build_object('provider', ${provider}::text, 'report', what), count(*)
      FROM email WHERE is_new GROUP BY what
    UNION ALL
      SELECT 'emails_total', jsonb_build_object('provider', ${provider}::text, 'outcome', 'sent'), count(*)
      FROM email WHERE is_proof HAVING count(*) > 0
    UNION ALL
      ${countMoved(Prisma.sql`email`)}
    UNION ALL ${countByHour(provider, 'sent', Prisma.sql`email`, Prisma.sql`is_proof`)}
    UNION ALL ${countByHour(provider, 'reported', Prisma.sql`email`, Prisma.sql`is_first`)}
    UNION ALL ${countByHour(provider, 'bounced', Prisma.sql`email`, Prisma.sql`is_new AND what = 'bounced'`)}
    UNION ALL ${countByHour(provider, 'complained', Prisma.sql`email`, Prisma.sql`is_new AND what = 'complained'`)}`)}`,
  )
}

const rankOf = (reported: Prisma.Sql) => Prisma.sql`
  CASE ${reported} ${Prisma.join(
    Object.entries(RANKS).map(([name, rank]) => Prisma.sql`WHEN ${name}::text THEN ${rank}::int`),
    ' ',
  )} ELSE 0 END`
