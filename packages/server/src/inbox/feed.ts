import { EventEmitter, once } from 'node:events'
import DataLoader from 'dataloader'
import { Repeater } from 'graphql-yoga'
import type { Pool } from '../db/client.ts'
import { listenForNotifications } from '../db/signals.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { type Entry, readOn } from './read.ts'

const NOTIFICATIONS_PER_READ = 20
const STREAMS_PER_READ = 500

type Place = { memberId: number; timeZone: string; after: number; generation: number }

/**
 * Streams new notifications to any number of clients over one connection to the database.
 *
 * A signal says only that there is something new. Each stream then reads on from the last notification that it sent, all
 * streams with one statement. So nothing is buffered for a slow client, and one that reconnects continues where it was.
 */
export function createFeed(deps: { pool: Pool; directUrl?: string | undefined; log: Logger }) {
  const { pool, log } = deps
  const changes = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  let version = 0
  let listening: ReturnType<typeof listenForNotifications> | undefined
  const reader = new DataLoader<Place, Entry[] | undefined>(
    (places) =>
      readOn({ pool, log }, places, NOTIFICATIONS_PER_READ).catch((error: unknown) => {
        log.warn(`Live streams could not be read on, next attempt within half a minute: ${explain(error).message}`)
        return places.map(() => [])
      }),
    { cache: false, maxBatchSize: STREAMS_PER_READ },
  )

  function changed() {
    version++
    changes.emit('changed')
  }

  return {
    /**
     * A member's notifications in the app after an id, oldest first, then new ones as they come, until the member's
     * tokens are ended.
     * @param generation of the token that opens the stream
     * @param timeZone in which the member reads times
     */
    follow(memberId: number, after: number, generation = 0, timeZone = 'UTC'): Repeater<Entry> {
      // A listener that starts after closing would never end.
      if (!closing.signal.aborted) listening ??= listenForNotifications(deps, changed)
      return new Repeater<Entry>(async (push, stop) => {
        const left = new AbortController()
        void stop.then(() => left.abort())
        const signal = AbortSignal.any([left.signal, closing.signal])
        let place = { memberId, timeZone, after, generation }
        while (!signal.aborted) {
          const seen = version
          const entries = await reader.load(place)
          if (!entries) break
          for (const entry of entries) {
            if (signal.aborted) break
            // Resolves when the client has received it.
            await push(entry)
            place = { ...place, after: entry.id }
          }
          if (entries.length === NOTIFICATIONS_PER_READ || seen !== version) continue
          await once(changes, 'changed', { signal }).catch(() => {})
        }
        stop()
      })
    },
    async close(): Promise<void> {
      closing.abort()
      await listening?.close()
    },
  }
}

export type Feed = ReturnType<typeof createFeed>
