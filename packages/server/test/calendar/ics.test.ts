import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import type { CalendarDeadline } from '../../src/calendar/deadline.ts'
import { composeCalendar } from '../../src/calendar/ics.ts'
import { deadlines } from '../../src/events/deadlines/list.ts'
import { eventsIn, timeIn } from './read.ts'
import { sampleDeadline } from './sample.ts'

const about = { pioneerUrl: 'https://pioneer.example' }
const compose = (deadline: Partial<CalendarDeadline> = {}) => composeCalendar([sampleDeadline(deadline)], about)
const read = (file: string) => new ICAL.Component(ICAL.parse(file))
const eventOf = (deadline: Partial<CalendarDeadline> = {}) => {
  const [event, ...others] = eventsIn(compose(deadline))
  if (!event || others.length) throw new Error('The file has not one event')
  return event
}
const timeOf = (event: ICAL.Component, name: string) => timeIn(event, name).toJSDate().toISOString()

test('a deadline is the last minutes before its end, with an alarm an hour before', () => {
  const event = eventOf()
  expect(timeOf(event, 'dtstart')).toBe('2026-12-01T11:45:00.000Z')
  expect(timeOf(event, 'dtend')).toBe('2026-12-01T12:00:00.000Z')
  expect(timeOf(event, 'dtstamp')).toBe('2026-11-27T08:00:00.000Z')
  expect(timeOf(event, 'last-modified')).toBe('2026-11-27T08:00:00.000Z')
  expect(event.getFirstPropertyValue('summary')).toBe('Ends: Voting for the council')
  expect(event.getFirstPropertyValue('url')).toBe('https://pioneer.example/#/election')
  expect(event.getFirstPropertyValue('description')).toBe('Open it in Pioneer: https://pioneer.example/#/election')
  expect(event.getFirstPropertyValue('transp')).toBe('TRANSPARENT')
  expect(event.getFirstPropertyValue('status')).toBe('CONFIRMED')
  expect(event.getFirstPropertyValue('sequence')).toBe(0)
  const [alarm, ...others] = event.getAllSubcomponents('valarm')
  expect(others).toEqual([])
  expect(alarm?.getFirstPropertyValue('action')).toBe('DISPLAY')
  expect(alarm?.getFirstPropertyValue('description')).toBe('Ends: Voting for the council')
  const alarmAt = timeIn(event, 'dtstart').clone()
  alarmAt.addDuration(alarm?.getFirstPropertyValue('trigger') as ICAL.Duration)
  expect(alarmAt.toJSDate().toISOString()).toBe('2026-12-01T11:00:00.000Z')
})

test('one that is gone is cancelled, and alarms nobody', () => {
  const event = eventOf({ isCancelled: true, sequence: 3 })
  expect(event.getFirstPropertyValue('status')).toBe('CANCELLED')
  expect(event.getFirstPropertyValue('sequence')).toBe(3)
  expect(event.getAllSubcomponents('valarm')).toEqual([])
})

test('the file is published, and says what it is called and when to ask again', () => {
  const named = read(composeCalendar([], { ...about, name: 'Joystream', refreshSeconds: 3_600 }))
  expect(named.getFirstPropertyValue('version')).toBe('2.0')
  expect(named.getFirstPropertyValue('prodid')).toBe('-//Joystream//Notifications//EN')
  expect(named.getFirstPropertyValue('method')).toBe('PUBLISH')
  expect(named.getFirstPropertyValue('x-wr-calname')).toBe('Joystream')
  expect(String(named.getFirstPropertyValue('refresh-interval'))).toBe('PT1H')
  const plain = read(compose())
  expect(plain.getFirstPropertyValue('x-wr-calname')).toBeNull()
  expect(plain.getFirstPropertyValue('refresh-interval')).toBeNull()
})

test('an entry is the same when its deadline moves, and another for each deadline and each network', () => {
  const uid = (deadline: Partial<CalendarDeadline>, pioneerUrl = about.pioneerUrl) =>
    eventsIn(composeCalendar([sampleDeadline(deadline)], { pioneerUrl }))[0]?.getFirstPropertyValue('uid')
  expect(uid({})).toBe('ElectionVotingEnding-round-00000005@pioneer.example')
  expect(uid({ endsAt: new Date(0), title: 'Else', sequence: 5, isCancelled: true })).toBe(uid({}))
  const others = [
    uid({ key: 'round-00000006' }),
    uid({ type: 'ElectionRevealingEnding' }),
    uid({}, 'https://test.example'),
  ]
  expect(new Set([uid({}), ...others]).size).toBe(4)
})

test('a deadline of which members are told before ends, and the others are called by what happens then', () => {
  for (const { type, event } of deadlines) {
    const summary = eventOf({ type, title: 'A title' }).getFirstPropertyValue('summary')
    expect(summary).toBe(event ? 'Ends: A title' : 'A title')
  }
})

test.each([
  ['a megabyte', 'word '.repeat(200_000)],
  ['one letter with a megabyte of accents', `a${'\u0301'.repeat(1_000_000)}`],
  ['line breaks', 'One\r\nATTACH:https://evil.com/x\nEND:VEVENT\rBEGIN:VALARM'],
  ['Unicode line breaks', 'One\u2028ATTACH:x\u2029STATUS:CANCELLED\u0085UID:1'],
  ['what iCalendar escapes', 'a\\nb;c,d:"e"^n'],
  ['a lone surrogate', `${'x'.repeat(67)}\ud800\r\nATTACH:x`],
  ['a lone surrogate at the end', 'x\ud800'],
  ['nul', 'a\u0000b\u001b[0m'],
  ['an address', 'see https://evil.com and mail me@evil.com'],
  ['another direction', 'a\u202eb'],
])('a title with %s stays the title', (_, text) => {
  const title = `Voting on “${text}”`
  const file = composeCalendar([sampleDeadline({ title }), sampleDeadline({ key: 'next' })], { ...about, name: title })
  expect(file.length).toBeLessThan(4_000)
  expect(file.isWellFormed()).toBe(true)
  expect(file.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
  for (const line of file.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  const events = eventsIn(file)
  expect(events).toHaveLength(2)
  for (const event of events) {
    const names = event.getAllProperties().map(({ name }) => name)
    expect(names.sort()).toEqual([
      'description',
      'dtend',
      'dtstamp',
      'dtstart',
      'last-modified',
      'sequence',
      'status',
      'summary',
      'transp',
      'uid',
      'url',
    ])
    expect(event.getAllSubcomponents()).toHaveLength(1)
  }
  const summary = String(events[0]?.getFirstPropertyValue('summary'))
  expect(summary).toMatch(/^Ends: Voting on “/)
  expect(summary.length).toBeLessThanOrEqual(150)
  // Nothing that a calendar would make a link.
  expect(summary).not.toMatch(/https:|@evil|\w\.com/)
})

test('an id that a query node made up stays an id', () => {
  const uid = String(eventOf({ key: 'a\r\nATTACH:x;y,z\ud800' }).getFirstPropertyValue('uid'))
  expect(uid).toBe('ElectionVotingEnding-a%0D%0AATTACH%3Ax%3By%2Cz%EF%BF%BD@pioneer.example')
})
