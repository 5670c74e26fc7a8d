import { Prisma } from '../generated/prisma/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { aborted, pause } from '../lib/wait.ts'
import { createPool, newSession, type Pool, type Transaction } from './client.ts'
import { isPooled, LIMITS } from './session.ts'
import { ofDirectUrl, POLL_SECONDS } from './way.ts'

const CHANNEL = 'notifications'
const RECONNECT_MS = 1_000
/** A connection can die silently, so a signal is assumed after this many times as long. */
const POLLS_PER_ASSUMED_SIGNAL = 10

/**
 * Signals new notifications to every listening process when the transaction commits. The signal has no content: a
 * broadcast is one signal.
 */
export async function signalNotifications(transaction: Transaction): Promise<void> {
  await transaction.query(Prisma.sql`SELECT pg_notify(${CHANNEL}, '')`)
}

type Listening = {
  pool: Pool
  /** Where PostgreSQL itself answers, if the pool leads through a pooler. */
  directUrl?: string | undefined
  log: Logger
}

/**
 * Calls back when there may be new notifications: at each signal, and after each interruption that could have hidden one.
 * A pooler passes no signals on: behind one, and while there is no connection, it calls back every few seconds.
 */
export function listenForNotifications({ pool, directUrl, log }: Listening, changed: () => void) {
  const closing = new AbortController()
  const { signal } = closing
  const source = directUrl ? createPool(directUrl, LIMITS.api) : pool
  let waiting = false
  let isHeard = false
  let polls = 0
  const tick = setInterval(() => {
    if (!isHeard || ++polls % POLLS_PER_ASSUMED_SIGNAL === 0) changed()
  }, POLL_SECONDS * 1000)

  async function listenOnce(): Promise<void> {
    // It would leave the LISTEN to sessions of others. DATABASE_DIRECT_URL may name one that does not.
    if (!directUrl && (await isPooled(pool))) return aborted(signal)
    // Not from the pool: it stays open as long as this process lives.
    const client = newSession(source)
    const broken = new Promise<never>((_resolve, reject) => {
      // On every error: an unhandled one would end the process.
      client.on('error', reject)
      client.once('end', () => reject(new Error('the connection has ended')))
    })
    broken.catch(() => {})
    try {
      await client.connect()
      client.on('notification', changed)
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await client.query(`LISTEN ${CHANNEL}`)
      // A pooler makes up the number of the session that it gives to a client.
      isHeard = rows[0]?.pid === client.processID
      if (waiting) log.info('Live streams are connected again')
      waiting = false
      changed()
      await Promise.race([broken, aborted(signal)])
    } finally {
      isHeard = false
      await client.end().catch(() => {})
    }
  }

  async function listen(): Promise<void> {
    while (!signal.aborted) {
      try {
        await listenOnce()
      } catch (error) {
        if (signal.aborted) return
        // Logged once: the retry runs every second.
        const until = `read every ${POLL_SECONDS} seconds until they can`
        if (!waiting && directUrl) log.warn(`Live streams cannot listen, and ${until}: ${ofDirectUrl(error)}`)
        else if (!waiting)
          log.warn(`Live streams wait for the database, and reconnect every second: ${explain(error).message}`)
        waiting = true
        await pause(RECONNECT_MS, signal)
      }
    }
  }

  const listening = listen()
  return {
    async close(): Promise<void> {
      clearInterval(tick)
      closing.abort()
      await listening
    },
  }
}
