import type { Head } from '../chain/window.ts'
import { inTransaction, type Pool } from '../db/client.ts'
import type { Logger } from '../lib/logger.ts'
import { type Cursor, moveCursor } from './cursor.ts'

/**
 * Where the first run starts: at STARTING_BLOCK, or else at the head, so that a fresh installation mails no history.
 */
export async function firstCursor(
  pool: Pool,
  head: Head,
  startingBlock: number | undefined,
  log: Logger,
): Promise<Cursor> {
  const fresh = { block: startingBlock === undefined ? head.block : startingBlock - 1, handled: new Set<string>() }
  if (startingBlock === undefined) log.info(`First run: news is read from after block ${head.block}, the newest one`)
  else log.info(`First run: news is read from block ${startingBlock} on (STARTING_BLOCK)`)
  return inTransaction(pool, (transaction) => moveCursor(transaction, fresh, fresh.block))
}
