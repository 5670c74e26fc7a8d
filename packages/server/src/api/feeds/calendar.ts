import { readCalendar } from '../../members/calendar.ts'
import type { FeedDefinition } from './define.ts'

/** What ends and concerns the member, as an iCalendar file (RFC 5545). */
export const calendarFeed: FeedDefinition = {
  name: 'calendar',
  contentType: 'text/calendar; charset=utf-8',
  maxAgeSeconds: 300,
  async compose({ pool, pioneerUrl }, { id }) {
    // Loaded late, as the library for feeds is.
    const { composeCalendar } = await import('../../calendar/ics.ts')
    return composeCalendar(await readCalendar(pool, id), { pioneerUrl, name: 'Joystream', refreshSeconds: 15 * 60 })
  },
}
