import { GraphQLError } from 'graphql'
import type { Pool } from '../db/client.ts'
import { countAttempt, forgiveAttempt } from '../db/rate-limits.ts'
import { apiError, type ErrorCode } from './errors.ts'
import { recordRateLimit } from './request-log.ts'

/** `name`: in the log and the metrics, the same for every caller. `max`: failures in ten minutes. */
export type FailureLimit = { name: string; caller: string; max: number }

/**
 * Does work whose failures are limited, across all processes. An attempt counts from its beginning, so that simultaneous
 * ones cannot exceed a limit, and no longer once it has not failed.
 * @param failures the codes that count
 * @throws RATE_LIMITED without doing the work, and what the work throws
 */
export async function limitFailures<T>(
  pool: Pool,
  limits: FailureLimit[],
  failures: ErrorCode[],
  work: () => Promise<T>,
): Promise<T> {
  const counted: string[] = []
  const forgive = async () => {
    for (const key of counted) await forgiveAttempt(pool, key)
  }
  for (const { name, caller, max } of limits) {
    const key = `${name} ${caller}`
    const { count, waitSeconds } = await countAttempt(pool, key)
    if (count > max) {
      await forgive()
      throw rateLimited(name, `Too many attempts: try again in ${Math.ceil(waitSeconds / 60)} minutes.`)
    }
    counted.push(key)
  }
  try {
    const result = await work()
    await forgive()
    return result
  } catch (error) {
    const isFailure = error instanceof GraphQLError && failures.some((code) => code === error.extensions.code)
    if (!isFailure) await forgive()
    throw error
  }
}

/** @param limit its name in the log and the metrics: the same for every caller */
export function rateLimited(limit: string, message: string) {
  recordRateLimit(limit)
  return apiError('RATE_LIMITED', message)
}
