import { z } from 'zod'
import { type Pool, query, type Transaction } from '../db/client.ts'
import { STORE_KEYS } from '../db/store.ts'
import { Prisma } from '../generated/prisma/client.ts'

const KEY = STORE_KEYS.progress

/** The replaced backend stored the ids of the events that it had handled in its current block. */
const progress = z.object({ block: z.int(), eventIds: z.array(z.string()).default([]) })

export type Cursor = {
  /** The last block that is fully handled. */
  block: number
  /** Later events that are handled already. */
  handled: ReadonlySet<string>
  /** As it is stored; absent before the first run. */
  stored?: string
}

/** Another notifier has handled these blocks meanwhile: this run's result for them is discarded. */
export class CursorMoved extends Error {
  override name = 'CursorMoved'
}

/** @returns undefined before the first run. @throws Error when the stored value is no cursor */
export async function readCursor(pool: Pool): Promise<Cursor | undefined> {
  const { rows } = await query<{ stored: string }>(
    pool,
    // As text: moving the cursor compares it with what is stored.
    Prisma.sql`SELECT value::text AS stored FROM "Store" WHERE key = ${KEY}`,
  )
  const [row] = rows
  if (!row) return undefined
  const parsed = progress.safeParse(JSON.parse(row.stored))
  if (!parsed.success) {
    throw new Error(`The cursor in the table Store, key ${KEY}, is not {"block": <number>} but ${row.stored}`)
  }
  const { block, eventIds } = parsed.data
  // A block that may be handled in part is read again.
  const before = eventIds.length ? block - 1 : block
  return { block: before, handled: new Set(eventIds), stored: row.stored }
}

/**
 * Moves the cursor if it is still where this run read it.
 * @param block the last block that is now fully handled
 * @throws CursorMoved when it is not: the transaction must be rolled back
 */
export async function moveCursor(transaction: Transaction, from: Cursor, block: number): Promise<Cursor> {
  const stored = JSON.stringify({ block })
  const { rowCount: moved } = await transaction.query(
    from.stored === undefined
      ? Prisma.sql`INSERT INTO "Store" (key, value) VALUES (${KEY}, ${stored}::jsonb) ON CONFLICT DO NOTHING`
      : Prisma.sql`UPDATE "Store" SET value = ${stored}::jsonb, "updatedAt" = now()
          WHERE key = ${KEY} AND value = ${from.stored}::jsonb`,
  )
  if (moved !== 1) throw new CursorMoved('Another notifier has handled these blocks meanwhile')
  return { block, handled: new Set(), stored }
}
