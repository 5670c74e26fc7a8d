import type { Pool } from '../db/client.ts'

export type BatchDeps = { pool: Pool; config: { whyDays: number } }

export type Job = {
  name: string
  intervalSeconds: number
  /** Does a bounded part of the work. @returns whether there may be more */
  runBatch: (deps: BatchDeps) => Promise<boolean>
}
