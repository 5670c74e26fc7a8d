import { Prisma } from '../generated/prisma/client.ts'

/** The relations that the rule reads: the tables, or others with the same columns. */
export type People = { members: Prisma.Sql; settings: Prisma.Sql }

export const everybody: People = { members: Prisma.sql`"Member"`, settings: Prisma.sql`"Subscription"` }

/**
 * Whom events concern, and why: the set-based rule, as parts of a `WITH` list. The parts before it have to be
 * `event` (idx, ...), `rule` (idx, priority, audience, kind, default_on, entity_id, fact, rank, too_old),
 * `named` (idx, priority, member_id: of the rules that name members) and `excluded` (fact, member_id).
 *
 * `entitled` has a row for each reason to notify a member, `chosen` the one for which they are notified.
 *
 * @param hasExceptions whether there is a part `excepted` (idx, priority, member_id: whom rules for everyone leave out)
 * @param hasEntityRules whether a rule names an entity. Without one nothing is muted, and a broadcast needs no sort
 */
export const resolutionRule = (
  { members, settings }: People,
  { hasExceptions, hasEntityRules }: { hasExceptions: boolean; hasEntityRules: boolean },
): Prisma.Sql => {
  const isConcerned = (memberId: Prisma.Sql) =>
    hasExceptions
      ? Prisma.sql`AND (r.idx, r.priority, ${memberId}) NOT IN (SELECT idx, priority, member_id FROM excepted)`
      : Prisma.empty
  return Prisma.sql`
    subscribed_to_all AS MATERIALIZED (
      SELECT "memberId" AS member_id, "shouldNotify" AS in_app, "shouldNotifyByEmail" AS by_email
      FROM ${settings} s
      WHERE kind = 'NOTIFY_ALL' AND "entityId" IS NULL AND ("shouldNotify" OR "shouldNotifyByEmail")
    ),
    concerned AS (
      -- Named by a rule: the member's own setting for the kind, or else its default, or NOTIFY_ALL.
      SELECT r.*, m.id AS member_id, coalesce(s."shouldNotify", a.in_app, r.default_on) AS in_app,
        coalesce(s."shouldNotifyByEmail", a.by_email, r.default_on) AS by_email
      FROM named n
      JOIN rule r USING (idx, priority)
      JOIN ${members} m ON m.id = n.member_id
      LEFT JOIN ${settings} s ON s."memberId" = m.id AND s.kind = r.kind AND s."entityId" IS NULL
      LEFT JOIN subscribed_to_all a ON a.member_id = m.id AND NOT r.default_on
    UNION ALL
      -- Everyone, of a kind that is on by default.
      SELECT r.*, m.id, coalesce(s."shouldNotify", true), coalesce(s."shouldNotifyByEmail", true)
      FROM rule r
      CROSS JOIN ${members} m
      LEFT JOIN ${settings} s ON s."memberId" = m.id AND s.kind = r.kind AND s."entityId" IS NULL
      WHERE r.audience = 'everyone' AND r.default_on ${isConcerned(Prisma.sql`m.id`)}
    UNION ALL
      -- Everyone, of a kind that is off by default: those who switched it on.
      SELECT r.*, s."memberId", s."shouldNotify", s."shouldNotifyByEmail"
      FROM rule r JOIN ${settings} s ON s.kind = r.kind AND s."entityId" IS NULL
      WHERE r.audience = 'everyone' AND NOT r.default_on ${isConcerned(Prisma.sql`s."memberId"`)}
    UNION ALL
      -- Those who never set it, but subscribed to all.
      SELECT r.*, a.member_id, a.in_app, a.by_email
      FROM rule r CROSS JOIN subscribed_to_all a
      WHERE r.audience = 'everyone' AND NOT r.default_on ${isConcerned(Prisma.sql`a.member_id`)}
        AND NOT EXISTS (
          SELECT FROM ${settings} s WHERE s."memberId" = a.member_id AND s.kind = r.kind AND s."entityId" IS NULL
        )
    UNION ALL
      -- Entity rules: members with a setting of the kind for the entity.
      SELECT r.*, s."memberId", s."shouldNotify", s."shouldNotifyByEmail"
      FROM rule r JOIN ${settings} s ON s.kind = r.kind AND s."entityId" = r.entity_id
    ),

    candidate AS (
      SELECT
        fact, member_id, idx, rank, priority, kind, in_app, by_email, too_old,
        entity_id IS NOT NULL AS of_entity,
        entity_id IS NOT NULL AND NOT (in_app OR by_email) AS muting,
        audience <> 'muters' AND (in_app OR by_email) AS wanted
      FROM concerned
    ),

    -- Neither is a join: the planner cannot estimate the number of mutes or actors.
    judged AS (
      SELECT *, (fact, member_id) IN (SELECT fact, member_id FROM excluded) AS is_out,
        ${hasEntityRules ? MUTED_FROM : Prisma.sql`NULL::int`} AS muted_from
      FROM candidate
    ),

    -- A mute silences every general rule and the entity rules after it; a watch before it survives.
    entitled AS (
      SELECT fact, rank, idx, priority, member_id, kind, of_entity, in_app, by_email, too_old FROM judged
      WHERE wanted AND NOT is_out AND (muted_from IS NULL OR (of_entity AND priority < muted_from))
    ),

    -- One notification per member: of the most specific event, for the most important reason.
    chosen AS (
      SELECT DISTINCT ON (fact, member_id) * FROM entitled ORDER BY fact, member_id, rank DESC, idx, priority
    )`
}

const MUTED_FROM = Prisma.sql`min(priority) FILTER (WHERE muting) OVER (PARTITION BY fact, member_id, idx)`
