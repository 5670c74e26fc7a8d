import type { Transaction } from '../db/client.ts'
import { holdRecording } from '../db/recording.ts'
import { EmailFrequency, type Member, Prisma } from '../generated/prisma/client.ts'
import { cut } from '../lib/cut.ts'
import { isDay } from '../lib/day.ts'

/** When a member's news is emailed. */
export type Calm = Pick<
  Member,
  'emailFrequency' | 'digestHour' | 'digestWeekday' | 'timeZone' | 'pauseEmailsUntil' | 'urgentImmediately'
>
/** What is absent or undefined stays as it is; `pauseEmailsUntil: null` ends the pause. */
export type CalmChanges = { [Setting in keyof Calm]?: Calm[Setting] | undefined }

/** A setting that cannot be saved. Its message is for the member. */
export class CalmMistake extends Error {
  override name = 'CalmMistake'
}

const LONGEST_PAUSE_DAYS = 366
const DAY_MS = 24 * 60 * 60 * 1000
const LONGEST_ZONE = 64
const UNKNOWN_ZONE = '22023'

/**
 * Saves when a member's news is emailed, and moves what waits accordingly: a digest that collects, and emails that the
 * pause before held back.
 * @param transaction one that has not changed the member yet
 * @throws CalmMistake when a setting is invalid: the transaction has to be rolled back
 */
export async function saveCalm(transaction: Transaction, memberId: number, changes: CalmChanges): Promise<void> {
  if (Object.values(changes).every((value) => value === undefined)) return
  checkCalm(changes)
  // A digest that is being recorded at this moment is not visible yet.
  await holdRecording(transaction)
  // An email that is decided at this moment waits for the end of this pause, or is visible to the next statement.
  await transaction.query(Prisma.sql`SELECT FROM "Member" WHERE id = ${memberId} FOR NO KEY UPDATE`)
  await moveEmails(transaction, memberId, changes).catch(blaming(changes.timeZone))
}

/**
 * When a day begins in a time zone, for a pause.
 * @param day such as `2026-12-31`
 * @throws CalmMistake when there is no such day or zone: the transaction has to be rolled back
 */
export async function startOfDay(transaction: Transaction, day: string, zone: string): Promise<Date | null> {
  if (!isDay(day)) throw new CalmMistake('The day has to be a date such as 2026-12-31.')
  if (!isZone(zone)) throw noSuchZone(zone)
  const { rows } = await transaction
    .query<{ start: Date }>(Prisma.sql`SELECT ${day}::date::timestamp AT TIME ZONE ${zone}::text AS start`)
    .catch(blaming(zone))
  return rows[0]?.start ?? null
}

/** A zone that PostgreSQL does not know is a mistake of the member. */
const blaming = (zone: string | undefined) => (error: unknown) => {
  const isUnknown = error instanceof Error && 'code' in error && error.code === UNKNOWN_ZONE
  throw isUnknown ? noSuchZone(zone) : error
}

function checkCalm({ emailFrequency, digestHour, digestWeekday, timeZone, pauseEmailsUntil }: CalmChanges): void {
  if (emailFrequency !== undefined && !Object.hasOwn(EmailFrequency, emailFrequency)) {
    throw new CalmMistake(`The frequency has to be one of ${Object.keys(EmailFrequency).join(', ')}.`)
  }
  if (!isWithin(digestHour, 0, 23)) throw new CalmMistake('The hour has to be a whole number from 0 to 23.')
  if (!isWithin(digestWeekday, 1, 7)) {
    throw new CalmMistake('The weekday has to be a number from 1 (Monday) to 7 (Sunday).')
  }
  if (timeZone !== undefined && !isZone(timeZone)) throw noSuchZone(timeZone)
  if (pauseEmailsUntil == null) return
  if (!(pauseEmailsUntil.getTime() <= Date.now() + LONGEST_PAUSE_DAYS * DAY_MS)) {
    throw new CalmMistake('A pause can last a year at most. To receive no emails at all, switch them off.')
  }
}

const isWithin = (value: number | undefined, min: number, max: number) =>
  value === undefined || (Number.isInteger(value) && value >= min && value <= max)

/** A name of the IANA database: JavaScript takes offsets too, and PostgreSQL any word with a number. */
function isZone(name: string): boolean {
  if (name.length > LONGEST_ZONE || !/^[a-z][\w+/-]*$/i.test(name)) return false
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

const REGIONS = /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//

/** @returns the zones to choose from, in alphabetical order: those of PostgreSQL, which has old and new names of a place */
export async function readZones(transaction: Transaction): Promise<string[]> {
  const { rows } = await transaction.query<{ name: string }>(Prisma.sql`
    SELECT name FROM pg_timezone_names ORDER BY name COLLATE "C"`)
  return rows.flatMap(({ name }) => (REGIONS.test(name) && isZone(name) ? name : []))
}

const noSuchZone = (name = '') =>
  new CalmMistake(`There is no time zone "${cut(name, LONGEST_ZONE)}": use a name such as Europe/Berlin.`)

/** A client that saves all its fields changes few: nothing moves without a change. */
const moveEmails = (transaction: Transaction, memberId: number, changes: CalmChanges) =>
  transaction.query(Prisma.sql`
    WITH before AS (SELECT * FROM "Member" WHERE id = ${memberId}),
    member AS (
      UPDATE "Member" m SET
        "emailFrequency" = coalesce(${changes.emailFrequency ?? null}::"EmailFrequency", m."emailFrequency"),
        "digestHour" = coalesce(${changes.digestHour ?? null}::int, m."digestHour"),
        "digestWeekday" = coalesce(${changes.digestWeekday ?? null}::int, m."digestWeekday"),
        "timeZone" = coalesce(${changes.timeZone ?? null}::text, m."timeZone"),
        "urgentImmediately" = coalesce(${changes.urgentImmediately ?? null}::bool, m."urgentImmediately"),
        "pauseEmailsUntil" = CASE WHEN ${changes.pauseEmailsUntil === undefined}::bool THEN m."pauseEmailsUntil"
          ELSE (SELECT until FROM (SELECT ${changes.pauseEmailsUntil ?? null}::timestamptz AS until) WHERE until > now())
          END,
        "updatedAt" = now()
      FROM before WHERE m.id = before.id
      RETURNING m.*, before."pauseEmailsUntil" AS "pausedBefore",
        m."pauseEmailsUntil" IS DISTINCT FROM before."pauseEmailsUntil" AS "changesPause",
        m."emailFrequency" <> before."emailFrequency" OR m."emailFrequency" <> 'IMMEDIATE' AND
          (m."digestHour", m."digestWeekday", m."timeZone")
            <> (before."digestHour", before."digestWeekday", before."timeZone") AS "changesTime"
    ),
    digest AS (
      UPDATE "Email" e SET "updatedAt" = now(), "sendAt" = ${notInPause(Prisma.sql`
        CASE m."emailFrequency" WHEN 'IMMEDIATE' THEN now() ELSE ${digestTime(Prisma.sql`now()`)} END`)}
      FROM member m
      WHERE e."memberId" = m.id AND e.collects AND e.status = 'PENDING' AND (m."changesPause" OR m."changesTime")
    )
    UPDATE "Email" e SET "updatedAt" = now(), "sendAt" = ${notInPause(Prisma.sql`now()`)}
    FROM member m
    WHERE m."changesPause" AND e."memberId" = m.id AND NOT e.collects AND e.status = 'PENDING'
      AND e."sendAt" = m."pausedBefore" AND e."sendAt" > now()`)

/** A time of a member `m`'s, or the end of the pause if that is later. */
export const notInPause = (time: Prisma.Sql): Prisma.Sql => Prisma.sql`greatest(${time}, m."pauseEmailsUntil")`

/**
 * When the next digest of a member `m` is due: in SQL, because it is asked for thousands of members at once. A local
 * time that the clocks skip is taken an hour later, and of one that comes twice the second counts (PostgreSQL's rule):
 * one digest a day.
 * @param after it is later than this time
 */
export const digestTime = (after: Prisma.Sql): Prisma.Sql => Prisma.sql`
  CASE m."emailFrequency" WHEN 'HOURLY' THEN ${hourEnd(after)} ELSE (
    SELECT CASE WHEN (day + hour) AT TIME ZONE m."timeZone" > ${after} THEN (day + hour) AT TIME ZONE m."timeZone"
      ELSE (day + step + hour) AT TIME ZONE m."timeZone" END
    FROM (SELECT ${after} AT TIME ZONE m."timeZone" AS local) clock, LATERAL (
      SELECT make_interval(hours => m."digestHour") AS hour,
        CASE m."emailFrequency" WHEN 'WEEKLY' THEN interval '7 days' ELSE interval '1 day' END AS step,
        date_trunc('day', local) + CASE m."emailFrequency" WHEN 'WEEKLY' THEN
          make_interval(days => (m."digestWeekday" - extract(isodow FROM local)::int + 7) % 7)
          ELSE interval '0' END AS day
    ) calendar
  ) END`

/** The end of the clock hour. */
export const hourEnd = (time: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`date_trunc('hour', ${time}, 'UTC') + interval '1 hour'`
