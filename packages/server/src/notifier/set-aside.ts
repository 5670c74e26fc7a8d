import { boundTexts } from '../chain/bounds.ts'
import type { ReadEvent } from '../chain/window.ts'
import { type Pool, query, type Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { toJson } from '../lib/json.ts'
import { beginningOf } from '../lib/text.ts'
import type { SetAside } from './audience/understand.ts'

const MAX_ERROR_UNITS = 1_000
/** Events that are retried together. */
const BATCH = 500

type StoredEvent = {
  id: string
  type: string
  block: number
  row: { indexInBlock: number; time: string; malformed?: string } & Record<string, unknown>
}

/** Minutes from one attempt to the next: doubled each time, up to a day. */
const pauseAfter = (attempts: Prisma.Sql) =>
  Prisma.sql`make_interval(mins => least(1440, power(2, least(${attempts} - 1, 11)))::int)`

/** An error that may pass is retried by a later run. */
export async function setAsideEvents(transaction: Transaction, events: SetAside[]): Promise<void> {
  for (const { event, error, mayPass } of events) {
    const { id, type, block, indexInBlock, time, row, malformed } = event
    const stored = toJson({ ...row, indexInBlock, time, malformed })
    const shortError = beginningOf(error.replaceAll('\0', ''), MAX_ERROR_UNITS)
    await transaction.query(Prisma.sql`
      INSERT INTO "SetAsideEvent" AS s (id, type, block, "row", error, "retryAt")
      VALUES (
        ${id}, ${type}, ${block}, ${stored}::jsonb, ${shortError},
        CASE WHEN ${mayPass}::bool THEN now() + ${pauseAfter(Prisma.sql`1`)} END
      )
      ON CONFLICT (id, type) DO UPDATE SET
        error = excluded.error, attempts = s.attempts + 1, "updatedAt" = now(),
        "retryAt" = CASE WHEN ${mayPass}::bool THEN now() + ${pauseAfter(Prisma.sql`(s.attempts + 1)`)} END`)
  }
}

/** The oldest events that were set aside, or the next ones after this one. */
export const readSetAside = (pool: Pool, after?: ReadEvent): Promise<ReadEvent[]> =>
  readEvents(
    pool,
    after ? Prisma.sql`(block, id, type) > (${after.block}::int, ${after.id}, ${after.type})` : Prisma.sql`true`,
  )

/** Those whose pause is over, as many as one run retries. */
export const readDueSetAside = (pool: Pool): Promise<ReadEvent[]> =>
  readEvents(
    pool,
    Prisma.sql`(id, type) IN (
      SELECT id, type FROM "SetAsideEvent" WHERE "retryAt" <= now() ORDER BY "retryAt" LIMIT ${BATCH}::int)`,
  )

async function readEvents(pool: Pool, which: Prisma.Sql): Promise<ReadEvent[]> {
  const { rows } = await query<StoredEvent>(
    pool,
    Prisma.sql`SELECT id, type, block, "row" FROM "SetAsideEvent" WHERE ${which}
      ORDER BY block, id, type LIMIT ${BATCH}::int`,
  )
  return rows.map(({ row: { indexInBlock, time, malformed, ...row }, ...event }) => ({
    ...event,
    indexInBlock,
    time: new Date(time),
    // Earlier versions stored texts of any length.
    row: boundTexts(row),
    ...(malformed === undefined ? {} : { malformed }),
  }))
}

/** Deletes events that are understood by now, whether a retry or a second reading of their block understood them. */
export async function forgetSetAside(transaction: Transaction, events: { id: string; type: string }[]): Promise<void> {
  if (!events.length) return
  await transaction.query(Prisma.sql`
    DELETE FROM "SetAsideEvent" WHERE (id, type) IN (
      SELECT * FROM unnest(${events.map(({ id }) => id)}::text[], ${events.map(({ type }) => type)}::text[]))`)
}
