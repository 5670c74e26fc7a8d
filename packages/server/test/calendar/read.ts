import ICAL from 'ical.js'

/** What a calendar reads of an entry. Times in ISO 8601. */
export type Entry = {
  uid: string
  summary: string
  sequence: number
  status: string
  startsAt: string
  endsAt: string
  alarmsAt: string[]
}

export const eventsIn = (file: string): ICAL.Component[] =>
  new ICAL.Component(ICAL.parse(file)).getAllSubcomponents('vevent')

export function timeIn(event: ICAL.Component, name: string): ICAL.Time {
  const value = event.getFirstPropertyValue(name)
  if (value instanceof ICAL.Time) return value
  throw new Error(`${name} is no time`)
}

/** The entries of a calendar file, as ical.js reads them. @throws Error when the file is none */
export const entriesIn = (file: string): Entry[] =>
  eventsIn(file).map((event) => ({
    uid: String(event.getFirstPropertyValue('uid')),
    summary: String(event.getFirstPropertyValue('summary')),
    sequence: Number(event.getFirstPropertyValue('sequence')),
    status: String(event.getFirstPropertyValue('status')),
    startsAt: iso(timeIn(event, 'dtstart')),
    endsAt: iso(timeIn(event, 'dtend')),
    alarmsAt: event.getAllSubcomponents('valarm').map((alarm) => {
      const trigger = alarm.getFirstPropertyValue('trigger')
      if (!(trigger instanceof ICAL.Duration)) throw new Error('An alarm has no trigger')
      const time = timeIn(event, 'dtstart').clone()
      time.addDuration(trigger)
      return iso(time)
    }),
  }))

export const iso = (time: ICAL.Time): string => time.toJSDate().toISOString()
