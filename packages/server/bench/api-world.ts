import { addressee } from '../src/events/addressee.ts'
import { generalKinds } from '../src/events/kinds.ts'
import { events } from '../src/events/list.ts'
import { type Bench, settle } from './support.ts'

export const SECRET_KEY = 'a secret of the benchmark'

export const READER = 1

/** To whom the words of the reader's notifications are addressed. */
export const READS = addressee({ memberId: READER, timeZone: 'Europe/Berlin' })

/** A member with their own settings and many notifications, among other members, with events of every type in turn. */
export async function addInbox({ sql }: Bench, notifications: number): Promise<void> {
  await sql.query(
    `INSERT INTO "Subscription" ("memberId", kind, "shouldNotify", "shouldNotifyByEmail")
     SELECT $1, kind, true, false FROM unnest($2::text[]) kind`,
    [READER, Object.keys(generalKinds).slice(0, 5)],
  )
  const samples = events.flatMap(({ type, sample, data, entity, rules }) => {
    const facts = sample()
    const kind = rules(facts)[0]?.kind
    return kind ? { type, data: data(facts), entity: entity(facts), kind } : []
  })
  const columns = [
    samples.map(({ type }) => type),
    samples.map(({ data }) => JSON.stringify(data)),
    samples.map(({ entity }) => entity),
    samples.map(({ kind }) => kind),
  ]
  await sql.query(
    `WITH sample AS (
       SELECT * FROM unnest($1::text[], $2::jsonb[], $3::text[], $4::text[])
         WITH ORDINALITY AS s (type, data, entity, kind, n)
     ), event AS (
       SELECT i::text AS id, sample.* FROM generate_series(1, $5::int) i
       JOIN sample ON n = 1 + i % $6::int
     ), recorded AS (
       INSERT INTO "Event" (id, type, block, "time", "entityId", fact, data)
       SELECT id, type, id::int, now(), entity, id, data FROM event ORDER BY id::int
       RETURNING id, type, number
     )
     INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "entityId", "emailStatus")
     SELECT $7, kind, event.id, number, entity, 'PENDING' FROM event JOIN recorded USING (id, type) ORDER BY number`,
    [...columns, notifications, samples.length, READER],
  )
  await settle({ sql })
}
