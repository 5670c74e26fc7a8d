import type { Pool } from '../db/client.ts'
import { isKind, type KindName, type SwitchName } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { ofLastDays, replay, runReplay } from './replay.ts'

export type Switches = { kind: SwitchName; inApp: boolean; byEmail: boolean }

/** How many a member would have got: of all kinds of notification, in the app, and by email. */
type Amount = { notifications: number; inApp: number; emails: number }
export type Preview = Amount & {
  byKind: (Amount & { kind: KindName })[]
  /** Of the oldest event that was counted; null if there is none. */
  since: Date | null
  /** That cannot be counted: they named too many members to be stored. */
  eventsLeftOut: number
}

type Row = Amount & { kind: string | null; since: Date | null; leftOut: number }

/**
 * What a member would have got in the last days with these settings and their present ones for the other kinds. Only
 * events whose rules are stored count, the newest MOST_EVENTS at most.
 * @param days at least 1; WHY_DAYS at most makes sense
 */
export async function previewSettings(
  pool: Pool,
  memberId: number,
  changes: readonly Switches[],
  days: number,
): Promise<Preview> {
  const parts = Prisma.sql`
    -- Memberships with the same address get one email about a fact.
    person AS MATERIALIZED (
      SELECT m.id, m.email IS NOT NULL AND m."receiveEmails" AS is_mailed FROM "Member" m
      WHERE m.id = ${memberId}::int
        OR lower(m.email) COLLATE "C" = (SELECT lower(email) COLLATE "C" FROM "Member" WHERE id = ${memberId}::int)
    ),
    change AS (
      SELECT ${memberId}::int AS "memberId", kind, NULL::text AS "entityId", in_app AS "shouldNotify",
        by_email AS "shouldNotifyByEmail"
      FROM unnest(
        ${changes.map(({ kind }) => kind)}::text[], ${changes.map(({ inApp }) => inApp)}::bool[],
        ${changes.map(({ byEmail }) => byEmail)}::bool[]
      ) AS c (kind, in_app, by_email)
    ),
    setting AS MATERIALIZED (
      SELECT s."memberId", s.kind, s."entityId", s."shouldNotify", s."shouldNotifyByEmail"
      FROM "Subscription" s JOIN person p ON p.id = s."memberId"
      WHERE NOT (p.id = ${memberId}::int AND s."entityId" IS NULL AND s.kind IN (SELECT kind FROM change))
    UNION ALL
      SELECT * FROM change
    ),`
  const people = { members: Prisma.sql`person`, settings: Prisma.sql`setting` }
  const rows = await runReplay<Row>(
    pool,
    memberId,
    Prisma.sql`
    ${replay(ofLastDays(days), parts, people)},
    emailed AS (
      SELECT DISTINCT ON (c.fact) c.fact, c.member_id FROM chosen c JOIN person p ON p.id = c.member_id
      WHERE c.by_email AND p.is_mailed AND c.fact NOT IN (SELECT fact FROM excluded)
      ORDER BY c.fact, c.rank DESC, c.idx, c.priority, c.member_id
    )
    SELECT c.kind, count(*)::int AS notifications, count(*) FILTER (WHERE c.in_app)::int AS "inApp",
      count(e.fact)::int AS emails, NULL AS since, 0 AS "leftOut"
    FROM chosen c LEFT JOIN emailed e ON e.fact = c.fact AND e.member_id = c.member_id
    WHERE c.member_id = ${memberId}::int
    GROUP BY c.kind
  UNION ALL
    SELECT NULL, 0, 0, 0, min("time"), count(*) FILTER (WHERE is_counted)::int FROM event`,
  )
  const byKind = rows.flatMap(({ kind, notifications, inApp, emails }) =>
    kind !== null && isKind(kind) ? [{ kind, notifications, inApp, emails }] : [],
  )
  const total = (column: keyof Amount) => byKind.reduce((sum, row) => sum + row[column], 0)
  const { since = null, leftOut: eventsLeftOut = 0 } = rows.find(({ kind }) => kind === null) ?? {}
  return {
    notifications: total('notifications'),
    inApp: total('inApp'),
    emails: total('emails'),
    byKind,
    since,
    eventsLeftOut,
  }
}
