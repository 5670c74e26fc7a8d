import type { Head } from '../chain/window.ts'
import { inTransaction, type Pool } from '../db/client.ts'
import type { Logger } from '../lib/logger.ts'
import { type Cursor, moveCursor } from './cursor.ts'

/** The block after which the first run reads: a fresh installation mails no history. */
export const firstBlock = (head: Head, startingBlock: number | undefined): number =>
  startingBlock === undefined ? head.block : startingBlock - 1

export async function firstCursor(
  pool: Pool,
  head: Head,
  startingBlock: number | undefined,
  log: Logger,
): Promise<Cursor> {
  const time = startingBlock === undefined ? head.time : undefined
  const fresh = { block: firstBlock(head, startingBlock), handled: new Set<string>() }
  if (startingBlock === undefined) log.info(`First run: reads the news after block ${head.block}, the newest one`)
  else log.info(`First run: reads the news from block ${startingBlock} on (STARTING_BLOCK)`)
  return inTransaction(pool, (transaction) => moveCursor(transaction, fresh, fresh.block, time))
}
