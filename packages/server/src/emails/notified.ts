import { z } from 'zod'
import { type Pool, query } from '../db/client.ts'
import type { EventData, Words } from '../events/define.ts'
import { isKind, type KindName } from '../events/kinds.ts'
import { eventOfType } from '../events/list.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { beginningOf } from '../lib/text.ts'
import type { ClaimedEmail } from '../outbox/claim.ts'
import type { Decision, EmailContext, Postponed } from './define.ts'
import { fitting, SUBJECT, SUMMARY } from './plain.ts'

/** A notification with all that an email says of it, and what decides whether it still may. */
export const notified = z.object({
  emailId: z.int(),
  memberId: z.int(),
  name: z.string(),
  address: z.string().nullable(),
  receiveEmails: z.boolean(),
  pauseEmailsUntil: z.date().nullable(),
  kind: z.custom<KindName>((kind) => typeof kind === 'string' && isKind(kind), 'is a kind that this version lacks'),
  eventType: z.string(),
  eventTime: z.date(),
  data: z.custom<EventData>((data) => typeof data === 'object' && data !== null, 'is no event data'),
})
export type Notified = z.output<typeof notified>

/**
 * @param which a condition on notifications `n`, of which all are loaded otherwise
 * @returns rows of the notifications of emails, in their order: `notified` parses one
 */
export async function loadNotified(
  pool: Pool,
  emails: readonly Pick<ClaimedEmail, 'id'>[],
  which: Prisma.Sql = Prisma.sql`true`,
): Promise<{ emailId: number }[]> {
  const { rows } = await query<{ emailId: number }>(
    pool,
    Prisma.sql`
    SELECT n."emailId", n."memberId", n.id AS "notificationId", m.name, m.email AS address, m."receiveEmails", m."pauseEmailsUntil", n.kind, e.type AS "eventType",
      e."time" AS "eventTime", e.data
    FROM "Notification" n
    JOIN "Member" m ON m.id = n."memberId"
    JOIN "Event" e ON e.number = n."eventNumber"
    WHERE n."emailId" = ANY (${emails.map(({ id }) => id)}::int[]) AND ${which}
    ORDER BY n.id`,
  )
  return rows
}

/** Whether an email may still say anything of it, and where that goes. */
export function decideNotified(
  { receiveEmails, address, eventTime }: Notified,
  { emailMaxAgeMs }: Pick<EmailContext, 'emailMaxAgeMs'>,
): Decision {
  if (!receiveEmails) return { whyNot: 'EMAILS_OFF' }
  if (address === null) return { whyNot: 'NO_ADDRESS' }
  return Date.now() - eventTime.getTime() > emailMaxAgeMs ? { whyNot: 'TOO_OLD' } : { to: address }
}

/** Whether a member's news waits for the end of a pause: it can have begun after the email was enqueued. */
export const postponed = ({ pauseEmailsUntil: until }: { pauseEmailsUntil: Date | null }): Postponed | undefined =>
  until && until.getTime() > Date.now() ? { notBefore: until } : undefined

/** The words of a notification. Where they are too long, what members wrote is cut first. */
export function wordsOf({ kind, eventType, data }: Pick<Notified, 'kind' | 'eventType' | 'data'>): Words {
  const { words } = eventOfType(eventType)
  return {
    ...words(data, kind),
    title: fitting(SUBJECT, (length) => words(shortened(data, length), kind).title),
    summary: fitting(SUMMARY, (length) => words(shortened(data, length), kind).summary),
  }
}

const MOST_NAMES = 5

/** Cuts what members wrote. Ids, amounts and the names of statuses are shorter than any cut. */
function shortened(data: EventData, length: number): EventData {
  if (length === Number.POSITIVE_INFINITY) return data
  const cut = (text: string) => (text.length <= length ? text : `${beginningOf(text, length - 1)}…`)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (typeof value === 'string') return [key, cut(value)]
      return [key, Array.isArray(value) ? firstOf(value.map(cut)) : value]
    }),
  )
}

const firstOf = (names: readonly string[]) =>
  names.length <= MOST_NAMES + 1 ? names : [...names.slice(0, MOST_NAMES), `${names.length - MOST_NAMES} others`]
