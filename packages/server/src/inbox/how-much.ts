import type { Pool } from '../db/client.ts'
import { generalSwitches, type SwitchName } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { ofLastDays, replay, runReplay } from './replay.ts'

const DAYS = 30

/**
 * How many notifications each general kind would have brought a member if it were on, and all others as they are; and
 * how many NOTIFY_ALL, of the kinds that only it switches on. What a more important kind brings already does not count.
 * @param days of the past
 */
export async function howMuch(pool: Pool, memberId: number, days = DAYS): Promise<Record<SwitchName, number>> {
  const kinds = Object.entries(generalSwitches)
  const parts = Prisma.sql`
    general AS MATERIALIZED (
      SELECT k.kind, coalesce(s."shouldNotify" OR s."shouldNotifyByEmail", k.default_on OR coalesce(a.is_on, false)) AS is_on,
        s.id IS NULL AND NOT k.default_on AS is_of_all
      FROM unnest(
        ${kinds.map(([kind]) => kind)}::text[], ${kinds.map(([, { defaultOn }]) => defaultOn)}::bool[]
      ) AS k (kind, default_on)
      LEFT JOIN "Subscription" s ON s."memberId" = ${memberId}::int AND s.kind = k.kind AND s."entityId" IS NULL
      LEFT JOIN (
        SELECT "shouldNotify" OR "shouldNotifyByEmail" AS is_on FROM "Subscription"
        WHERE "memberId" = ${memberId}::int AND kind = 'NOTIFY_ALL' AND "entityId" IS NULL
      ) a ON true
    ),
    person AS MATERIALIZED (SELECT id FROM "Member" WHERE id = ${memberId}::int),
    setting AS MATERIALIZED (
      SELECT "memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail" FROM "Subscription"
      WHERE "memberId" = ${memberId}::int AND "entityId" IS NOT NULL
    UNION ALL
      SELECT ${memberId}::int, kind, NULL, true, true FROM general
    ),`
  const people = { members: Prisma.sql`person`, settings: Prisma.sql`setting` }
  const rows = await runReplay<{ kind: SwitchName; count: number }>(
    pool,
    memberId,
    Prisma.sql`
    ${replay(ofLastDays(days), parts, people)},
    placed AS (
      SELECT e.fact, e.kind, e.of_entity OR g.is_on AS is_on, g.is_of_all,
        row_number() OVER (PARTITION BY e.fact ORDER BY e.rank DESC, e.idx, e.priority) AS place
      FROM entitled e LEFT JOIN general g USING (kind)
    ),
    -- A kind brings what no reason before it brings already.
    bringing AS (
      SELECT fact, kind, place, is_of_all,
        min(place) FILTER (WHERE is_on) OVER (PARTITION BY fact) AS first_on,
        min(place) FILTER (WHERE is_on OR is_of_all) OVER (PARTITION BY fact) AS first_with_all
      FROM placed
    )
    SELECT kind, count(DISTINCT fact)::int AS count FROM bringing JOIN general USING (kind)
    WHERE first_on IS NULL OR place <= first_on
    GROUP BY kind
  UNION ALL
    SELECT 'NOTIFY_ALL', count(DISTINCT fact)::int FROM bringing WHERE is_of_all AND place = first_with_all`,
  )
  const counts = new Map(rows.map(({ kind, count }) => [kind, count]))
  return Object.fromEntries(kinds.map(([kind]) => [kind, counts.get(kind as SwitchName) ?? 0])) as Record<
    SwitchName,
    number
  >
}
