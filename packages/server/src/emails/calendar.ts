import { type CalendarDeadline, COLUMNS, IS_SHOWN } from '../calendar/deadline.ts'
import { composeCalendar } from '../calendar/ics.ts'
import { type Pool, query } from '../db/client.ts'
import type { DeadlineKey } from '../events/deadlines/keys.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Attachment } from '../outbox/provider.ts'

/** Each deadline once, in the order in which they are named. What has ended, or is not known, is left out. */
export type Calendar = (keys: readonly DeadlineKey[]) => CalendarDeadline[]

/** Loads deadlines as they are now, with one query. */
export async function loadCalendar(pool: Pool, keys: readonly DeadlineKey[]): Promise<Calendar> {
  const deadlines = await find<CalendarDeadline>(pool, keys, COLUMNS, IS_SHOWN)
  return calendarWith(deadlines)
}

/** A query node can leave one out for a moment. */
const GONE_MINUTES = 10

/** Finds which of these deadlines have ended or are gone, with one query. One that is not known is not over. */
export async function whatIsOver(pool: Pool, keys: readonly DeadlineKey[], now: Date) {
  const over = await find<DeadlineKey>(
    pool,
    keys,
    Prisma.sql`type, key`,
    Prisma.sql`"goneAt" < now() - make_interval(mins => ${GONE_MINUTES}::int) OR "endsAt" <= ${now}::timestamptz`,
  )
  const names = new Set(over.map(nameOf))
  return (key: DeadlineKey | undefined): boolean => key !== undefined && names.has(nameOf(key))
}

async function find<Row extends object>(
  pool: Pool,
  keys: readonly DeadlineKey[],
  columns: Prisma.Sql,
  condition: Prisma.Sql,
): Promise<Row[]> {
  const wanted = [...new Map(keys.map((key) => [nameOf(key), key])).values()]
  if (!wanted.length) return []
  const { rows } = await query<Row>(
    pool,
    Prisma.sql`
    SELECT ${columns} FROM "Deadline" JOIN unnest(
      ${wanted.map(({ type }) => type)}::text[], ${wanted.map(({ key }) => key)}::text[]
    ) AS wanted (type, key) USING (type, key)
    WHERE ${condition}`,
  )
  return rows
}

export function calendarWith(deadlines: readonly CalendarDeadline[]): Calendar {
  const found = new Map(deadlines.map((deadline) => [nameOf(deadline), deadline]))
  return (keys) => [...new Set(keys.map(nameOf))].flatMap((name) => found.get(name) ?? [])
}

const nameOf = ({ type, key }: DeadlineKey) => `${type} ${key}`

/** In the text of an email. Null: it brings none. */
export function noteOf(deadlines: readonly CalendarDeadline[]): string | null {
  const ahead = deadlines.filter(({ isCancelled }) => !isCancelled).length
  if (ahead > 1) return 'Calendar entries are attached, with an alarm an hour before each end.'
  if (ahead === 1) return 'A calendar entry is attached, with an alarm an hour before the end.'
  return deadlines.length ? 'A calendar entry is attached, which says that this has been called off.' : null
}

export const attachmentOf = (deadlines: readonly CalendarDeadline[], pioneerUrl: string): Attachment => ({
  name: 'deadline.ics',
  type: 'text/calendar; charset=utf-8; method=PUBLISH',
  content: composeCalendar(deadlines, { pioneerUrl }),
})
