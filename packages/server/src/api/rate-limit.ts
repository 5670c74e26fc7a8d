import type { Pool } from '../db/client.ts'
import { countAttempt } from '../db/rate-limits.ts'
import { apiError } from './errors.ts'
import { noteRefusal } from './request-log.ts'

/**
 * Counts an attempt, whichever process it reaches.
 *
 * @param limit what is limited
 * @param who whose attempts are counted
 * @param most attempts in ten minutes
 * @throws RATE_LIMITED when there were more
 */
export async function limitRate(pool: Pool, limit: string, who: string | number, most: number): Promise<void> {
  const { count, waitSeconds } = await countAttempt(pool, `${limit} ${who}`)
  if (count > most) throw rateLimited(limit, `Too many attempts: try again in ${Math.ceil(waitSeconds / 60)} minutes.`)
}

/** The error for a caller who comes too often. @param limit the same for everyone: it is logged and counted */
export function rateLimited(limit: string, message: string) {
  noteRefusal(limit)
  return apiError('RATE_LIMITED', message)
}
