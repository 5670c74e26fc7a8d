import { QueryNodeError } from '../chain/client.ts'
import type { Head } from '../chain/window.ts'
import { type Pool, query, type Transaction } from '../db/client.ts'
import { STORE_KEYS, storedProgress } from '../db/store.ts'
import { BLOCK_SECONDS } from '../events/blocks.ts'
import { deadlines } from '../events/deadlines/list.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { cut } from '../lib/cut.ts'
import { ClearError } from '../lib/errors.ts'
import type { SeenLengths } from './seen-lengths.ts'

/** The lease to move the cursor: one process at a time reads and records events. */
export const READING = 'read events'

const KEY = STORE_KEYS.progress

export type Cursor = {
  /** The last block that is fully handled. */
  block: number
  /** The time of the newest event up to that block; absent where an earlier version stored the cursor. */
  time?: Date | undefined
  /** Later events that are handled already. */
  handled: ReadonlySet<string>
  /** As it is stored; absent before the first run. */
  stored?: string
  /** Whether events wait until the authors of a long thread are read. */
  eventsWait?: boolean
  leftOut?: LeftOut
  /** An event of about a day ago, to know how fast the chain is. */
  dayAgo?: { block: number; time: Date } | undefined
  seenLengths?: SeenLengths | null
}

/** By type of event that the query node does not know: the last block whose events of this type are handled. */
export type LeftOut = Record<string, number>

/** An outage and a chain that catches up are no mistake, an answer years ahead is. */
const TOLERANCE_SECONDS = 3_600

const LONGEST_QUOTED = 200

const OF_THE_CLOCK = deadlines.map(({ type }) => type)

/**
 * Checks that the chain can have made the blocks between the cursor and the head since the cursor's time, at twice its
 * speed. A cursor without a time accepts any head.
 * @throws QueryNodeError when it cannot: a cursor that moved there would never move again
 */
export function checkHead(head: Head, cursor: Cursor, now = Date.now()): void {
  if (!cursor.time) return
  const elapsedSeconds = Math.max(0, now - cursor.time.getTime()) / 1000
  if ((head.block - cursor.block) * BLOCK_SECONDS <= 2 * elapsedSeconds + TOLERANCE_SECONDS) return
  throw new QueryNodeError(
    `The query node stands at block ${head.block}, which the chain cannot have reached since block ${cursor.block} (${cursor.time.toISOString()}): its answers cannot be trusted now, or the clock of this machine is wrong`,
  )
}

type DayAgo = { block: number; time: string }

/** A time in the future is a mistake, and would make every later head look impossible. */
const passed = (time: Date | undefined) => (time && time.getTime() <= Date.now() ? time : undefined)

/** Another notifier has handled these blocks meanwhile: this run's result for them is discarded. */
export class CursorMoved extends Error {
  override name = 'CursorMoved'
}

const moved = () => new CursorMoved('Another notifier has handled these blocks meanwhile')

/** The stored position on the chain is none: an operator has to correct it. */
export class CursorUnreadable extends ClearError {
  override name = 'CursorUnreadable'
  readonly advice = `The table Store has no position on the chain under ${KEY}: set its value to {"block": <number>}`
}

/** @returns undefined before the first run. @throws CursorUnreadable when the stored value is no cursor */
export async function readCursor(pool: Pool): Promise<Cursor | undefined> {
  const { rows } = await query<{
    stored: string
    eventsWait: boolean
    leftOut: LeftOut
    dayAgo: DayAgo | null
    seenLengths: SeenLengths | null
  }>(
    pool,
    // As text: moving the cursor compares it with what is stored.
    Prisma.sql`
    SELECT value::text AS stored, EXISTS (SELECT FROM "WaitingEvent") AS "eventsWait",
      coalesce((SELECT value FROM "Store" WHERE key = ${STORE_KEYS.leftOut}), '{}') AS "leftOut", (
        -- What the clock raised has the head's block, and a later time.
        SELECT jsonb_build_object('block', block, 'time', "time") FROM "Event"
        WHERE rules IS NOT NULL AND "time" < now() - interval '20 hours' AND type <> ALL (${OF_THE_CLOCK}::text[])
        ORDER BY "time" DESC LIMIT 1
      ) AS "dayAgo",
      (SELECT value FROM "Store" WHERE key = ${STORE_KEYS.seenLengths}) AS "seenLengths"
    FROM "Store" WHERE key = ${KEY}`,
  )
  const [row] = rows
  if (!row) return undefined
  const parsed = storedProgress.safeParse(JSON.parse(row.stored))
  if (!parsed.success) {
    throw new CursorUnreadable(
      `The cursor in the table Store, key ${KEY}, is not {"block": <number>} but ${cut(row.stored, LONGEST_QUOTED)}`,
    )
  }
  const { block, eventIds, time } = parsed.data
  // A block that may be handled in part is read again.
  const before = eventIds.length ? block - 1 : block
  return {
    ...row,
    dayAgo: row.dayAgo ? { block: row.dayAgo.block, time: new Date(row.dayAgo.time) } : undefined,
    block: before,
    time: time === undefined ? undefined : new Date(time),
    handled: new Set(eventIds),
  }
}

/**
 * Keeps the cursor where this run read it until the transaction ends.
 * @throws CursorMoved when it is somewhere else: the transaction must be rolled back
 */
export async function holdCursor(transaction: Transaction, { stored }: Cursor): Promise<void> {
  const { rowCount } = await transaction.query(
    Prisma.sql`SELECT FROM "Store" WHERE key = ${KEY} AND value = ${stored ?? null}::jsonb FOR SHARE`,
  )
  if (rowCount !== 1) throw moved()
}

/**
 * Moves the cursor if it is still where this run read it.
 * @param block the last block that is now fully handled
 * @param time the time of the newest event up to it, if it is known
 * @throws CursorMoved when it is not: the transaction must be rolled back
 */
export async function moveCursor(
  transaction: Transaction,
  from: Cursor,
  block: number,
  newTime: Date | undefined,
): Promise<Cursor> {
  const time = passed(newTime) ?? from.time
  const stored = JSON.stringify({ block, time })
  const { rowCount } = await transaction.query(
    from.stored === undefined
      ? Prisma.sql`INSERT INTO "Store" (key, value) VALUES (${KEY}, ${stored}::jsonb) ON CONFLICT DO NOTHING`
      : Prisma.sql`UPDATE "Store" SET value = ${stored}::jsonb, "updatedAt" = now()
          WHERE key = ${KEY} AND value = ${from.stored}::jsonb`,
  )
  if (rowCount !== 1) throw moved()
  return { block, time, handled: new Set(), stored }
}
