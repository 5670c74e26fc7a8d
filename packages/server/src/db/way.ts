import { Prisma } from '../generated/prisma/client.ts'
import { ClearError } from '../lib/errors.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'
import { createPool, inTransaction, type Pool, query } from './client.ts'
import { isPooled, LIMITS } from './session.ts'

/** `directUrl`: DATABASE_DIRECT_URL, which leads past a pooler. */
export type Ways = { pool: Pool; directUrl: string | undefined }

/** A signal is assumed this often where none can be heard. */
export const POLL_SECONDS = 3
const RETRY_EVERY_MS = 10_000
const MOST_LOCKS = 2 ** 31
const POLLING = `live streams read every ${POLL_SECONDS} seconds`

class NoWay extends ClearError {
  override name = 'NoWay'
  readonly advice = 'cannot be reached at DATABASE_DIRECT_URL, which migrations and live streams need: correct it'
}

/** The same failure, of the variable whose fault it is. */
export const ofDirectUrl = (error: unknown): string =>
  explain(error).message.replaceAll(/\bDATABASE_URL\b/g, 'DATABASE_DIRECT_URL')

/**
 * Finds out whether signals and migrations have a session of PostgreSQL to themselves.
 * @returns what is to be said about it, and whether it is wrong; nothing when all is well
 * @throws Error when the database cannot be reached; its message says at which of the two
 */
export async function checkWay({ pool, directUrl }: Ways): Promise<{ ok: boolean; says: string } | undefined> {
  if (!directUrl) {
    if (!(await isPooled(pool))) return undefined
    const says = `DATABASE_URL leads through a connection pooler, which passes on no signals: ${POLLING}. Set DATABASE_DIRECT_URL to the address of PostgreSQL itself`
    return { ok: true, says }
  }
  const direct = createPool(directUrl, LIMITS.migration)
  try {
    await direct.query('SELECT').catch((error: unknown) => {
      throw new NoWay(ofDirectUrl(error))
    })
    if (!(await isSameDatabase(pool, direct))) {
      return { ok: false, says: 'DATABASE_DIRECT_URL names another database than DATABASE_URL: correct one of them' }
    }
    if (!(await isPooled(direct))) return undefined
    return { ok: true, says: `DATABASE_DIRECT_URL leads through a connection pooler too: ${POLLING}` }
  } finally {
    await direct.end()
  }
}

/** Whether a lock that is taken at the one is seen at the other. */
async function isSameDatabase(pool: Pool, direct: Pool): Promise<boolean> {
  const lock = Math.floor(Math.random() * MOST_LOCKS)
  return inTransaction(direct, async (transaction) => {
    await transaction.query(Prisma.sql`SELECT pg_advisory_xact_lock(${lock}::bigint)`)
    const { rowCount } = await query(
      pool,
      Prisma.sql`
      SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = ${lock}::bigint::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    return rowCount > 0
  })
}

/** Logs how the database is reached, where that matters: at the start, or once it can be reached. */
export async function reportWay(ways: Ways, log: Logger, stop: AbortSignal): Promise<void> {
  const say = (level: 'warn' | 'error', text: string) => log[level](`How the database is reached: ${text}`)
  let isSaid = false
  while (!stop.aborted) {
    try {
      const way = await checkWay(ways)
      if (way) say(way.ok ? 'warn' : 'error', way.says)
      return
    } catch (error) {
      // Requests say that DATABASE_URL cannot be reached.
      if (error instanceof NoWay && !isSaid && !stop.aborted) say('warn', error.message)
      isSaid ||= error instanceof NoWay
      await pause(RETRY_EVERY_MS, stop)
    }
  }
}
