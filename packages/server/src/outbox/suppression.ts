import { type Pool, query, type Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { comparable, mailboxOf } from '../lib/email-address.ts'

/** Why nothing is sent to an address, the strongest reason first. */
export const suppressionReasons = {
  COMPLAINED: 'an email was marked as spam',
  UNSUBSCRIBED: 'the address was unsubscribed at our email provider',
  BOUNCED: 'an email was returned: the address does not exist, or receives none',
  BOUNCED_REPEATEDLY: 'several emails were returned',
} as const

export type SuppressionReason = keyof typeof suppressionReasons

export type Suppression = { reason: SuppressionReason; since: Date }

const STRENGTH = Prisma.sql`${Object.keys(suppressionReasons)}::text[]`
/** A soft bounce is one point, and half a point a week later. */
const HALF_LIFE_SECONDS = 7 * 24 * 60 * 60
/** Five within a day or two: they have lost a little by the fifth. */
const SUPPRESSED_FROM = 4.5

/** A score is less than a thousandth then. */
const FORGOTTEN_AFTER_DAYS = 90

/** A score that was right at one time, at a later time. Its smallest fraction is far from what PostgreSQL rejects. */
const decayed = (score: Prisma.Sql, at: Prisma.Sql, later: Prisma.Sql) => Prisma.sql`
  (${score}) * 0.5::float8 ^ least(extract(epoch FROM (${later}) - (${at}))::float8 / ${HALF_LIFE_SECONDS}::int, 100)`

const strongest = (...reasons: Prisma.Sql[]) => Prisma.sql`
  (SELECT r FROM unnest(${STRENGTH}) WITH ORDINALITY AS o (r, n) WHERE r IN (${Prisma.join(reasons)}) ORDER BY n LIMIT 1)`

const ifTooHigh = (score: Prisma.Sql) =>
  Prisma.sql`CASE WHEN ${score} >= ${SUPPRESSED_FROM}::float8 THEN 'BOUNCED_REPEATEDLY' END`

/**
 * Counts bounces and complaints against their addresses, as a part of a larger statement. Their order does not matter.
 * @param concerns the relation that has a row for each of them: address, mailbox, email_created_at, reason (null: a soft
 *   bounce), at
 */
export function addToSuppressions(concerns: Prisma.Sql): Prisma.Sql {
  const points = decayed(Prisma.sql`1`, Prisma.sql`at`, Prisma.sql`latest`)
  const later = Prisma.sql`greatest(s."scoredAt", excluded."scoredAt")`
  const score = Prisma.sql`(
    coalesce(${decayed(Prisma.sql`s.score`, Prisma.sql`s."scoredAt"`, later)}, 0)
    + ${decayed(Prisma.sql`excluded.score`, Prisma.sql`excluded."scoredAt"`, later)})`
  // Another version, or an operator, may know other reasons.
  const reason = Prisma.sql`coalesce(
    ${strongest(Prisma.sql`s.reason`, Prisma.sql`excluded.reason`, ifTooHigh(score))}, s.reason)`
  return Prisma.sql`
    INSERT INTO "Suppression" AS s (address, mailbox, reason, since, score, "scoredAt")
    SELECT address, mailbox, reason, CASE WHEN reason IS NOT NULL THEN coalesce(since, latest) END, score, latest
    FROM (
      SELECT address, mailbox, coalesce(hardest, ${ifTooHigh(Prisma.sql`score`)}) AS reason, since, score, latest
      FROM (
        SELECT address, min(mailbox) AS mailbox, max(latest) AS latest,
          (array_agg(reason ORDER BY array_position(${STRENGTH}, reason)))[1] AS hardest,
          min(at) FILTER (WHERE reason IS NOT NULL) AS since,
          coalesce(sum(${points}) FILTER (WHERE reason IS NULL), 0) AS score
        FROM (
          SELECT c.*, max(at) OVER (PARTITION BY c.address) AS latest
          FROM ${concerns} c LEFT JOIN "Suppression" known ON known.address = c.address
          -- What happened before its owner confirmed the address again no longer counts.
          WHERE known."liftedAt" IS NULL OR c.at > known."liftedAt" OR c.email_created_at > known."liftedAt"
        ) counting
        GROUP BY address
      ) by_address
    ) judged
    ORDER BY address
    ON CONFLICT (address) DO UPDATE SET
      reason = ${reason}, since = CASE WHEN ${reason} IS NOT NULL THEN coalesce(s.since, excluded.since, ${later}) END,
      score = ${score}, "scoredAt" = ${later}, "updatedAt" = now()`
}

type Outgoing = { id: number; to: string; isConfirmation: boolean }

/**
 * Finds the emails that may not be sent to their address, in one query. A confirmation may: one a day to a mailbox.
 * @returns by the email's id, when it may be sent; null: not at all
 */
export async function heldBack(pool: Pool, emails: readonly Outgoing[]): Promise<Map<number, Date | null>> {
  if (!emails.length) return new Map()
  const { rows } = await query<{ id: number; notBefore: Date | null }>(
    pool,
    Prisma.sql`
    SELECT o.id, next.at AS "notBefore"
    FROM unnest(
      ${emails.map(({ id }) => id)}::int[], ${emails.map(({ to }) => comparable(to))}::text[],
      ${emails.map(({ to, isConfirmation }) => (isConfirmation ? mailboxOf(to) : null))}::text[]
    ) AS o (id, address, mailbox)
    JOIN "Suppression" s ON s.address = o.address AND s.reason IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT max(coalesce(e."sentAt", e."updatedAt")) + interval '1 day' AS at FROM "Email" e
      WHERE e.mailbox = o.mailbox AND e.type = 'verification' AND e.attempts > 0
        -- Of those in hand, the first is sent.
        AND (e."leaseUntil" IS NULL AND e.id <> o.id OR e.id < o.id)
    ) next ON o.mailbox IS NOT NULL
    WHERE o.mailbox IS NULL OR next.at > now()`,
  )
  return new Map(rows.map(({ id, notBefore }) => [id, notBefore]))
}

/**
 * Lets emails through to an address again that its owner has confirmed, by a link from after the bounce or complaint.
 * Such a link does it once.
 * @param issuedAtMs when the link was made
 */
export async function lift(transaction: Transaction, address: string, issuedAtMs: number): Promise<void> {
  const issuedAt = new Date(issuedAtMs)
  await transaction.query(Prisma.sql`
    UPDATE "Suppression" SET reason = NULL, since = NULL, score = 0, "scoredAt" = NULL, "liftedAt" = clock_timestamp(),
      "updatedAt" = now()
    WHERE address = ${comparable(address)} AND (since IS NULL OR since <= ${issuedAt}) AND ("scoredAt" IS NULL OR "scoredAt" <= ${issuedAt})
      AND ("liftedAt" IS NULL OR "liftedAt" <= ${issuedAt})`)
}

/** @returns why nothing is sent to an address; nothing when something is */
export async function suppressionOf(transaction: Transaction, address: string): Promise<Suppression | undefined> {
  const { rows } = await transaction.query<{ reason: string; since: Date }>(Prisma.sql`
    SELECT reason, coalesce(since, "createdAt") AS since FROM "Suppression"
    WHERE address = ${comparable(address)} AND reason IS NOT NULL`)
  const [row] = rows
  return row && { reason: isReason(row.reason) ? row.reason : 'BOUNCED', since: row.since }
}

const isReason = (text: string): text is SuppressionReason => Object.hasOwn(suppressionReasons, text)

/** Deletes what no longer keeps anything from being sent, and soon would not count. @returns how many, `limit` at most */
export async function forgetSuppressions(pool: Pool, limit: number): Promise<number> {
  const { rowCount } = await query(
    pool,
    Prisma.sql`
    DELETE FROM "Suppression" WHERE address IN (
      SELECT address FROM "Suppression"
      WHERE reason IS NULL AND "updatedAt" < now() - make_interval(days => ${FORGOTTEN_AFTER_DAYS}::int) LIMIT ${limit}::int)`,
  )
  return rowCount
}
