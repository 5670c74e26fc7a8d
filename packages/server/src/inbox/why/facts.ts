import { type Pool, query } from '../../db/client.ts'
import type { OwnVotes } from '../../events/addressee.ts'
import type { EventData } from '../../events/define.ts'
import { type GeneralKindName, generalKinds } from '../../events/kinds.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { type EmailFacts, readEmailFacts } from '../../outbox/email-facts.ts'
import { type ProviderPause, readPauses } from '../../outbox/pauses.ts'
import { DATA, votesIfAny } from '../own-votes.ts'
import { replay, runReplay } from '../replay.ts'
import { type EmailSettings, emailSettingsThen, LOG_BEGAN, MOST_KEPT, settingsThen } from './settings-then.ts'

export type EventFacts = {
  /** Of this service. */
  number: number
  id: string
  type: string
  block: number
  /** The block's. */
  time: Date
  /** When its audience was resolved. */
  recordedAt: Date
  actorId: number | null
  data: EventData
  withdrawnAt: Date | null
  /** Whether it is still being recorded: not everybody is notified. */
  isBegun: boolean
  /** Null: forgotten. */
  rules: StoredRules | null
}

/** A member's setting at the time of the event, and since when; null: not known. */
export type SettingFacts = { inApp: boolean; byEmail: boolean; since: Date | null }

/**
 * What became of a rule for a member: it notified them, or would have too; it was a mute, or silenced by one; it would
 * have, but they acted or were told before; its setting was off; or it did not concern them.
 */
export type Part = 'chosen' | 'entitled' | 'muting' | 'muted' | 'excluded' | 'off' | 'none'

export type RuleFacts = {
  kind: string
  audience: string
  entityId: string | null
  /** How many members it names; null: it names none. */
  names: number | null
  /** Null: not stored. */
  isNamed: boolean | null
  /** How many members a rule for everyone leaves out. */
  excepts: number
  /** Whether it leaves out this member. Null: not stored. */
  isExcepted: boolean | null
  setting: SettingFacts | null
  /** Counts instead of a setting: the member's NOTIFY_ALL, for a kind that is off by default. */
  all: SettingFacts | null
  part: Part
}

export type NotificationFacts = {
  id: number
  kind: string
  inApp: boolean
  isRead: boolean
  isArchived: boolean
  createdAt: Date | null
  /** What is stored without an email. */
  emailStatus: string | null
  emailStatusReason: string | null
  email: EmailFacts | null
  /** Other notifications in the same email. */
  others: number
}

/** Everything that explains why a member was, or was not, notified of an event. */
export type Facts = {
  memberId: number
  timeZone: string
  votes: OwnVotes | null
  registeredAt: Date
  event: EventFacts
  /** Null: forgotten. */
  rules: RuleFacts[] | null
  /** Only how many members the rules name is stored. */
  areCounted: boolean
  notification: NotificationFacts | null
  /** While the email waits: the providers that accept nothing now. */
  pauses: ProviderPause[]
  /** At the time of the event. */
  emailSettings: EmailSettings
  /** Another event of the same fact, of which the member was notified. */
  sameFact: { id: string; type: string } | null
  /** Whether all later changes of settings are known. */
  settingsAreKnown: boolean
  whyDays: number
}

/** Of "Event" `e`. */
export const COLUMNS = Prisma.sql`
  e.number, e.id, e.type, e.block, e."time", e."createdAt" AS "recordedAt", e."actorId",
  ${DATA} AS data, e."withdrawnAt", e."isBegun", e.rules`

/** An id is unique within a type only. */
const MOST_OF_ONE_ID = 5

/** The events with an id, oldest first. */
export async function eventsWithId(pool: Pool, id: string): Promise<EventFacts[]> {
  const { rows } = await query<EventFacts>(
    pool,
    Prisma.sql`SELECT ${COLUMNS} FROM "Event" e WHERE e.id = ${id} ORDER BY e.number LIMIT ${MOST_OF_ONE_ID}::int`,
  )
  return rows
}

/** @returns undefined if the membership is not registered */
export async function readFacts(
  pool: Pool,
  memberId: number,
  event: EventFacts,
  whyDays: number,
): Promise<Facts | undefined> {
  const { rows } = await query<Pick<Facts, 'timeZone' | 'votes' | 'registeredAt' | 'settingsAreKnown' | 'sameFact'>>(
    pool,
    Prisma.sql`
    SELECT m."timeZone", m."createdAt" AS "registeredAt", ${votesIfAny(Prisma.sql`m.id`)} AS votes,
      e."createdAt" >= greatest(
        now() - make_interval(days => ${whyDays}::int),
        (SELECT max(finished_at) FROM _prisma_migrations WHERE migration_name = ${LOG_BEGAN}),
        -- The oldest change that is kept, where older ones were deleted.
        (SELECT "createdAt" FROM "SettingChange" WHERE "memberId" = m.id
          ORDER BY id DESC OFFSET ${MOST_KEPT - 1}::int LIMIT 1)
      ) AS "settingsAreKnown",
      (SELECT json_build_object('id', o.id, 'type', o.type)
        FROM "Event" o JOIN "Notification" n ON n."eventNumber" = o.number AND n."memberId" = m.id
        WHERE o.fact = e.fact AND o.number <> e.number LIMIT 1) AS "sameFact"
    FROM "Member" m, "Event" e WHERE m.id = ${memberId}::int AND e.number = ${event.number}::int`,
  )
  const [known] = rows
  if (!known) return undefined
  const notification = await readNotification(pool, memberId, Prisma.sql`n."eventNumber" = ${event.number}::int`)
  // A broadcast is recorded in two parts, and a notifier that dies between them leaves hours.
  const recordedAt = notification?.createdAt ?? event.recordedAt
  const { rules, areCounted } = await readRules(pool, memberId, { ...event, recordedAt })
  const emailSettings = await emailSettingsThen(pool, memberId, recordedAt)
  const pauses = isDue(notification?.email) ? await readPauses(pool) : []
  return { memberId, event, whyDays, ...known, rules, areCounted, notification, pauses, emailSettings }
}

/** As `Event.rules` has it: see notifier/audience/kept-rules.ts. */
type StoredRule = {
  kind: string
  audience: string
  entityId?: string
  memberIds?: number[]
  count?: number
  except?: number[]
  excepted?: number
}
type StoredRules = StoredRule[] | { counts: StoredRule[] } | { sums: StoredRule[] }

async function readRules(
  pool: Pool,
  memberId: number,
  event: EventFacts,
): Promise<Pick<Facts, 'rules' | 'areCounted'>> {
  const { rules: stored } = event
  if (stored === null) return { rules: null, areCounted: false }
  const areCounted = !Array.isArray(stored)
  const list = Array.isArray(stored) ? stored : 'counts' in stored ? stored.counts : stored.sums
  const [settings, parts] = await Promise.all([
    readSettings(pool, memberId, event, list),
    areCounted ? new Map<number, Part>() : readParts(pool, memberId, event),
  ])
  const rules = list.map((rule, n): RuleFacts => {
    const { kind, audience, entityId = null, memberIds, count, except, excepted = 0 } = rule
    const names = memberIds?.length ?? (audience === 'members' ? (count ?? 0) : null)
    const isNamed = memberIds?.includes(memberId) ?? (audience === 'members' ? null : false)
    const setting = settings.get(keyOf(kind, entityId)) ?? null
    const isOff = Object.hasOwn(generalKinds, kind) && !generalKinds[kind as GeneralKindName].defaultOn
    const all = (setting === null && isOff && settings.get(keyOf('NOTIFY_ALL', null))) || null
    const excepts = except?.length ?? excepted
    const isExcepted = except?.includes(memberId) ?? (excepted ? null : false)
    const part = parts.get(n + 1) ?? 'none'
    return { kind, audience, entityId, names, isNamed, excepts, isExcepted, setting, all, part }
  })
  return { rules, areCounted }
}

const keyOf = (kind: string, entityId: string | null) => JSON.stringify([kind, entityId])

type Setting = SettingFacts & { kind: string; entityId: string | null }

/** The member's own settings at the time of the event, of the kinds and entities of its rules, and NOTIFY_ALL. */
async function readSettings(
  pool: Pool,
  memberId: number,
  { recordedAt }: EventFacts,
  rules: readonly StoredRule[],
): Promise<Map<string, SettingFacts>> {
  const at = Prisma.sql`${recordedAt}::timestamptz`
  const { rows } = await query<Setting>(
    pool,
    Prisma.sql`
    WITH ${settingsThen(memberId, at)}
    rule AS (
      SELECT DISTINCT kind, entity_id FROM unnest(
        ${rules.map(({ kind }) => kind)}::text[], ${rules.map(({ entityId }) => entityId ?? null)}::text[]
      ) AS r (kind, entity_id)
      UNION SELECT 'NOTIFY_ALL', NULL
    )
    SELECT s.kind, s."entityId", s."shouldNotify" AS "inApp", s."shouldNotifyByEmail" AS "byEmail",
      coalesce(
        (SELECT max(c."createdAt") FROM "SettingChange" c
          WHERE c."memberId" = s."memberId" AND c.setting = s.kind AND c."entityId" IS NOT DISTINCT FROM s."entityId"
            AND c."createdAt" <= ${at}),
        -- From before changes were logged, and never changed since.
        (SELECT o."createdAt" FROM "Subscription" o
          WHERE o."memberId" = s."memberId" AND o.kind = s.kind AND o."entityId" IS NOT DISTINCT FROM s."entityId"
            AND o."createdAt" = o."updatedAt" AND o."createdAt" <= ${at})
      ) AS since
    FROM setting s JOIN rule r ON r.kind = s.kind AND r.entity_id IS NOT DISTINCT FROM s."entityId"`,
  )
  return new Map(rows.map(({ kind, entityId, ...setting }) => [keyOf(kind, entityId), setting]))
}

type Judged = {
  priority: number
  wanted: boolean
  muting: boolean
  isOut: boolean
  isEntitled: boolean
  isChosen: boolean
}

/**
 * What became of the rules of an event for a member, by the rule of the notifier and the settings at the time. Rules that
 * did not concern them are absent.
 */
async function readParts(pool: Pool, memberId: number, event: EventFacts): Promise<Map<number, Part>> {
  const mine = Prisma.sql`"Event" WHERE number = ${event.number}::int`
  const at = Prisma.sql`${event.recordedAt}::timestamptz`
  const parts = Prisma.sql`
    person AS MATERIALIZED (SELECT id FROM "Member" WHERE id = ${memberId}::int AND "createdAt" <= ${at}),
    ${settingsThen(memberId, at)}`
  // Events of one fact that were recorded together were resolved together.
  const together = Prisma.sql`(fact, "createdAt") = (SELECT fact, "createdAt" FROM ${mine})`
  const before = Prisma.sql`
    SELECT e.fact, n."memberId" FROM "Event" e JOIN "Notification" n ON n."eventNumber" = e.number
    WHERE e.fact = (SELECT fact FROM ${mine}) AND e."createdAt" < ${at} AND n."memberId" = ${memberId}::int`
  const people = { members: Prisma.sql`person`, settings: Prisma.sql`setting` }
  const rows = await runReplay<Judged>(
    pool,
    memberId,
    Prisma.sql`
    ${replay(together, parts, people, before)}
    SELECT j.priority, j.wanted, j.muting, j.is_out AS "isOut",
      (j.idx, j.priority) IN (SELECT idx, priority FROM entitled) AS "isEntitled",
      (j.idx, j.priority) IN (SELECT idx, priority FROM chosen) AS "isChosen"
    FROM judged j WHERE j.idx = ${event.number}::int AND j.member_id = ${memberId}::int`,
  )
  return new Map(rows.map((row) => [row.priority, partOf(row)]))
}

function partOf({ wanted, muting, isOut, isEntitled, isChosen }: Judged): Part {
  if (isChosen) return 'chosen'
  if (isEntitled) return 'entitled'
  if (muting) return 'muting'
  if (!wanted) return 'off'
  return isOut ? 'excluded' : 'muted'
}

/** A pause of sending keeps only what is due from being sent. */
const isDue = (email: EmailFacts | null | undefined) =>
  email?.status === 'PENDING' && email.sendAt.getTime() <= Date.now()

/** @param which a condition on notifications `n` */
export async function readNotification(
  pool: Pool,
  memberId: number,
  which: Prisma.Sql,
): Promise<NotificationFacts | null> {
  const { rows } = await query<NotificationFacts & { email: unknown }>(
    pool,
    Prisma.sql`
    SELECT n.id, n.kind, n."inApp", n."isRead", n."isArchived", n."createdAt", n."emailStatus", n."emailStatusReason",
      to_jsonb(m) AS email,
      (SELECT count(*)::int FROM "Notification" o WHERE o."emailId" = n."emailId" AND o.id <> n.id) AS others
    FROM "Notification" n LEFT JOIN "Email" m ON m.id = n."emailId"
    WHERE n."memberId" = ${memberId}::int AND ${which}
    ORDER BY n.id DESC LIMIT 1`,
  )
  const [row] = rows
  return row ? { ...row, email: row.email === null ? null : readEmailFacts(row.email) } : null
}
