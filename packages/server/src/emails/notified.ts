import { z } from 'zod'
import { type Pool, query } from '../db/client.ts'
import { addressee, type OwnVotes } from '../events/addressee.ts'
import type { DeadlineKey } from '../events/deadlines/keys.ts'
import type { EventData, Words } from '../events/define.ts'
import { entityKinds, generalKinds, isKind, type KindName, kindsWithDeadline } from '../events/kinds.ts'
import { eventOfType } from '../events/list.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { DATA, HAS_ACCOUNTS, votesOf } from '../inbox/own-votes.ts'
import { fitting, SUBJECT, SUMMARY } from '../lib/plain.ts'
import { beginningOf } from '../lib/text.ts'
import { subscribesToAll } from '../members/settings.ts'
import type { ClaimedEmail } from '../outbox/claim.ts'
import { whatIsOver } from './calendar.ts'
import type { Decision, EmailContext, Postponed } from './define.ts'

/** A notification with all that an email says of it, and what decides whether it still may. */
export const notified = z.object({
  emailId: z.int(),
  memberId: z.int(),
  name: z.string(),
  address: z.string().nullable(),
  timeZone: z.string(),
  receiveEmails: z.boolean(),
  pauseEmailsUntil: z.date().nullable(),
  /** In the app, or archived. */
  isRead: z.boolean(),
  /** What it tells of was taken back. */
  isWithdrawn: z.boolean(),
  /** A mute of something that the event is about silences its kind. */
  isMuted: z.boolean(),
  /** Not of an entity kind whose watch was removed. */
  isWatched: z.boolean(),
  /** Nobody can do any more what it asks for. */
  isOver: z.boolean(),
  /** The email switch of its kind: the member's own, or else the default. */
  byEmail: z.boolean(),
  kind: z.custom<KindName>((kind) => typeof kind === 'string' && isKind(kind), 'is a kind that this version lacks'),
  eventType: z.string(),
  eventId: z.string(),
  eventBlock: z.int(),
  eventTime: z.date(),
  votes: z.object({ labels: z.array(z.string()), hasOthers: z.boolean() }).nullable(),
  data: z.custom<EventData>((data) => typeof data === 'object' && data !== null, 'is no event data'),
})
export type Notified = z.output<typeof notified>

const namesOf = (kinds: object) => Object.keys(kinds)
const defaultOn = Object.entries(generalKinds).flatMap(([name, kind]) => (kind.defaultOn ? name : []))

/**
 * Loads what emails tell of, and what their members' settings say of it now. Without the rules of an event, mutes are
 * not known, and any watch of the kind counts.
 * @param context whose clock says which deadlines are over
 * @param which a condition on notifications `n`, of which all are loaded otherwise
 * @returns rows of the notifications of emails, in their order: `notified` parses one
 */
export async function loadNotified(
  pool: Pool,
  emails: readonly Pick<ClaimedEmail, 'id'>[],
  { now = () => new Date() }: Pick<EmailContext, 'now'>,
  which: Prisma.Sql = Prisma.sql`true`,
): Promise<{ emailId: number }[]> {
  const { rows } = await query<Told>(
    pool,
    Prisma.sql`
    WITH told AS MATERIALIZED (
      SELECT id, "emailId", "memberId", kind, "eventNumber", "isRead" OR "isArchived" AS is_read,
        kind = ANY (${namesOf(entityKinds)}::text[]) AS of_entity
      FROM "Notification" n WHERE "emailId" = ANY (${emails.map(({ id }) => id)}::int[]) AND ${which}
    ),
    event AS MATERIALIZED (
      SELECT e.*, ${DATA} AS told_data, ${HAS_ACCOUNTS} AS has_accounts, list,
        coalesce(jsonb_typeof(list) = 'array', false) AS has_rules
      -- Large rules are an object. Its list names no members, but entities.
      FROM "Event" e CROSS JOIN LATERAL (SELECT coalesce(rules->'counts', rules) AS list) l
      WHERE number IN (SELECT "eventNumber" FROM told)
    ),
    entity_rule AS MATERIALIZED (
      SELECT e.number, r.priority, r.rule->>'kind' AS kind, r.rule->>'audience' AS audience,
        r.rule->>'entityId' AS entity_id
      FROM event e CROSS JOIN LATERAL jsonb_array_elements(e.list) WITH ORDINALITY AS r (rule, priority)
      WHERE e.has_rules AND r.rule ? 'entityId'
    ),
    entity_setting AS (
      SELECT t.id, r.priority, r.kind = t.kind AND r.audience = 'watchers' AS of_kind, s.*
      FROM told t JOIN entity_rule r ON r.number = t."eventNumber"
      -- One look-up in the index for each. The planner cannot estimate how many rules there are.
      CROSS JOIN LATERAL (
        SELECT "shouldNotifyByEmail" AS by_email, "shouldNotify" OR "shouldNotifyByEmail" AS is_watch
        FROM "Subscription" WHERE "memberId" = t."memberId" AND kind = r.kind AND "entityId" = r.entity_id LIMIT 1
      ) s
    ),
    entity AS (
      SELECT id, min(priority) FILTER (WHERE NOT is_watch) AS muted_from,
        min(priority) FILTER (WHERE of_kind AND is_watch) AS watched_from,
        (array_agg(by_email ORDER BY priority) FILTER (WHERE of_kind AND is_watch))[1] AS by_email
      FROM entity_setting GROUP BY id
    )
    SELECT t."emailId", t."memberId", t.id AS "notificationId", m.name, m.email AS address, m."timeZone", m."receiveEmails",
      m."pauseEmailsUntil", t.is_read AS "isRead",
      e."withdrawnAt" IS NOT NULL AS "isWithdrawn",
      -- A watch before a mute survives.
      w.muted_from IS NOT NULL AND NOT coalesce(t.of_entity AND w.watched_from < w.muted_from, false) AS "isMuted",
      NOT t.of_entity OR w.watched_from IS NOT NULL OR NOT e.has_rules AND any_watch.by_email AS "isWatched",
      CASE
        WHEN NOT t.of_entity THEN coalesce(
          s."shouldNotifyByEmail", t.kind = ANY (${defaultOn}::text[]) OR ${subscribesToAll(Prisma.sql`t."memberId"`)}
        )
        WHEN e.has_rules THEN coalesce(w.by_email, false)
        ELSE any_watch.by_email
      END AS "byEmail",
      t.kind, e.type AS "eventType", e.id AS "eventId", e.block AS "eventBlock", e."time" AS "eventTime",
      e.told_data AS data, CASE WHEN e.has_accounts THEN ${votesOf(Prisma.sql`t."memberId"`)} END AS votes
    FROM told t
    JOIN "Member" m ON m.id = t."memberId"
    JOIN event e ON e.number = t."eventNumber"
    LEFT JOIN entity w ON w.id = t.id
    LEFT JOIN LATERAL (
      SELECT "shouldNotifyByEmail" FROM "Subscription"
      WHERE NOT t.of_entity AND "memberId" = t."memberId" AND kind = t.kind AND "entityId" IS NULL LIMIT 1
    ) s ON true
    CROSS JOIN LATERAL (
      SELECT t.of_entity AND NOT e.has_rules AND EXISTS (
        SELECT FROM "Subscription"
        WHERE "memberId" = t."memberId" AND kind = t.kind AND "entityId" IS NOT NULL AND "shouldNotifyByEmail"
      ) AS by_email
    ) any_watch
    ORDER BY t.id`,
  )
  const keys = rows.map((row) => (kindsWithDeadline.includes(row.kind) ? deadlineOf(row) : undefined))
  const isOver = await whatIsOver(
    pool,
    keys.filter((key) => key !== undefined),
    now(),
  )
  return rows.map((row, n) => ({ ...row, isOver: isOver(keys[n]) }))
}

/** Of a row that is not parsed yet. */
type Told = Omit<Notified, 'kind' | 'isOver'> & { kind: string }

/** Whether an email may still say anything of it, and where that goes. Asked when it is due. */
export function decideNotified(
  { receiveEmails, address, eventTime, ...news }: Notified,
  { emailMaxAgeMs }: Pick<EmailContext, 'emailMaxAgeMs'>,
): Decision {
  if (!receiveEmails) return { whyNot: 'EMAILS_OFF' }
  if (address === null) return { whyNot: 'NO_ADDRESS' }
  if (news.isWithdrawn) return { whyNot: 'WITHDRAWN' }
  if (news.isOver) return { whyNot: 'OVER' }
  if (news.isRead) return { whyNot: 'READ' }
  if (news.isMuted) return { whyNot: 'MUTED' }
  if (!news.isWatched) return { whyNot: 'NOT_WATCHED' }
  if (!news.byEmail) return { whyNot: 'SWITCHED_OFF' }
  return Date.now() - eventTime.getTime() > emailMaxAgeMs ? { whyNot: 'TOO_OLD' } : { to: address }
}

/** Whether a member's news waits for the end of a pause: it can have begun after the email was enqueued. */
export const postponed = ({ pauseEmailsUntil: until }: { pauseEmailsUntil: Date | null }): Postponed | undefined =>
  until && until.getTime() > Date.now() ? { notBefore: until, isPause: true } : undefined

/** The words of a notification. Where they are too long, what members wrote is cut first. */
export function wordsOf({ kind, eventType, data, votes, ...member }: WordsSource): Words {
  const { words } = eventOfType(eventType)
  const wordsWith = (length: number) =>
    words(shortened(data, length), kind, addressee({ ...member, votes: votes && shortenedVotes(votes, length) }))
  const whole = wordsWith(WHOLE)
  const upTo = (length: number) => (length === WHOLE ? whole : wordsWith(length))
  return {
    ...whole,
    title: fitting(SUBJECT, (length) => upTo(length).title),
    summary: whole.summary ? fitting(SUMMARY, (length) => upTo(length).summary ?? '') : null,
  }
}

/** The deadline that it is about. Undefined: none, or nothing can be said of it. */
export function deadlineOf({
  eventType,
  eventId: id,
  eventBlock: block,
  data,
}: Pick<Notified, 'eventType' | 'eventId' | 'eventBlock' | 'data'>): DeadlineKey | undefined {
  try {
    return eventOfType(eventType).deadline?.(data, { id, block })
  } catch {
    return undefined
  }
}

type WordsSource = Pick<Notified, 'memberId' | 'timeZone' | 'votes' | 'kind' | 'eventType' | 'data'>

const MOST_NAMES = 5
/** The length up to which nothing is cut. */
const WHOLE = Number.POSITIVE_INFINITY

/** Cuts what members wrote. Ids, amounts and the names of statuses are shorter than any cut. */
function shortened(data: EventData, length: number): EventData {
  if (length === WHOLE) return data
  const cut = cutTo(length)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (typeof value === 'string') return [key, cut(value)]
      return [key, Array.isArray(value) ? firstOf(value.map(cut)) : value]
    }),
  )
}

const shortenedVotes = ({ labels, hasOthers }: OwnVotes, length: number): OwnVotes => ({
  labels: labels.map(cutTo(length)),
  hasOthers,
})

const cutTo = (length: number) => (text: string) => (text.length <= length ? text : `${beginningOf(text, length - 1)}…`)

const firstOf = (names: readonly string[]) =>
  names.length <= MOST_NAMES + 1 ? names : [...names.slice(0, MOST_NAMES), `${names.length - MOST_NAMES} others`]
