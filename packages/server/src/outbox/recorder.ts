import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../db/client.ts'
import type { Provider } from '../emails/providers/provider.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { type Result, recordResults } from './outbox.ts'

type RecorderDeps = { pool: Pool; log: Logger; provider: Pick<Provider, 'name'> }

export type Recorder = {
  add: (result: Result) => void
  /**
   * Resolves at once while the database takes results. Otherwise when it does again, or is given up: false. What is
   * handed over meanwhile might never be recorded, and then be sent again.
   */
  ready: () => Promise<boolean>
  /** Resolves when all that was added is in the database. @throws what the database threw */
  flush: () => Promise<void>
}

/** Milliseconds until the database is tried again. */
const PAUSE = 500

/**
 * Writes results as they come: the next statement takes all that gathered while the last one ran. A slow provider's
 * are written one by one at once, a fast one's in groups; what a crash leaves unknown is what was on its way.
 *
 * A database that fails is tried again for as long as nobody else may send these emails.
 *
 * @param lease the end of the lease, as the database has it, and by the clock of `performance`
 */
export function createRecorder(deps: RecorderDeps, lease: { until: Date; ends: number }): Recorder {
  const { pool, log, provider } = deps
  let waiting: Result[] = []
  let writing: Promise<void> | undefined
  let failing = false
  let failure: unknown

  async function write() {
    while (waiting.length && !failure) {
      const group = waiting
      waiting = []
      await record(group)
    }
    writing = undefined
  }

  async function record(group: Result[]) {
    while (!failure) {
      try {
        await recordResults(pool, provider.name, group, lease.until)
        if (failing) log.info('What became of emails is recorded again, and sending goes on')
        failing = false
        return
      } catch (error) {
        if (!failing) log.warn(`What became of emails cannot be recorded, so sending pauses: ${explain(error).message}`)
        failing = true
        if (performance.now() > lease.ends) giveUp(group, error)
        else await sleep(PAUSE)
      }
    }
  }

  function giveUp(group: Result[], error: unknown) {
    failure = error
    const unknown = [...group, ...waiting].filter(({ uncounted }) => !uncounted).map(({ id }) => id)
    if (unknown.length) log.error(`Emails ${unknown.join(', ')} may be sent again: what became of them is not recorded`)
  }

  return {
    add(result) {
      waiting.push(result)
      writing ??= write()
    },
    async ready() {
      if (failing) await writing
      return failure === undefined
    },
    async flush() {
      await writing
      if (failure) throw failure
    },
  }
}
