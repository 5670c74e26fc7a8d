import { boundTexts } from '../chain/bounds.ts'
import type { ReadEvent } from '../chain/window.ts'
import type { Database, Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { toJson } from '../lib/json.ts'
import { beginningOf } from '../lib/text.ts'
import type { SetAside } from './audience/understand.ts'

const MAX_ERROR_UNITS = 1_000

export async function setAsideEvents(transaction: Transaction, events: SetAside[]): Promise<void> {
  for (const { event, error } of events) {
    const { id, type, block, indexInBlock, time, row, malformed } = event
    const stored = toJson({ ...row, indexInBlock, time, malformed })
    await transaction.query(Prisma.sql`
      INSERT INTO "SetAsideEvent" (id, type, block, "row", error)
      VALUES (${id}, ${type}, ${block}, ${stored}::jsonb, ${beginningOf(error.replaceAll('\0', ''), MAX_ERROR_UNITS)})
      ON CONFLICT (id, type) DO UPDATE
      SET error = excluded.error, attempts = "SetAsideEvent".attempts + 1, "updatedAt" = now()`)
  }
}

export async function readSetAside(db: Database): Promise<ReadEvent[]> {
  const rows = await db.setAsideEvent.findMany({ orderBy: [{ block: 'asc' }, { id: 'asc' }] })
  return rows.map(({ id, type, block, row }) => {
    const { indexInBlock, time, malformed, ...fields } = row as {
      indexInBlock: number
      time: string
      malformed?: string
    }
    return {
      id,
      type,
      block,
      indexInBlock,
      time: new Date(time),
      // Earlier versions stored texts of any length.
      row: boundTexts(fields),
      ...(malformed === undefined ? {} : { malformed }),
    }
  })
}

export async function forgetSetAside(transaction: Transaction, events: { id: string; type: string }[]): Promise<void> {
  for (const { id, type } of events) {
    await transaction.query(Prisma.sql`DELETE FROM "SetAsideEvent" WHERE id = ${id} AND type = ${type}`)
  }
}
