import { type Pool, query } from '../../db/client.ts'
import { STORE_KEYS } from '../../db/store.ts'
import { isKind, reasonOf } from '../../events/kinds.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { shorten } from '../../lib/text.ts'
import { emailWords, type Reader } from './email-words.ts'
import { type EventFacts, eventsWithId, readFacts, readNotification } from './facts.ts'
import { type Story, tell } from './story.ts'
import { timeText } from './times.ts'

export type ExplainOptions = {
  /** For how many days the rules of events are kept. */
  whyDays: number
  reader: Reader
}

const SHOWN_ID = { graphemes: 100, units: 200 }

/**
 * Why a member was, or was not, notified of an event.
 * @param eventId the query node's
 * @returns a story for each event with this id, which is unique within a type only; one if there is none. None if the
 *   membership is not registered
 */
export async function explainEvent(
  pool: Pool,
  memberId: number,
  eventId: string,
  options: ExplainOptions,
): Promise<Story[]> {
  const events = await eventsWithId(pool, eventId)
  if (!events.length) return [await explainUnknown(pool, memberId, eventId, options.reader)]
  return explainEvents(pool, memberId, events, options)
}

export async function explainEvents(
  pool: Pool,
  memberId: number,
  events: readonly EventFacts[],
  { whyDays, reader }: ExplainOptions,
): Promise<Story[]> {
  const stories: Story[] = []
  for (const event of events) {
    const facts = await readFacts(pool, memberId, event, whyDays)
    if (facts) stories.push(tell(facts, reader))
  }
  return stories
}

type Unread = {
  setAsideType: string | null
  error: string | null
  retryAt: Date | null
  waitingType: string | null
  cursor: number | null
}

/** Of an event that is not stored: it was not read, or not understood, or it is forgotten. */
async function explainUnknown(pool: Pool, memberId: number, eventId: string, reader: Reader): Promise<Story> {
  const story = { eventType: null, eventId, time: null, title: null, notificationId: null, steps: [] }
  const notification = await readNotification(
    pool,
    memberId,
    Prisma.sql`n."eventNumber" IS NULL AND n."eventId" = ${eventId}`,
  )
  if (notification) {
    const because = isKind(notification.kind) ? `, because ${reasonOf(notification.kind)}` : ''
    const outcome = `You were notified${because}. The backend before this service did it, and kept no more than that.`
    const { text } = emailWords(notification, reader, new Date())
    return { ...story, notificationId: notification.id, outcome, steps: [{ label: 'Email', text }] }
  }
  const { rows } = await query<Unread>(
    pool,
    Prisma.sql`
    SELECT s.type AS "setAsideType", s.error, s."retryAt", w.type AS "waitingType",
      CASE jsonb_typeof(p.value->'block') WHEN 'number' THEN (p.value->>'block')::float8 END AS cursor
    FROM (SELECT) AS always
    LEFT JOIN (SELECT * FROM "SetAsideEvent" WHERE id = ${eventId} LIMIT 1) s ON true
    LEFT JOIN (SELECT * FROM "WaitingEvent" WHERE id = ${eventId} LIMIT 1) w ON true
    LEFT JOIN "Store" p ON p.key = ${STORE_KEYS.progress}`,
  )
  const [unread] = rows
  const error = reader === 'operator' ? unread?.error : undefined
  const steps = error ? [{ label: 'Error', text: error }] : []
  const eventType = unread?.setAsideType ?? unread?.waitingType ?? null
  return { ...story, eventType, steps, outcome: whyUnknown(eventId, unread) }
}

function whyUnknown(eventId: string, unread: Unread | undefined): string {
  if (unread?.setAsideType) {
    const next = unread.retryAt
      ? `It is tried again after ${timeText(unread.retryAt)}.`
      : 'An update of this service is needed.'
    return `Nobody was notified yet: the event could not be understood. ${next}`
  }
  if (unread?.waitingType) {
    return 'Nobody was notified yet: the event waits until all posts of a long thread are read.'
  }
  const cursor = unread?.cursor ?? null
  const shown = shorten(eventId, SHOWN_ID)
  if (cursor === null) return `No event ${shown} is known: this service has not read any event yet.`
  // Such as OLYMPIA-5000000-3.
  const [, block] = /^[A-Za-z_]+-(\d{1,9})-\d+$/.exec(eventId) ?? []
  const readTo = `this service has read all events up to block ${cursor}`
  if (block !== undefined && Number(block) > cursor) return `The event ${shown} was not read yet: ${readTo}.`
  return `No event ${shown} is known: ${readTo}, except those from before its first run. The id may be misspelt, events of its type may notify nobody, or it concerned nobody and is forgotten by now.`
}
