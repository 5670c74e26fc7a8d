import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { ClaimedEmail } from './claim.ts'
import type { Outcome } from './provider.ts'
import type { ReasonCode } from './reasons.ts'
import type { Result } from './record.ts'
import { MAX_ATTEMPTS, nextAttemptSeconds, sameAttemptSeconds } from './retry-policy.ts'

export type HandedOver = { email: ClaimedEmail; to: string; isPatient: boolean }

export type Verdict = {
  result: Result
  /** What the outcome says of the provider. Nothing, where it may be this email's alone. */
  provider?: 'works' | { reason: string; retryAfterMs?: number }
}

/** An email with which the provider fails is to blame when it accepts so many others for each other one that fails. */
const ACCEPTED_PER_FAILING = 10
const LONGEST_WAIT_HOURS = 24

/**
 * Who is to blame for an outcome: this email, or nobody.
 * @param othersAccepted while it was handed over
 * @param reportSeconds how long an unknown outcome waits for the provider's report
 */
export async function judge(
  pool: Pool,
  { email, to, isPatient }: HandedOver,
  outcome: Exclude<Outcome, { result: 'busy' }>,
  othersAccepted: boolean,
  reportSeconds = 0,
): Promise<Verdict> {
  const { id } = email
  switch (outcome.result) {
    case 'sent':
      return { result: { id, status: 'SENT', messageId: outcome.messageId, address: to }, provider: 'works' }
    case 'rejected': {
      const code = outcome.fault === 'message' ? 'MESSAGE_REFUSED' : 'RECIPIENT_REFUSED'
      const { reason } = outcome
      const failure = { outcome: 'rejected', reason, code, address: to, counts: true } as const
      return { result: { id, status: 'FAILED', ...failure }, provider: 'works' }
    }
    case 'failed': {
      const isLast = email.attempts >= MAX_ATTEMPTS
      const spared = outcome.inDoubt && isLast && !(await failsAlone(pool, id))
      const result = failedAttempt(email, to, outcome.reason, 'RECIPIENT_DEFERRED')
      if (!spared) return { result, provider: 'works' }
      const waiting = { status: 'PENDING', counts: false, waitSeconds: sameAttemptSeconds() } as const
      return { result: { ...result, ...waiting }, provider: 'works' }
    }
    case 'unknown': {
      const attempt = failedAttempt(email, to, outcome.reason, 'OUTCOME_UNKNOWN', 'unknown')
      const result =
        attempt.status === 'PENDING'
          ? { ...attempt, waitSeconds: Math.max(attempt.waitSeconds, reportSeconds) }
          : attempt
      return othersAccepted ? { result } : { result, provider: outcome }
    }
    case 'unavailable':
      return judgeUnavailable(pool, { email, to, isPatient }, outcome)
  }
}

async function judgeUnavailable(
  pool: Pool,
  { email, to, isPatient }: HandedOver,
  outcome: Extract<Outcome, { result: 'unavailable' }>,
): Promise<Verdict> {
  const { id, hasFailed } = email
  const { reason } = outcome
  if (hasFailed && (await failsWhileOthersAreAccepted(pool, id))) {
    return { result: failedAttempt(email, to, reason, 'PROVIDER_UNAVAILABLE') }
  }
  const failure = { outcome: 'unavailable', reason, code: 'PROVIDER_UNAVAILABLE', address: to, counts: false } as const
  const givenUp = hasFailed && !isPatient && (await hasWaitedAlone(pool, id))
  const result: Result = givenUp
    ? { id, status: 'FAILED', ...failure }
    : { id, status: 'PENDING', ...failure, waitSeconds: 0, ...(outcome.mayHaveIt && { mayHaveIt: true }) }
  return { result, provider: outcome }
}

/** An attempt that counts. The last one is the end. */
export function failedAttempt(
  { id, attempts }: ClaimedEmail,
  address: string | null,
  what: string,
  code: ReasonCode,
  outcome: 'failed' | 'unknown' = 'failed',
): Extract<Result, { code: ReasonCode }> {
  const waitSeconds = nextAttemptSeconds(attempts)
  const reason = `attempt ${attempts} of ${MAX_ATTEMPTS}: ${what}`
  const failure = { id, outcome, reason, code, address, counts: true }
  return waitSeconds === null ? { ...failure, status: 'FAILED' } : { ...failure, status: 'PENDING', waitSeconds }
}

/** Whether no other email fails, or far more were accepted since this one began to fail. */
async function failsAlone(pool: Pool, id: number): Promise<boolean> {
  const { accepted, failing } = await othersSince(pool, id)
  return failing === 0 || accepted > failing * ACCEPTED_PER_FAILING
}

async function failsWhileOthersAreAccepted(pool: Pool, id: number): Promise<boolean> {
  const { accepted, failing } = await othersSince(pool, id)
  return accepted > failing * ACCEPTED_PER_FAILING
}

/** Other emails since one began to fail: how many were accepted, and with how many the provider failed too. */
async function othersSince(pool: Pool, id: number): Promise<{ accepted: number; failing: number }> {
  const { rows } = await query<{ accepted: number; failing: number }>(
    pool,
    Prisma.sql`
    WITH mine AS (SELECT id, "failingSince" AS since FROM "Email" WHERE id = ${id}),
    others AS (
      SELECT status, "failingSince" FROM mine JOIN "Email" e
        ON e.status = 'SENT' AND e."updatedAt" > since AND e."sentAt" > since
      UNION ALL
      SELECT status, "failingSince" FROM mine JOIN "Email" e
        ON e.status = 'PENDING' AND e."failingSince" IS NOT NULL AND e.id <> mine.id
    )
    SELECT count(*) FILTER (WHERE status = 'SENT')::int AS accepted, count("failingSince")::int AS failing FROM others`,
  )
  return rows[0] ?? { accepted: 0, failing: 0 }
}

/** Whether it waits for a day, and no other email that is due with it: nothing shows whose fault that is. */
async function hasWaitedAlone(pool: Pool, id: number): Promise<boolean> {
  const { rows } = await query(
    pool,
    Prisma.sql`
    SELECT FROM "Email" e
    WHERE e.id = ${id} AND e."failingSince" < now() - make_interval(hours => ${LONGEST_WAIT_HOURS}::int)
      AND NOT EXISTS (SELECT FROM "Email" o WHERE o.status = 'PENDING' AND o.id <> e.id
        AND (o."sendAt" <= now() OR o."failingSince" IS NOT NULL))`,
  )
  return rows.length > 0
}
