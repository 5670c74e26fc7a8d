import type { Pool } from '../../db/client.ts'
import type { Logger } from '../../lib/logger.ts'
import type { FeedName, FeedReader } from '../../members/feed-addresses.ts'

export type FeedDeps = {
  pool: Pool
  log: Logger
  /** Without a slash at its end. */
  pioneerUrl: string
}

/** Something that programs read again and again. */
export type FeedDefinition = {
  name: FeedName
  contentType: string
  /** How long a program may keep an answer, in seconds. */
  maxAgeSeconds: number
  /** The same text while nothing has changed. */
  compose: (deps: FeedDeps, reader: FeedReader) => Promise<string>
}
