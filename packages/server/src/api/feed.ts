import { EventEmitter, once } from 'node:events'
import DataLoader from 'dataloader'
import { Repeater } from 'graphql-yoga'
import { type Database, type Pool, query } from '../db.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Logger } from '../logger.ts'
import { listenForNotifications } from '../signals.ts'

/** Notifications that a stream takes at a time, and streams that are read for at a time. */
const PAGE = 20
const STREAMS = 500

type Place = { memberId: number; after: number }
type Entry = Awaited<ReturnType<typeof readAfter>>[number][number]

/**
 * New notifications for everyone who watches, from one connection to the database.
 *
 * A signal says only that there is something new. Each stream then reads on from the last notification that it gave,
 * all streams with one statement; so nothing is kept for a client that reads slowly, and one that comes back goes on
 * where it was.
 */
export function createFeed({ db, pool, log }: { db: Database; pool: Pool; log: Logger }) {
  const changes = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  let version = 0
  let listening: ReturnType<typeof listenForNotifications> | undefined
  const reader = new DataLoader((places: readonly Place[]) => readAfter({ db, pool }, places), {
    cache: false,
    maxBatchSize: STREAMS,
  })

  function changed() {
    version++
    changes.emit('changed')
  }

  return {
    /** A member's notifications in the app, oldest first: all after the one with this id, then those to come. */
    follow(memberId: number, after: number): Repeater<Entry> {
      listening ??= listenForNotifications(pool, log, changed)
      return new Repeater<Entry>(async (push, stop) => {
        const left = new AbortController()
        void stop.then(() => left.abort())
        const signal = AbortSignal.any([left.signal, closing.signal])
        let place = { memberId, after }
        while (!signal.aborted) {
          const seen = version
          const entries = await reader.load(place).catch((error: unknown) => {
            log.warn({ err: error }, 'Live streams could not be read on: tried again in some seconds')
            return []
          })
          for (const entry of entries) {
            if (signal.aborted) break
            // Resolves when the client has taken it.
            await push(entry)
            place = { memberId, after: entry.id }
          }
          if (entries.length === PAGE || seen !== version) continue
          await once(changes, 'changed', { signal }).catch(() => {})
        }
        stop()
      })
    },
    /** Ends every stream. */
    async close(): Promise<void> {
      closing.abort()
      await listening?.close()
    },
  }
}

export type Feed = ReturnType<typeof createFeed>

async function readAfter({ db, pool }: { db: Database; pool: Pool }, places: readonly Place[]) {
  const { rows } = await query<{ id: number; stream: number }>(
    pool,
    Prisma.sql`
    SELECT n.id, s.stream::int
    FROM unnest(${places.map(({ memberId }) => memberId)}::int[], ${places.map(({ after }) => after)}::int[])
      WITH ORDINALITY AS s (member_id, after, stream)
    CROSS JOIN LATERAL (
      SELECT id FROM "Notification"
      WHERE "memberId" = s.member_id AND id > s.after AND "inApp"
      ORDER BY id LIMIT ${PAGE}::int
    ) n`,
  )
  const ids = [...new Set(rows.map(({ id }) => id))]
  const found = ids.length
    ? await db.notification.findMany({ where: { id: { in: ids } }, include: { event: true } })
    : []
  const byId = new Map(found.map((entry) => [entry.id, entry]))
  const entries = places.map((): (typeof found)[number][] => [])
  for (const { id, stream } of rows) {
    const entry = byId.get(id)
    if (entry) entries[stream - 1]?.push(entry)
  }
  return entries.map((list) => list.sort((a, b) => a.id - b.id))
}
