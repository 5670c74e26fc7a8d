import type { Stored } from '../chain/stored.ts'
import type { Pool } from '../db/client.ts'
import { storedWatchers } from '../members/watched-accounts.ts'
import { storedAuthors } from './known-authors.ts'

/** What look-ups need of the database. */
export const storedFacts = (pool: Pool): Stored => ({ authors: storedAuthors(pool), watchers: storedWatchers(pool) })
