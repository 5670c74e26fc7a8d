import pg from 'pg'
import { Prisma } from '../generated/prisma/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { aborted, pause } from '../lib/wait.ts'
import type { Pool, Transaction } from './client.ts'

const CHANNEL = 'notifications'
/** Milliseconds until a broken connection is made anew. */
const PAUSE = 1_000
/** Milliseconds. A connection can die without a word: so often a signal is taken for granted. */
const TICK = 30_000

/**
 * Tells every process that listens that there are new notifications, once the transaction is committed. How many, and
 * whose, it does not say: a broadcast is one signal.
 */
export async function signalNotifications(transaction: Transaction): Promise<void> {
  await transaction.query(Prisma.sql`SELECT pg_notify(${CHANNEL}, '')`)
}

/**
 * Calls back whenever there may be new notifications, until it is closed: at each signal, and after each time in which
 * one could have been missed.
 */
export function listenForNotifications(pool: Pool, log: Logger, changed: () => void) {
  const closing = new AbortController()
  const { signal } = closing
  const tick = setInterval(changed, TICK)
  let waiting = false

  async function listenOnce(): Promise<void> {
    // Not one of the pool's: it is used for as long as this process lives.
    const client = new pg.Client(pool.options)
    const broken = new Promise<never>((_resolve, reject) => {
      // Each time: an error that nobody hears would end the process.
      client.on('error', reject)
      client.once('end', () => reject(new Error('the connection has ended')))
    })
    broken.catch(() => {})
    try {
      await client.connect()
      client.on('notification', changed)
      await client.query(`LISTEN ${CHANNEL}`)
      if (waiting) log.info('Live streams go on')
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
        // Said once: this is tried again every second.
        if (!waiting) log.warn(`Live streams wait for the database: ${explain(error).message}`)
        waiting = true
        await pause(PAUSE, signal)
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
