import { execFileSync } from 'node:child_process'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { composeCalendar } from '../../src/calendar/ics.ts'
import { eventsIn, timeIn } from './read.ts'
import { sampleDeadline } from './sample.ts'

// Two other implementations read the files, as calendars in two cities would show them.

/** Clocks change in Berlin on 29 March and 25 October 2026 at 01:00 UTC; in New York on 8 March at 07:00, and on 1 November at 06:00. */
const ENDS = {
  '2026-03-29T00:59:59.000Z': { 'Europe/Berlin': '01:59:59', 'America/New_York': '20:59:59' },
  '2026-03-29T01:00:00.000Z': { 'Europe/Berlin': '03:00:00', 'America/New_York': '21:00:00' },
  '2026-10-25T00:30:00.000Z': { 'Europe/Berlin': '02:30:00', 'America/New_York': '20:30:00' },
  '2026-10-25T01:30:00.000Z': { 'Europe/Berlin': '02:30:00', 'America/New_York': '21:30:00' },
  '2026-03-08T06:59:59.000Z': { 'Europe/Berlin': '07:59:59', 'America/New_York': '01:59:59' },
  '2026-03-08T07:00:00.000Z': { 'Europe/Berlin': '08:00:00', 'America/New_York': '03:00:00' },
  '2026-11-01T05:30:00.000Z': { 'Europe/Berlin': '06:30:00', 'America/New_York': '01:30:00' },
  '2026-11-01T06:30:00.000Z': { 'Europe/Berlin': '07:30:00', 'America/New_York': '01:30:00' },
} as const

const ZONES = ['Europe/Berlin', 'America/New_York'] as const
const file = composeCalendar(
  Object.keys(ENDS).map((end, n) =>
    sampleDeadline({ key: String(n), title: `Voting on “Zürich, ${n}; 🌱”`, endsAt: new Date(end) }),
  ),
  { pioneerUrl: 'https://pioneer.example' },
)
const titles = Object.keys(ENDS).map((_, n) => `Ends: Voting on “Zürich, ${n}; 🌱”`)
const clockIn = (timeZone: string, time: Date) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(time)

test('ical.js reads each end in the right time, also on the days when clocks change', () => {
  const events = eventsIn(file)
  expect(events.map((event) => event.getFirstPropertyValue('summary'))).toEqual(titles)
  expect(events.map((event) => timeIn(event, 'dtend').toJSDate().toISOString())).toEqual(Object.keys(ENDS))
  for (const [n, clocks] of Object.values(ENDS).entries()) {
    const end = timeIn(events[n] as ICAL.Component, 'dtend')
    expect(end.zone).toBe(ICAL.Timezone.utcTimezone)
    for (const zone of ZONES) expect(clockIn(zone, end.toJSDate())).toBe(clocks[zone])
  }
})

/** Reads a file from its input, and prints what it found. */
const SCRIPT = `
import json, sys
from zoneinfo import ZoneInfo
from icalendar import Calendar
calendar = Calendar.from_ical(sys.stdin.buffer.read())
def entry(event):
    end, alarm = event['dtend'].dt, event.walk('VALARM')[0]
    assert not event.errors, event.errors
    return {
        'summary': str(event['summary']),
        'uid': str(event['uid']),
        'endsAt': end.astimezone(ZoneInfo('UTC')).isoformat(),
        'alarmsAt': (event['dtstart'].dt + alarm['trigger'].dt).astimezone(ZoneInfo('UTC')).isoformat(),
        'clocks': {zone: end.astimezone(ZoneInfo(zone)).strftime('%H:%M:%S') for zone in sys.argv[1:]},
    }
print(json.dumps({'method': str(calendar['method']), 'entries': [entry(event) for event in calendar.walk('VEVENT')]}))
`

/** Debian's has the module when the first of the path lacks it. */
const python = ['python3', '/usr/bin/python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import icalendar, zoneinfo'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})
if (!python) console.warn("Not tested: how Python's icalendar reads the files. It is in the package python3-icalendar.")

describe.runIf(python)("Python's icalendar", () => {
  const read = () =>
    JSON.parse(execFileSync(python ?? '', ['-c', SCRIPT, ...ZONES], { input: file, encoding: 'utf8' })) as {
      method: string
      entries: { summary: string; uid: string; endsAt: string; alarmsAt: string; clocks: Record<string, string> }[]
    }

  test('reads each end in the right time, also on the days when clocks change', () => {
    const { method, entries } = read()
    expect(method).toBe('PUBLISH')
    expect(entries.map(({ summary }) => summary)).toEqual(titles)
    expect(entries.map(({ endsAt }) => new Date(endsAt).toISOString())).toEqual(Object.keys(ENDS))
    expect(entries.map(({ clocks }) => clocks)).toEqual(Object.values(ENDS))
    expect(new Set(entries.map(({ uid }) => uid)).size).toBe(titles.length)
  })

  test('alarms an hour before each end', () => {
    for (const { endsAt, alarmsAt } of read().entries) expect(Date.parse(endsAt) - Date.parse(alarmsAt)).toBe(3_600_000)
  })
})
