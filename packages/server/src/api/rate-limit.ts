import type { Pool } from '../db/client.ts'
import { countAttempt } from '../db/rate-limits.ts'
import { apiError } from './errors.ts'
import { recordRateLimit } from './request-log.ts'

/** Counts a caller's attempt across all processes. @throws RATE_LIMITED after `max` attempts in ten minutes */
export async function limitRate(pool: Pool, limit: string, caller: string | number, max: number): Promise<void> {
  const { count, waitSeconds } = await countAttempt(pool, `${limit} ${caller}`)
  if (count > max) throw rateLimited(limit, `Too many attempts: try again in ${Math.ceil(waitSeconds / 60)} minutes.`)
}

/** @param limit its name in the log and the metrics: the same for every caller */
function rateLimited(limit: string, message: string) {
  recordRateLimit(limit)
  return apiError('RATE_LIMITED', message)
}
