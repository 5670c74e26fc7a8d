import { forgetAttempts } from '../db/rate-limits.ts'
import type { Job } from './job.ts'

const BATCH = 1_000

export const forgetRateLimits: Job = {
  name: 'forget rate limits',
  intervalSeconds: 3_600,
  runBatch: async ({ pool }) => (await forgetAttempts(pool, BATCH)) === BATCH,
}
