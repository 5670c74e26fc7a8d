import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'

const CHECK_EVERY_MS = 10_000
const RETRY_EVERY_MS = 1_000

/** Logs when the database is lost and when it is back: once each, however many requests fail meanwhile. */
export function watchDatabase(pool: Pool, log: Logger): () => Promise<void> {
  const closing = new AbortController()
  let isLost = false
  let wake = new AbortController()
  // A connection that breaks, idle or in use, leaves the pool: the database is checked at once.
  const broken = () => {
    if (!isLost) wake.abort()
  }
  pool.on('remove', broken)

  async function check(): Promise<void> {
    try {
      await query(pool, Prisma.sql`SELECT 1`)
      if (isLost) log.info('The database is back: requests are answered again')
      isLost = false
    } catch (error) {
      if (!isLost) log.error(`The database is lost: requests fail until it is back. ${explain(error).message}`)
      isLost = true
    }
  }

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      // Before the check: a connection that breaks meanwhile is checked next.
      wake = new AbortController()
      await check()
      await pause(isLost ? RETRY_EVERY_MS : CHECK_EVERY_MS, AbortSignal.any([closing.signal, wake.signal]))
    }
  }

  const watching = watch()
  return async () => {
    closing.abort()
    pool.off('remove', broken)
    await watching
  }
}
