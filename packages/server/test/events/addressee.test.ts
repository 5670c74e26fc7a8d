import { expect, onTestFinished, test, vi } from 'vitest'
import { ANYBODY, addressee, dayFor, isYou, timeFor } from '../../src/events/addressee.ts'

const inZone = (timeZone: string) => addressee({ memberId: 2, timeZone })

test.each<[string, string]>([
  ['UTC', 'Sat 28 Nov, 14:00 UTC'],
  ['Europe/Berlin', 'Sat 28 Nov, 15:00 CET'],
  ['America/New_York', 'Sat 28 Nov, 09:00 GMT-5'],
  ['Asia/Kolkata', 'Sat 28 Nov, 19:30 GMT+5:30'],
  ['Pacific/Kiritimati', 'Sun 29 Nov, 04:00 GMT+14'],
  ['Atlantis/Capital', 'Sat 28 Nov, 14:00 UTC'],
])('a reader in %s reads a time as %s', (timeZone, text) => {
  expect(timeFor('2026-11-28T14:00:00Z', inZone(timeZone))).toBe(text)
  expect(text.startsWith(dayFor('2026-11-28T14:00:00Z', inZone(timeZone)))).toBe(true)
})

test('all spellings of a zone share one format: a member could make any number', () => {
  const made = vi.spyOn(Intl, 'DateTimeFormat')
  onTestFinished(() => made.mockRestore())
  for (const zone of ['Asia/Tokyo', 'asia/tokyo', 'ASIA/TOKYO', 'aSiA/tOkYo']) {
    expect(timeFor('2026-11-28T14:00:00Z', inZone(zone))).toBe('Sat 28 Nov, 23:00 GMT+9')
  }
  expect(made).toHaveBeenCalledTimes(1)
})

test('a time is right on both sides of a change of daylight saving', () => {
  const times = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((time) => timeFor(time, inZone('Europe/Berlin')))
  expect(times).toEqual(['Sun 25 Oct, 02:30 CEST', 'Sun 25 Oct, 02:30 CET'])
})

test('only the member that a sentence is about is "you"', () => {
  expect(isYou('2', inZone('UTC'))).toBe(true)
  expect(isYou('3', inZone('UTC'))).toBe(false)
  for (const nobody of [null, undefined, '']) expect(isYou(nobody, inZone('UTC'))).toBe(false)
  expect(isYou(undefined, ANYBODY)).toBe(false)
})
