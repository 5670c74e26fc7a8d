import type { ReadEvent } from '../chain/window.ts'
import { type Pool, query, type Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { toJson } from '../lib/json.ts'
import type { Waiting } from './audience/understand.ts'

export async function keepWaiting(transaction: Transaction, waiting: Waiting[]): Promise<void> {
  if (!waiting.length) return
  const rows = waiting.map(({ event: { row, indexInBlock, time } }) => toJson({ ...row, indexInBlock, time }))
  await transaction.query(Prisma.sql`
    INSERT INTO "WaitingEvent" (id, type, block, "row", kind, "listId")
    SELECT id, type, block, "row"::jsonb, kind, list_id FROM unnest(
      ${waiting.map(({ event }) => event.id)}::text[], ${waiting.map(({ event }) => event.type)}::text[],
      ${waiting.map(({ event }) => event.block)}::int[], ${rows}::text[],
      ${waiting.map(({ list }) => list.kind)}::text[], ${waiting.map(({ list }) => list.id)}::text[]
    ) AS w (id, type, block, "row", kind, list_id)
    ON CONFLICT (id, type) DO NOTHING`)
}

/** The next events whose list is no longer being read, oldest first. */
export async function readReady(pool: Pool, limit: number): Promise<ReadEvent[]> {
  const { rows } = await query<{ id: string; type: string; block: number; row: StoredRow }>(
    pool,
    Prisma.sql`
    SELECT w.id, w.type, w.block, w."row"
    FROM "WaitingEvent" w LEFT JOIN "AuthorList" l ON l.kind = w.kind AND l.id = w."listId"
    WHERE l."isComplete" IS NOT FALSE
    ORDER BY w.block, (w."row"->>'indexInBlock')::int, w.id, w.type LIMIT ${limit}::int`,
  )
  return rows.map(({ row: { indexInBlock, time, ...row }, ...event }) => ({
    ...event,
    indexInBlock,
    time: new Date(time),
    row,
  }))
}

type StoredRow = { indexInBlock: number; time: string } & Record<string, unknown>

export async function forgetWaiting(transaction: Transaction, events: ReadEvent[]): Promise<void> {
  await transaction.query(Prisma.sql`
    DELETE FROM "WaitingEvent" w USING unnest(
      ${events.map(({ id }) => id)}::text[], ${events.map(({ type }) => type)}::text[]
    ) AS told (id, type) WHERE w.id = told.id AND w.type = told.type`)
}

export async function countWaiting(pool: Pool): Promise<number> {
  const { rows } = await query<{ count: number }>(pool, Prisma.sql`SELECT count(*)::int AS count FROM "WaitingEvent"`)
  return rows[0]?.count ?? 0
}
