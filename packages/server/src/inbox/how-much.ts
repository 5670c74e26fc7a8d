import type { Pool } from '../db/client.ts'
import { type GeneralKindName, generalKinds } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { ofLastDays, replay, runReplay } from './replay.ts'

const DAYS = 30

/**
 * How many notifications each general kind would have brought a member if it were on, and all others as they are. What a
 * more important kind brings already does not count.
 * @param days of the past
 * @returns a number for every general kind
 */
export async function howMuch(pool: Pool, memberId: number, days = DAYS): Promise<Record<GeneralKindName, number>> {
  const kinds = Object.entries(generalKinds)
  const parts = Prisma.sql`
    general AS MATERIALIZED (
      SELECT k.kind, coalesce(s."shouldNotify" OR s."shouldNotifyByEmail", k.default_on) AS is_on
      FROM unnest(
        ${kinds.map(([kind]) => kind)}::text[], ${kinds.map(([, { defaultOn }]) => defaultOn)}::bool[]
      ) AS k (kind, default_on)
      LEFT JOIN "Subscription" s ON s."memberId" = ${memberId}::int AND s.kind = k.kind AND s."entityId" IS NULL
    ),
    person AS MATERIALIZED (SELECT id FROM "Member" WHERE id = ${memberId}::int),
    setting AS MATERIALIZED (
      SELECT "memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail" FROM "Subscription"
      WHERE "memberId" = ${memberId}::int AND "entityId" IS NOT NULL
    UNION ALL
      SELECT ${memberId}::int, kind, NULL, true, true FROM general
    ),`
  const people = { members: Prisma.sql`person`, settings: Prisma.sql`setting` }
  const rows = await runReplay<{ kind: GeneralKindName; count: number }>(
    pool,
    memberId,
    Prisma.sql`
    ${replay(ofLastDays(days), parts, people)},
    placed AS (
      SELECT e.fact, e.kind, e.of_entity OR g.is_on AS is_on,
        row_number() OVER (PARTITION BY e.fact ORDER BY e.rank DESC, e.idx, e.priority) AS place
      FROM entitled e LEFT JOIN general g USING (kind)
    ),
    -- A kind brings what no reason before it brings already.
    bringing AS (
      SELECT fact, kind, place, min(place) FILTER (WHERE is_on) OVER (PARTITION BY fact) AS first_on FROM placed
    )
    SELECT kind, count(DISTINCT fact)::int AS count FROM bringing JOIN general USING (kind)
    WHERE first_on IS NULL OR place <= first_on
    GROUP BY kind`,
  )
  const counts = new Map(rows.map(({ kind, count }) => [kind, count]))
  return Object.fromEntries(kinds.map(([kind]) => [kind, counts.get(kind as GeneralKindName) ?? 0])) as Record<
    GeneralKindName,
    number
  >
}
