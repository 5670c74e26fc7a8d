import { z } from 'zod'
import { query } from '../../db/client.ts'
import type { AnyEventDefinition, EventData } from '../../events/define.ts'
import { groupOf, isKind, type KindName, reasonOf } from '../../events/kinds.ts'
import { eventOfType, events } from '../../events/list.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { beginningOf } from '../../lib/text.ts'
import { defineEmailType, parseLoaded } from '../define.ts'
import { fitting, SUBJECT, SUMMARY } from '../plain.ts'

const content = z.object({
  name: z.string(),
  address: z.string().nullable(),
  receiveEmails: z.boolean(),
  kind: z.custom<KindName>((kind) => typeof kind === 'string' && isKind(kind), 'is a kind that this version lacks'),
  eventType: z.string(),
  eventTime: z.date(),
  data: z.custom<EventData>((data) => typeof data === 'object' && data !== null, 'is no event data'),
})
export type NotificationContent = z.output<typeof content>

export const notification = defineEmailType<NotificationContent>({
  name: 'notification',

  async load(pool, emails) {
    const { rows } = await query(
      pool,
      Prisma.sql`
      SELECT n."emailId", m.name, m.email AS address, m."receiveEmails", n.kind, e.type AS "eventType",
        e."time" AS "eventTime", e.data
      FROM "Notification" n
      JOIN "Member" m ON m.id = n."memberId"
      JOIN "Event" e ON e.number = n."eventNumber"
      WHERE n."emailId" = ANY (${emails.map(({ id }) => id)}::int[])
      ORDER BY n.id`,
    )
    return parseLoaded(content, rows)
  },

  decide({ address, receiveEmails, eventTime }, { emailMaxAgeMs }) {
    if (!receiveEmails) return { whyNot: 'EMAILS_OFF' }
    if (address === null) return { whyNot: 'NO_ADDRESS' }
    return Date.now() - eventTime.getTime() > emailMaxAgeMs ? { whyNot: 'TOO_OLD' } : { to: address }
  },

  compose({ name, kind, eventType, data }, { pioneerUrl }) {
    const { words } = eventOfType(eventType)
    const { excerpt = null, path, action, group: workingGroup, conversation } = words(data, kind)
    const headline = fitting(SUBJECT, (length) => words(shortened(data, length), kind).title)
    const summary = fitting(SUMMARY, (length) => words(shortened(data, length), kind).summary)
    const link = pioneerUrl + path
    const reason = reasonOf(kind, workingGroup)
    return { name, headline, summary, excerpt, action, link, reason, kind, group: groupOf(kind), conversation }
  },

  samples: () =>
    events.flatMap((event) =>
      kindsOf(event).map((kind) => ({ group: event.type, name: kind, content: sampleOf(event, kind) })),
    ),
})

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

/** The kinds for which an event notifies anyone. Those who muted an entity are told of nothing. */
export function kindsOf(event: AnyEventDefinition): KindName[] {
  const telling = event.rules(event.sample()).filter(({ audience }) => audience !== 'muters')
  return [...new Set(telling.map(({ kind }) => kind))]
}

const sampleOf = (event: AnyEventDefinition, kind: KindName): NotificationContent => ({
  name: 'bob',
  address: 'bob@example.org',
  receiveEmails: true,
  kind,
  eventType: event.type,
  eventTime: new Date(),
  data: event.data(event.sample()),
})
