import pLimit, { type LimitFunction } from 'p-limit'
import { inTransaction, type Pool } from '../db/client.ts'
import { entityKinds, generalKinds } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { type People, resolutionRule } from './resolution.ts'

/** The newest ones count. */
export const MOST_EVENTS = 10_000
const TIMEOUT_MS = 3_000

const kinds = [
  ...Object.entries(generalKinds).map(([name, { defaultOn }]) => ({ name, defaultOn })),
  ...Object.keys(entityKinds).map((name) => ({ name, defaultOn: false })),
]

/** A condition on "Event": those of the last days. */
export const ofLastDays = (days: number): Prisma.Sql => Prisma.sql`"time" > now() - make_interval(days => ${days}::int)`

/**
 * The `WITH` list that applies the resolution rule to events of the past, by the rules that were stored when they were
 * read. It ends with the parts of `resolutionRule`.
 * @param which a condition on "Event"; the newest MOST_EVENTS count
 * @param parts first parts of the list, which `people` can refer to; each ends with a comma
 * @param told a SELECT of fact and member_id: who was told of these facts before
 */
export const replay = (
  which: Prisma.Sql,
  parts: Prisma.Sql,
  people: People,
  told?: Prisma.Sql,
): Prisma.Sql => Prisma.sql`
  WITH ${parts}
  event AS MATERIALIZED (
    SELECT number AS idx, "time", fact COLLATE "C" AS fact, rank, "actorId" AS actor_id, rules,
      -- Large rules are an object with counts.
      jsonb_typeof(rules) <> 'array' AS is_counted
    FROM "Event"
    WHERE rules IS NOT NULL AND ${which}
    ORDER BY "time" DESC LIMIT ${MOST_EVENTS}::int
  ),
  kind (kind, default_on) AS MATERIALIZED (
    SELECT * FROM unnest(${kinds.map(({ name }) => name)}::text[], ${kinds.map(({ defaultOn }) => defaultOn)}::bool[])
  ),
  -- Most rules are left out here: they name others, or what nobody of these people watches or mutes.
  stored AS MATERIALIZED (
    SELECT e.idx, r.priority::int AS priority, r.rule, e.fact, e.rank
    FROM event e CROSS JOIN LATERAL jsonb_array_elements(e.rules) WITH ORDINALITY AS r (rule, priority)
    WHERE NOT e.is_counted AND (
      r.rule->'memberIds' @> ANY (ARRAY(SELECT to_jsonb(m.id) FROM ${people.members} m))
      OR r.rule @> '{"audience": "everyone"}'
      OR (r.rule->>'entityId', r.rule->>'kind') IN (SELECT s."entityId", s.kind FROM ${people.settings} s)
    )
  ),
  rule AS MATERIALIZED (
    SELECT s.idx, s.priority, s.rule->>'audience' AS audience, kind.kind, kind.default_on,
      s.rule->>'entityId' AS entity_id, s.fact, s.rank, false AS too_old
    FROM stored s JOIN kind ON kind.kind = s.rule->>'kind'
  ),
  named AS MATERIALIZED (
    SELECT s.idx, s.priority, m.id AS member_id
    FROM stored s JOIN ${people.members} m ON s.rule->'memberIds' @> to_jsonb(m.id)
  ),
  excepted AS MATERIALIZED (
    SELECT s.idx, s.priority, m.id AS member_id
    FROM stored s JOIN ${people.members} m ON s.rule->'except' @> to_jsonb(m.id)
    WHERE s.rule ? 'except'
  ),
  excluded AS (
    SELECT fact, actor_id AS member_id FROM event WHERE actor_id IN (SELECT id FROM ${people.members} m)
    ${told ? Prisma.sql`UNION ALL ${told}` : Prisma.empty}
  ),
  ${resolutionRule(people, { hasExceptions: true, hasEntityRules: true })}`

/** Each keeps a processor of the database busy: other requests need the rest, and the pool's connections. */
const MOST_AT_ONCE = 2

type Turns = { everybody: LimitFunction; members: Map<number, { own: LimitFunction; waiting: number }> }
const turns = new WeakMap<Pool, Turns>()

/** Two at a time in this process, and one of each member: whoever asks a thousand times waits for themselves. */
async function inTurn<T>(pool: Pool, memberId: number, work: () => Promise<T>): Promise<T> {
  const { everybody, members } = turns.get(pool) ?? { everybody: pLimit(MOST_AT_ONCE), members: new Map() }
  turns.set(pool, { everybody, members })
  const member = members.get(memberId) ?? { own: pLimit(1), waiting: 0 }
  members.set(memberId, member)
  member.waiting++
  try {
    return await member.own(() => everybody(work))
  } finally {
    if (--member.waiting === 0) members.delete(memberId)
  }
}

/**
 * Runs a statement that begins with `replay`, in turn.
 * @param memberId who asks
 * @throws the database's error when it takes too long
 */
export function runReplay<Row>(pool: Pool, memberId: number, sql: Prisma.Sql): Promise<Row[]> {
  return inTurn(pool, memberId, () =>
    inTransaction(pool, async (transaction) => {
      // The planner cannot estimate how many rules concern a member: ten thousand times ten thousand takes minutes.
      await transaction.query(Prisma.sql`
        SELECT set_config('statement_timeout', ${String(TIMEOUT_MS)}, true), set_config('jit', 'off', true),
          set_config('work_mem', '32MB', true), set_config('enable_nestloop', 'off', true)`)
      return (await transaction.query<Row>(sql)).rows
    }),
  )
}
