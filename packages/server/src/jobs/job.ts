import type { Pool } from '../db/client.ts'

/** Recurring work. */
export type Job = {
  /** Stored, and shown to the operator. */
  name: string
  intervalSeconds: number
  /** Does a bounded part of the work. @returns whether there may be more */
  runBatch: (deps: { pool: Pool }) => Promise<boolean>
}
