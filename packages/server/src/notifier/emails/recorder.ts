import type { Pool } from '../../db.ts'
import { type Result, recordResults } from './outbox.ts'

export type Recorder = {
  add: (result: Result) => void
  /** Whether the database has failed to take results: what is handed over now would be sent again. */
  failed: () => boolean
  /** Resolves when all that was added is in the database. @throws what the database threw */
  flush: () => Promise<void>
}

/**
 * Writes results as they come: the next statement takes all that gathered while the last one ran. A slow provider's
 * are written one by one at once, a fast one's in groups; what a crash leaves unknown is what was on its way.
 */
export function createRecorder(pool: Pool, provider: string): Recorder {
  let waiting: Result[] = []
  let writing: Promise<void> | undefined
  let failure: unknown

  async function write() {
    while (waiting.length && !failure) {
      const group = waiting
      waiting = []
      await recordResults(pool, provider, group).catch((error: unknown) => {
        failure = error
      })
    }
    writing = undefined
  }

  return {
    add(result) {
      waiting.push(result)
      writing ??= write()
    },
    failed: () => failure !== undefined,
    async flush() {
      await writing
      if (failure) throw failure
    },
  }
}
