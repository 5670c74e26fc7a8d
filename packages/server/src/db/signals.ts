import { Prisma } from '../generated/prisma/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { aborted, pause } from '../lib/wait.ts'
import { newSession, type Pool, type Transaction } from './client.ts'

const CHANNEL = 'notifications'
const RECONNECT_MS = 1_000
/** A connection can die silently, so a signal is assumed this often. */
const ASSUME_SIGNAL_MS = 30_000

/**
 * Signals new notifications to every listening process when the transaction commits. The signal has no content: a
 * broadcast is one signal.
 */
export async function signalNotifications(transaction: Transaction): Promise<void> {
  await transaction.query(Prisma.sql`SELECT pg_notify(${CHANNEL}, '')`)
}

/**
 * Calls back when there may be new notifications: at each signal, and after each interruption that could have hidden one.
 */
export function listenForNotifications(pool: Pool, log: Logger, changed: () => void) {
  const closing = new AbortController()
  const { signal } = closing
  const tick = setInterval(changed, ASSUME_SIGNAL_MS)
  let waiting = false

  async function listenOnce(): Promise<void> {
    // Not from the pool: it stays open as long as this process lives.
    const client = newSession(pool)
    const broken = new Promise<never>((_resolve, reject) => {
      // On every error: an unhandled one would end the process.
      client.on('error', reject)
      client.once('end', () => reject(new Error('the connection has ended')))
    })
    broken.catch(() => {})
    try {
      await client.connect()
      client.on('notification', changed)
      await client.query(`LISTEN ${CHANNEL}`)
      if (waiting) log.info('Live streams are connected again')
      waiting = false
      changed()
      await Promise.race([broken, aborted(signal)])
    } finally {
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
        if (!waiting)
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
