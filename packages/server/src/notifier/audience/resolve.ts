import type { Transaction } from '../../db/client.ts'
import { addToCounters } from '../../db/counters.ts'
import { RECORDING } from '../../db/recording.ts'
import { signalNotifications } from '../../db/signals.ts'
import type { Choice, Rule } from '../../events/define.ts'
import { generalKinds, urgentKinds } from '../../events/kinds.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { everybody, type People, resolutionRule } from '../../inbox/resolution.ts'
import { toJson } from '../../lib/json.ts'
import { digestTime, hourEnd, notInPause } from '../../members/calm.ts'
import { countEnqueued, insertEmails, openDigests } from '../../outbox/enqueue.ts'
import { type ReasonCode, reasonSql } from '../../outbox/reasons.ts'
import { keptRules, memberNumbers } from './kept-rules.ts'
import type { UnderstoodEvent } from './understand.ts'

export type Circumstances = {
  emailMaxAgeMs: number
  canSend: boolean
  /** To one member: what is above it waits for a digest. 0: no limit. */
  emailsPerHour: number
  emailDelaySeconds: number
} & { [Name in Choice]?: boolean | undefined }

export type Resolved = {
  memberId: number
  name: string
  kind: string
  eventId: string
  eventType: string
  inApp: boolean
  /** Why it is not emailed. Null: it is. */
  reason: ReasonCode | null
  /** Whether its email waits for a digest. */
  waits: boolean
}

/** @param providers what sends emails, if anything does */
export const circumstancesOf = ({
  providers,
  config,
}: {
  providers: readonly object[]
  config: Omit<Circumstances, 'canSend'>
}): Circumstances => ({
  emailMaxAgeMs: config.emailMaxAgeMs,
  emailsPerHour: config.emailsPerHour,
  emailDelaySeconds: config.emailDelaySeconds,
  onlyVotersOfRevealing: config.onlyVotersOfRevealing,
  canSend: providers.length > 0,
})

export type Recorded = { notifications: number; emails: number; ignored: number }

/**
 * Resolves the audience of events and records the result: the events with their rules, one notification per member and
 * event, and the emails to send. One statement, whatever the number of members.
 *
 * Recorded events are skipped, and members are not notified of the same fact again. So events whose first members were
 * notified are recorded for the others, whenever that happens.
 * @param firstMembers when only this many of those are recorded who get emails at once; the events then count as begun
 */
export async function recordNotifications(
  transaction: Transaction,
  events: UnderstoodEvent[],
  circumstances: Circumstances,
  firstMembers?: number,
): Promise<Recorded> {
  const isBegun = firstMembers !== undefined
  const { emailDelaySeconds } = circumstances
  // A broadcast sorts one row per member, which the default of 4 MB would do on disk; compiling a statement that runs
  // once does not pay. The lock makes the order of ids the order of commits: a reader who continues after the last id
  // misses none.
  await transaction.query(Prisma.sql`
    SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true),
      pg_advisory_xact_lock(${RECORDING})`)
  const { rows } = await transaction.query<Recorded>(Prisma.sql`
    ${resolution(events, circumstances, firstMembers)},
    digest AS (${openDigests(whenDue)}),
    numbered AS MATERIALIZED (
      SELECT idx, member_id, kind, in_app, reason, false AS in_digest,
        CASE WHEN reason IS NULL THEN nextval('"Email_id_seq"')::int END AS email_id
      FROM (
        SELECT * FROM resolved WHERE (idx, member_id) NOT IN (SELECT idx, member_id FROM waiting)
        ORDER BY idx, member_id
      ) at_once
    UNION ALL
      SELECT idx, member_id, kind, in_app, NULL, true, digest_id
      FROM (
        SELECT *, max(id) OVER (PARTITION BY member_id) AS digest_id
        FROM (
          SELECT idx, member_id, kind, in_app, NULL::int AS id FROM waiting
          UNION ALL SELECT NULL, member_id, NULL, NULL, id FROM digest
        ) both_of_them
      ) in_digests
      WHERE idx IS NOT NULL
    ),
    inserted_event AS (
      INSERT INTO "Event" (id, type, block, "time", "entityId", fact, rank, "actorId", rules, data, sources, "isBegun")
      SELECT id, type, block, "time", entity_id, fact_key, rank, actor_id, rules::jsonb, data::jsonb,
        string_to_array(sources, ' '), ${isBegun}::bool
      FROM event ORDER BY idx
      ON CONFLICT (id, type) DO UPDATE SET "isBegun" = excluded."isBegun", "updatedAt" = now()
      RETURNING id, type, number
    ),
    emailed AS (SELECT email_id, member_id FROM numbered WHERE email_id IS NOT NULL AND NOT in_digest),
    inserted_email AS (${insertEmails(
      'notification',
      // The address in use when the email is due counts.
      Prisma.sql`
        SELECT email_id, member_id, NULL, now() + make_interval(secs => ${emailDelaySeconds}::float8) FROM emailed`,
    )}),
    inserted_notification AS (
      INSERT INTO "Notification" (
        "memberId", kind, "eventId", "eventNumber", "entityId", "inApp", "emailStatus", "emailStatusReason", "emailId"
      )
      SELECT
        n.member_id, n.kind, e.id, i.number, e.entity_id, n.in_app,
        CASE WHEN n.email_id IS NULL THEN 'IGNORED'::"NotificationEmailStatus" END, n.reason, n.email_id
      FROM numbered n JOIN event e USING (idx) JOIN inserted_event i USING (id, type)
      ORDER BY n.idx, n.member_id
    ),
    counted AS (${addToCounters(Prisma.sql`
      SELECT 'events_total', jsonb_build_object('type', type), count(*) FROM event WHERE NOT ${isBegun}::bool GROUP BY type
    UNION ALL
      SELECT 'recorded_total', jsonb_build_object('kind', kind), count(*) FROM numbered GROUP BY kind
    UNION ALL
      ${countEnqueued('notification', Prisma.sql`emailed`)}
    UNION ALL
      ${countEnqueued('digest', Prisma.sql`(SELECT FROM digest WHERE is_new) AS begun`)}
    UNION ALL
      SELECT 'emails_total', '{"provider": "none", "outcome": "ignored"}'::jsonb, count(*)
      FROM numbered WHERE email_id IS NULL HAVING count(*) > 0`)}
    )
    SELECT count(*)::int AS notifications, count(email_id)::int AS emails, (count(*) - count(email_id))::int AS ignored
    FROM numbered`)
  const recorded = rows[0] ?? { notifications: 0, emails: 0, ignored: 0 }
  if (recorded.notifications) await signalNotifications(transaction)
  return recorded
}

/** Rows of a preview: a broadcast would fill the memory and the screen. */
export const MOST_PREVIEWED = 1_000

/** The same resolution without recording it. @returns the first MOST_PREVIEWED notifications */
export async function previewNotifications(
  transaction: Transaction,
  events: UnderstoodEvent[],
  circumstances: Circumstances,
): Promise<Resolved[]> {
  const { rows } = await transaction.query<Resolved>(Prisma.sql`
    ${resolution(events, circumstances)}
    SELECT
      r.member_id AS "memberId", m.name, r.kind, e.id AS "eventId", e.type AS "eventType", r.in_app AS "inApp", r.reason,
      (r.idx, r.member_id) IN (SELECT idx, member_id FROM waiting) AS waits
    FROM resolved r JOIN event e USING (idx) JOIN "Member" m ON m.id = r.member_id
    ORDER BY r.idx, r.member_id
    LIMIT ${MOST_PREVIEWED}::int`)
  return rows
}

/**
 * The resolution of events that were just read: the `WITH` list of a statement. Its part `resolved` has one row per
 * notification, and `waiting` one for each whose email waits for a digest.
 */
function resolution(events: UnderstoodEvent[], circumstances: Circumstances, firstMembers?: number): Prisma.Sql {
  const { emailMaxAgeMs, canSend, emailsPerHour } = circumstances
  const { event, actor, rule, named, excepted } = toColumns(events, circumstances)
  const hasExceptions = excepted.event.length > 0
  const hasEnds = event.overAt.some((end) => end !== null)
  const hasEntityRules = rule.entityId.some((id) => id !== null)
  const { parts, ...people } =
    firstMembers === undefined ? { parts: Prisma.empty, ...everybody } : firstPeople(firstMembers)
  return Prisma.sql`
    WITH ${parts}
    event AS MATERIALIZED (
      SELECT e.*, e."time" < now() - make_interval(secs => ${emailMaxAgeMs / 1000}::float8) AS too_old
      FROM unnest(
        ${event.idx}::int[], ${event.id}::text[], ${event.type}::text[], ${event.block}::int[],
        ${event.time}::timestamptz[], ${event.entityId}::text[], ${event.data}::text[], ${event.fact}::int[],
        ${event.factKey}::text[], ${event.rank}::int[], ${event.sources}::text[], ${event.actorId}::int[],
        ${event.rules}::text[], ${event.overAt}::timestamptz[]
      ) AS e (idx, id, type, block, "time", entity_id, data, fact, fact_key, rank, sources, actor_id, rules, over_at)
      WHERE NOT EXISTS (SELECT FROM "Event" known WHERE known.id = e.id AND known.type = e.type AND NOT known."isBegun")
    ),
    rule AS MATERIALIZED (
      SELECT r.*, e.fact, e.rank, e.too_old
      FROM unnest(
        ${rule.event}::int[], ${rule.priority}::int[], ${rule.audience}::text[], ${rule.kind}::text[],
        ${rule.defaultOn}::bool[], ${rule.entityId}::text[]
      ) AS r (idx, priority, audience, kind, default_on, entity_id)
      JOIN event e USING (idx)
    ),
    named AS MATERIALIZED (
      SELECT * FROM unnest(${named.event}::int[], ${named.priority}::int[], ${named.memberId}::int[])
        AS n (idx, priority, member_id)
    ),
    ${
      hasExceptions
        ? Prisma.sql`excepted AS MATERIALIZED (
      SELECT * FROM unnest(${excepted.event}::int[], ${excepted.priority}::int[], ${excepted.memberId}::int[])
        AS x (idx, priority, member_id)
    ),`
        : Prisma.empty
    }

    -- Recorded before: events of the same fact, and what is begun, which can have had another fact when it was read.
    told AS (
      SELECT e.fact, known.number FROM event e JOIN "Event" known ON known.fact = e.fact_key
    UNION
      SELECT e.fact, known.number FROM event e JOIN "Event" known ON known.id = e.id AND known.type = e.type
    ),
    -- The actor, and members who were notified of the same fact before.
    excluded AS (
      SELECT fact, member_id FROM unnest(${actor.fact}::int[], ${actor.memberId}::int[]) AS actor (fact, member_id)
    UNION ALL
      SELECT told.fact, n."memberId" FROM told JOIN "Notification" n ON n."eventNumber" = told.number
    ),

    ${resolutionRule(people, { hasExceptions, hasEntityRules })},
    addressed AS MATERIALIZED (
      SELECT c.*, lower(m.email) COLLATE "C" AS address,
        CASE
          WHEN NOT c.by_email THEN ${reasonSql('SWITCHED_OFF')}
          WHEN NOT m."receiveEmails" THEN ${reasonSql('EMAILS_OFF')}
          WHEN m.email IS NULL THEN ${reasonSql('NO_ADDRESS')}
          WHEN c.too_old THEN ${reasonSql('TOO_OLD')}
          WHEN NOT ${canSend}::bool THEN ${reasonSql('NO_PROVIDER')}
        END AS reason,
        coalesce(m."pauseEmailsUntil" > now(), false) OR m."emailFrequency" <> 'IMMEDIATE'
          AND NOT (m."urgentImmediately" AND c.kind = ANY (${urgentKinds}::text[]))
          ${hasEnds ? Prisma.sql`AND NOT ${isOverBeforeDigest}` : Prisma.empty} AS waits
      FROM chosen c JOIN "Member" m ON m.id = c.member_id
    ),

    -- Memberships can share an address: it gets one email per fact, and none about what one of them did.
    own_address AS MATERIALIZED (
      SELECT fact, lower(email) COLLATE "C" AS address
      FROM unnest(${actor.fact}::int[], ${actor.memberId}::int[]) AS actor (fact, member_id)
      JOIN "Member" m ON m.id = actor.member_id
      WHERE email IS NOT NULL
    ),
    emailed_address AS MATERIALIZED (
      SELECT told.fact, lower(m.email) COLLATE "C" AS address
      FROM told
      JOIN "Notification" n ON n."eventNumber" = told.number AND n."emailId" IS NOT NULL
      JOIN "Member" m ON m.id = n."memberId"
      WHERE m.email IS NOT NULL
    ),
    -- Most addresses are nobody else's: only those that are shared get sorted.
    shared_address AS MATERIALIZED (
      SELECT fact, address FROM addressed WHERE reason IS NULL GROUP BY fact, address HAVING count(*) > 1
    ),
    emailed_member AS MATERIALIZED (
      SELECT DISTINCT ON (fact, address) fact, member_id
      FROM addressed
      WHERE reason IS NULL AND (fact, address) IN (SELECT fact, address FROM shared_address)
      ORDER BY fact, address, rank DESC, idx, priority, member_id
    ),
    resolved AS MATERIALIZED (
      SELECT idx, member_id, kind, in_app, waits,
        CASE
          WHEN reason IS NOT NULL THEN reason
          WHEN (fact, address) IN (SELECT fact, address FROM own_address) THEN ${reasonSql('OWN_ACTION')}
          WHEN (fact, address) IN (SELECT fact, address FROM emailed_address)
            OR (fact, address) IN (SELECT fact, address FROM shared_address)
              AND (fact, member_id) NOT IN (SELECT fact, member_id FROM emailed_member)
            THEN ${reasonSql('SHARED_ADDRESS')}
        END AS reason
      FROM addressed
    ),
    above_limit AS MATERIALIZED (${aboveLimit(emailsPerHour)}),
    waiting AS MATERIALIZED (
      SELECT idx, member_id, kind, in_app, waits FROM resolved
      WHERE reason IS NULL AND (waits OR (idx, member_id) IN (SELECT idx, member_id FROM above_limit))
    )`
}

/**
 * Members who get emails at once. Nobody shares their addresses: the choice among those who share one is left to the
 * statement that knows all of them.
 */
const firstPeople = (members: number): People & { parts: Prisma.Sql } => ({
  members: Prisma.sql`first_member`,
  settings: Prisma.sql`first_setting`,
  parts: Prisma.sql`
    emailed_at_once AS MATERIALIZED (
      SELECT id, lower(email) COLLATE "C" AS address FROM "Member"
      WHERE "receiveEmails" AND email IS NOT NULL AND "emailFrequency" = 'IMMEDIATE'
        AND ("pauseEmailsUntil" IS NULL OR "pauseEmailsUntil" <= now())
      ORDER BY id LIMIT ${members}::int
    ),
    first_member AS MATERIALIZED (
      SELECT a.id FROM emailed_at_once a JOIN "Member" m ON lower(m.email) COLLATE "C" = a.address
      GROUP BY a.id HAVING count(*) = 1
    ),
    first_setting AS MATERIALIZED (SELECT s.* FROM "Subscription" s JOIN first_member m ON m.id = s."memberId"),`,
})

/** Whether the next digest of a member `m` would bring the reminder `c` too late. */
const isOverBeforeDigest = Prisma.sql`coalesce(
  (SELECT over_at FROM event WHERE idx = c.idx) <= ${digestTime(Prisma.sql`now()`)}, false)`

/** When the digest of each member of the part `waiting` is due: time zones are slow, so once for a member and reason. */
const whenDue = Prisma.sql`
  SELECT w.member_id, min(${notInPause(Prisma.sql`
    CASE WHEN NOT w.waits THEN ${hourEnd(Prisma.sql`now()`)}
      WHEN m."emailFrequency" = 'IMMEDIATE' THEN now() ELSE ${digestTime(Prisma.sql`now()`)} END`)})
  FROM (SELECT DISTINCT member_id, waits FROM waiting) w JOIN "Member" m ON m.id = w.member_id
  GROUP BY w.member_id`

/** What is above the limit of emails that each member gets in a clock hour, of the part `resolved`. */
function aboveLimit(emailsPerHour: number): Prisma.Sql {
  if (emailsPerHour === 0) return Prisma.sql`SELECT idx, member_id FROM resolved WHERE false`
  const hour = Prisma.sql`date_trunc('hour', now(), 'UTC')`
  // A member gets at most one email of an event: where the hour has fewer events, nobody's emails need to be counted.
  const isBusy = Prisma.sql`(
    SELECT (SELECT count(*) FROM event) + count(*) FILTER (WHERE "createdAt" >= ${hour}) > ${emailsPerHour}::int
    FROM (SELECT "createdAt" FROM "Event" ORDER BY number DESC LIMIT ${emailsPerHour}::int) newest
  )`
  return Prisma.sql`
    SELECT idx, member_id
    FROM (
      SELECT idx, member_id, sum(emails) OVER (PARTITION BY member_id ORDER BY idx NULLS FIRST) AS emails
      FROM (
        SELECT idx, member_id, 1 AS emails FROM resolved WHERE ${isBusy} AND reason IS NULL AND NOT waits
      UNION ALL
        SELECT NULL, "memberId", count(*)::int FROM "Email"
        WHERE ${isBusy} AND type = 'notification' AND "createdAt" >= ${hour} AND "updatedAt" >= ${hour}
        GROUP BY "memberId"
      ) emailed
    ) counted
    WHERE idx IS NOT NULL AND emails > ${emailsPerHour}::int`
}

/** Events and their rules as columns: PostgreSQL takes a table as arrays. */
function toColumns(all: UnderstoodEvent[], choices: { [Name in Choice]?: boolean | undefined }) {
  // A query node can give two events one id. The second counts as known, as it would in a later window.
  const different = [...Map.groupBy(all, ({ type, id }) => `${type} ${id}`).values()].flatMap(([first]) => first ?? [])
  const counts = (rule: Rule) => rule.audience !== 'everyone' || !rule.unless || !choices[rule.unless]
  const events = different.map((event) => ({ ...event, rules: event.rules.filter(counts) }))
  // Numbers sort faster than keys, and a broadcast sorts one row per member.
  const factNumbers = new Map<string, number>()
  for (const { fact } of events) if (!factNumbers.has(fact.key)) factNumbers.set(fact.key, factNumbers.size)
  const factOf = ({ fact }: UnderstoodEvent) => factNumbers.get(fact.key) ?? 0

  const actors = events.flatMap((event) => memberNumbers([event.actorId]).map((memberId) => ({ event, memberId })))
  const rules = events.flatMap((event, idx) => event.rules.map((rule, priority) => ({ idx, priority, rule })))
  const listed = (idsOf: (rule: Rule) => readonly string[] | undefined) => {
    const rows = rules.flatMap(({ idx, priority, rule }) =>
      memberNumbers(idsOf(rule) ?? []).map((memberId) => ({ idx, priority, memberId })),
    )
    return {
      event: rows.map(({ idx }) => idx),
      priority: rows.map(({ priority }) => priority),
      memberId: rows.map(({ memberId }) => memberId),
    }
  }
  return {
    event: {
      idx: events.map((_, idx) => idx),
      id: events.map(({ id }) => id),
      type: events.map(({ type }) => type),
      block: events.map(({ block }) => block),
      time: events.map(({ time }) => time),
      entityId: events.map(({ entityId }) => entityId),
      data: events.map(({ data }) => toJson(data)),
      fact: events.map(factOf),
      factKey: events.map(({ fact }) => fact.key),
      rank: events.map(({ fact }) => fact.rank),
      sources: events.map(({ sources }) => sources.join(' ')),
      actorId: events.map(({ actorId }) => memberNumbers([actorId])[0] ?? null),
      rules: events.map(({ rules }) => keptRules(rules)),
      overAt: events.map(({ overAt }) => overAt ?? null),
    },
    actor: { fact: actors.map(({ event }) => factOf(event)), memberId: actors.map(({ memberId }) => memberId) },
    rule: {
      event: rules.map(({ idx }) => idx),
      priority: rules.map(({ priority }) => priority),
      audience: rules.map(({ rule }) => rule.audience),
      kind: rules.map(({ rule }) => rule.kind),
      defaultOn: rules.map(({ rule }) => ('entityId' in rule ? false : generalKinds[rule.kind].defaultOn)),
      entityId: rules.map(({ rule }) => ('entityId' in rule ? rule.entityId : null)),
    },
    named: listed((rule) => (rule.audience === 'members' ? rule.memberIds : undefined)),
    excepted: listed((rule) => (rule.audience === 'everyone' ? rule.except : undefined)),
  }
}
