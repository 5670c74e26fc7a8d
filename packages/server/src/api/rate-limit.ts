import type { Pool } from '../db/client.ts'
import { countAttempt } from '../db/rate-limits.ts'
import { apiError } from './errors.ts'
import { recordRateLimit } from './request-log.ts'

/**
 * Counts an attempt across all processes.
 *
 * @param limit the limit's name, for the log and the metrics
 * @param caller whose attempts are counted
 * @param max the number of attempts allowed in ten minutes
 * @throws RATE_LIMITED above that number
 */
export async function limitRate(pool: Pool, limit: string, caller: string | number, max: number): Promise<void> {
  const { count, waitSeconds } = await countAttempt(pool, `${limit} ${caller}`)
  if (count > max) throw rateLimited(limit, `Too many attempts: try again in ${Math.ceil(waitSeconds / 60)} minutes.`)
}

/** Records that a request met a limit, and makes its error. @param limit the limit's name: never a caller's */
export function rateLimited(limit: string, message: string) {
  recordRateLimit(limit)
  return apiError('RATE_LIMITED', message)
}
