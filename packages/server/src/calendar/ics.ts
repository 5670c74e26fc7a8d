import icalendar, {
  ICalCalendarMethod,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import { deadlines as known } from '../events/deadlines/list.ts'
import { plain, SUBJECT } from '../lib/plain.ts'
import { shorten } from '../lib/text.ts'
import type { CalendarDeadline } from './deadline.ts'

/**
 * A deadline takes the last minutes before its end, which is often an estimate. Calendars give what takes no time an hour
 * or half of one, from then on.
 */
const MINUTES = 15
const ALARM_MINUTES = 60

/**
 * An iCalendar file (RFC 5545). All times are in UTC: a calendar shows them in its own time zone.
 * @param about where the links lead, without a slash at its end; what the calendar is called, and how often one that
 * subscribes to it asks again
 */
export function composeCalendar(
  deadlines: readonly CalendarDeadline[],
  about: { pioneerUrl: string; name?: string; refreshSeconds?: number },
): string {
  const { pioneerUrl, name = null, refreshSeconds = null } = about
  const events = deadlines.map((deadline) => eventOf(deadline, pioneerUrl))
  // RFC 5545, 3.1: each line ends, the last one too.
  return `${icalendar({
    prodId: { company: 'Joystream', product: 'Notifications', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    name: name === null ? null : shorten(plain(name), SUBJECT),
    ttl: refreshSeconds,
    events,
  }).toString()}\r\n`
}

function eventOf(deadline: CalendarDeadline, pioneerUrl: string): ICalEventData {
  const { path, endsAt, isEstimated, sequence, isCancelled, changedAt } = deadline
  const summary = summaryOf(deadline)
  const url = pioneerUrl + path
  return {
    id: uidOf(deadline, pioneerUrl),
    sequence,
    stamp: changedAt,
    lastModified: changedAt,
    start: new Date(endsAt.getTime() - MINUTES * 60_000),
    end: endsAt,
    summary,
    // Not every calendar shows the address of an event.
    description: `${isEstimated ? 'The time is an estimate: the end can be some minutes earlier or later. ' : ''}Open it in Pioneer: ${url}`,
    url,
    // Nobody is busy because something ends.
    transparency: ICalEventTransparency.TRANSPARENT,
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    // Counted from the beginning: Outlook knows no other alarms.
    alarms: isCancelled ? [] : [{ triggerBefore: (ALARM_MINUTES - MINUTES) * 60, description: summary }],
  }
}

/** The same for as long as the deadline is the same, and different in another network, which has a Pioneer of its own. */
function uidOf({ type, key }: CalendarDeadline, pioneerUrl: string): string {
  // The library writes it as it is.
  return `${encodeURIComponent(`${type}-${key}`.toWellFormed())}@${new URL(pioneerUrl).hostname}`
}

/** What members are told of before is something that they can do until then. The others are what happens then. */
function summaryOf({ type, title }: CalendarDeadline): string {
  const isEnd = known.find((deadline) => deadline.type === type)?.event !== undefined
  return shorten(`${isEnd ? 'Ends: ' : ''}${plain(title)}`, SUBJECT)
}
