import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { digestTime } from '../../src/members/calm.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.close())

type Settings = { every: 'HOURLY' | 'DAILY' | 'WEEKLY'; hour?: number; weekday?: number; zone?: string }

/** The digests of somebody who has news at every moment, from a time on. */
async function digestsFrom(start: string, count: number, settings: Settings) {
  const { every, hour = 9, weekday = 1, zone = 'UTC' } = settings
  const due: string[] = []
  for (let after = new Date(start); due.length < count; ) {
    const { rows } = await query<{ at: Date }>(
      database.pool,
      Prisma.sql`
      SELECT ${digestTime(Prisma.sql`${after}::timestamptz`)} AS at
      FROM (SELECT ${every}::"EmailFrequency" AS "emailFrequency", ${hour}::smallint AS "digestHour",
        ${weekday}::smallint AS "digestWeekday", ${zone}::text AS "timeZone") m`,
    )
    after = rows[0]?.at ?? new Date(Number.NaN)
    due.push(after.toISOString().replace(':00.000Z', ''))
  }
  return due
}

test('an hourly digest is due at the end of the clock hour, in zones with half hours too', async () => {
  const hours = ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00']
  expect(await digestsFrom('2026-03-28T23:00:00Z', 3, { every: 'HOURLY', zone: 'Europe/Berlin' })).toEqual(hours)
  expect(await digestsFrom('2026-03-28T23:59:59.999Z', 3, { every: 'HOURLY', zone: 'Asia/Kolkata' })).toEqual(hours)
})

test('a daily digest keeps its local hour when the clocks go forward and back', async () => {
  expect(await digestsFrom('2026-03-28T00:00:00Z', 3, { every: 'DAILY', zone: 'Europe/Berlin' })).toEqual([
    '2026-03-28T08:00',
    '2026-03-29T07:00',
    '2026-03-30T07:00',
  ])
  expect(await digestsFrom('2026-10-24T00:00:00Z', 3, { every: 'DAILY', zone: 'Europe/Berlin' })).toEqual([
    '2026-10-24T07:00',
    '2026-10-25T08:00',
    '2026-10-26T08:00',
  ])
})

test('a daily digest whose hour the clocks skip comes an hour later that day, once', async () => {
  expect(await digestsFrom('2026-03-28T00:00:00Z', 3, { every: 'DAILY', hour: 2, zone: 'Europe/Berlin' })).toEqual([
    '2026-03-28T01:00',
    '2026-03-29T01:00',
    '2026-03-30T00:00',
  ])
})

test('a daily digest whose hour comes twice is sent at the second, once', async () => {
  const settings = { every: 'DAILY', hour: 2, zone: 'Europe/Berlin' } as const
  const days = ['2026-10-24T00:00', '2026-10-25T01:00', '2026-10-26T01:00']
  expect(await digestsFrom('2026-10-23T12:00:00Z', 3, settings)).toEqual(days)
  // News in the first of the two hours, and in the second.
  expect(await digestsFrom('2026-10-25T00:30:00Z', 1, settings)).toEqual([days[1]])
  expect(await digestsFrom('2026-10-25T01:30:00Z', 1, settings)).toEqual([days[2]])
})

test('midnight works where the clocks change at midnight', async () => {
  expect(await digestsFrom('2026-03-28T00:00:00Z', 3, { every: 'DAILY', hour: 0, zone: 'Asia/Beirut' })).toEqual([
    '2026-03-28T22:00',
    '2026-03-29T21:00',
    '2026-03-30T21:00',
  ])
})

test('a weekly digest comes on its local weekday, seven days apart across a change of the clocks', async () => {
  // Monday in Auckland begins on Sunday in UTC.
  const settings = { every: 'WEEKLY', hour: 8, weekday: 1, zone: 'Pacific/Auckland' } as const
  expect(await digestsFrom('2026-09-13T12:00:00Z', 4, settings)).toEqual([
    '2026-09-13T20:00',
    '2026-09-20T20:00',
    '2026-09-27T19:00',
    '2026-10-04T19:00',
  ])
})

test('every zone that a browser offers gives one digest a day for a year, and one a week', async () => {
  const zones = Intl.supportedValuesOf('timeZone')
  for (const [every, step, count] of [
    ['DAILY', '1 day', 366],
    ['WEEKLY', '7 days', 53],
  ] as const) {
    // The day of each digest in the zone: none twice, none left out.
    const { rows } = await query<{ zone: string }>(
      database.pool,
      Prisma.sql`
      WITH RECURSIVE digest AS (
        SELECT zone AS "timeZone", ${every}::"EmailFrequency" AS "emailFrequency", hour AS "digestHour",
          1 AS "digestWeekday", 0 AS n, '2026-01-01'::timestamptz AS at
        FROM unnest(${zones}::text[]) AS zone, unnest(ARRAY[0, 2]) AS hour
        UNION ALL
        SELECT "timeZone", "emailFrequency", "digestHour", "digestWeekday", n + 1, ${digestTime(Prisma.sql`m.at`)}
        FROM digest m WHERE n < ${count}::int
      ),
      day AS (SELECT "timeZone" AS zone, "digestHour", n, (at AT TIME ZONE "timeZone")::date AS day FROM digest WHERE n > 0)
      SELECT DISTINCT zone FROM (
        SELECT *, lag(day) OVER (PARTITION BY zone, "digestHour" ORDER BY n) AS before FROM day
      ) day WHERE day <> before + ${step}::interval`,
    )
    expect(rows).toEqual([])
  }
})
