import { setTimeout as sleep } from 'node:timers/promises'
import { Prisma } from '../generated/prisma/client.ts'
import type { Transaction } from './client.ts'

/** The lock under which notifications are recorded. */
export const RECORDING = Prisma.sql`hashtext('number notifications')`

const TRIES = 20
const PAUSE_MS = 50

/**
 * Until the transaction ends, nobody else records notifications: it sees all that were. Waits for a recording that is
 * under way, though not for the end of a broadcast, for which a request cannot wait.
 */
export async function holdRecording(transaction: Transaction): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries++) {
    // Polled, because a session that waits for a lock could deadlock with the one that holds it.
    const { rows } = await transaction.query<{ held: boolean }>(
      Prisma.sql`SELECT pg_try_advisory_xact_lock_shared(${RECORDING}) AS held`,
    )
    if (rows[0]?.held) return
    if (tries < TRIES) await sleep(PAUSE_MS)
  }
}
