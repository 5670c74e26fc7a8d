import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../db/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import type { Provider } from './provider.ts'
import { type Lease, type Result, recordResults, wasTried } from './record.ts'

type RecorderDeps = { pool: Pool; log: Logger; provider: Pick<Provider, 'name'> }

export type Recorder = {
  add: (results: readonly Result[]) => void
  /**
   * Resolves at once while the database takes results; otherwise when it does again, or with false when it is given up.
   * An email handed over meanwhile might never be recorded, and then be sent again.
   */
  ready: () => Promise<boolean>
  /** Resolves when all that was added is in the database. */
  flush: () => Promise<void>
}

const RETRY_MS = 500

/**
 * Saves results as they arrive: each statement takes all that gathered while the last one ran. A crash leaves unknown
 * only the hand-overs that were under way. A database that fails is tried again for as long as nobody else may send
 * these emails.
 * @param lease `endsMs`: its end in milliseconds of `performance.now()`
 */
export function createRecorder(deps: RecorderDeps, lease: Lease & { endsMs: number }): Recorder {
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
        await recordResults(pool, provider.name, group, lease)
        if (failing) log.info('Delivery results are recorded again: sending continues')
        failing = false
        return
      } catch (error) {
        if (!failing) log.warn(`Cannot record delivery results: sending is paused. ${explain(error).message}`)
        failing = true
        if (performance.now() > lease.endsMs) giveUp(group, error)
        else await sleep(RETRY_MS)
      }
    }
  }

  function giveUp(group: Result[], error: unknown) {
    failure = error
    const unknown = [...group, ...waiting].filter(wasTried).map(({ id }) => id)
    if (unknown.length) log.error(`Emails ${unknown.join(', ')} may be sent again: their results are not recorded`)
  }

  return {
    add(results) {
      if (!results.length) return
      waiting.push(...results)
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
