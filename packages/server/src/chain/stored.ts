import type { StoredAuthors } from './authors.ts'
import type { StoredWatchers } from './voters.ts'

/** What this service has stored and look-ups need. The notifier reads it, because this room knows no database. */
export type Stored = { authors: StoredAuthors; watchers: StoredWatchers }

/** The database does not answer: that is not the fault of an event. */
export class StoreUnreadable extends Error {
  override name = 'StoreUnreadable'
}
