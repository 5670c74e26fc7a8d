import { type Pool, query } from '../../db/client.ts'
import { isLink, readLink } from '../../events/links.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { COLUMNS, type EventFacts } from './facts.ts'

/** What a person asked about. `total`: events that the page is about, of which the newest are listed. */
export type Found =
  | { what: 'event id'; id: string }
  | { what: 'events'; events: EventFacts[]; total: number }
  | { what: 'nothing'; because: string }

const MOST_EVENTS = 10
const MAX_ID = 2 ** 31 - 1

/**
 * Finds what a text means: the id of a notification or an event, or a link to Pioneer.
 * @param memberId whose notification it is
 */
export async function find(pool: Pool, memberId: number, text: string): Promise<Found> {
  if (isLink(text)) return findLinked(pool, text)
  if (/^https?:/i.test(text)) {
    return {
      what: 'nothing',
      because: 'This is no link to a page of Pioneer: those contain #/, as in …/#/forum/thread/1',
    }
  }
  if (!/^\d+$/.test(text)) return { what: 'event id', id: text }
  const id = Number(text)
  const { rows } = await query<EventFacts & { eventId: string }>(
    pool,
    Prisma.sql`
    SELECT ${COLUMNS}, n."eventId" FROM "Notification" n LEFT JOIN "Event" e ON e.number = n."eventNumber"
    WHERE n."memberId" = ${memberId}::int AND n.id = ${id <= MAX_ID ? id : -1}::int`,
  )
  const [row] = rows
  if (!row) return { what: 'event id', id: text }
  const { eventId, ...event } = row
  return event.number === null ? { what: 'event id', id: eventId } : { what: 'events', events: [event], total: 1 }
}

async function findLinked(pool: Pool, link: string): Promise<Found> {
  const page = readLink(link)
  if (!page) return { what: 'nothing', because: 'No event links to this page of Pioneer' }
  const which =
    'types' in page
      ? Prisma.sql`e.type = ANY (${page.types}::text[])`
      : Prisma.sql`e.data @> ${JSON.stringify(page.fields)}::jsonb`
  const { rows } = await query<EventFacts & { total: number }>(
    pool,
    Prisma.sql`
    WITH found AS MATERIALIZED (SELECT number FROM "Event" e WHERE ${which})
    SELECT ${COLUMNS}, (SELECT count(*)::int FROM found) AS total FROM "Event" e
    WHERE e.number IN (SELECT number FROM found ORDER BY number DESC LIMIT ${MOST_EVENTS}::int)
    ORDER BY e.number DESC`,
  )
  if (!rows.length)
    return { what: 'nothing', because: 'No event about this page is known: it was not read, or is forgotten' }
  return { what: 'events', events: rows, total: rows[0]?.total ?? 0 }
}
