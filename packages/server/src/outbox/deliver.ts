import type { Pool } from '../db/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { withTimeout } from '../lib/wait.ts'
import { type ClaimedEmail, claimDue } from './claim.ts'
import type { EmailTypes, PreparedEmail, PrepareEmails } from './email-types.ts'
import { CONCURRENCY, type Outcome, type Provider } from './provider.ts'
import type { Result } from './record.ts'
import { createRecorder } from './recorder.ts'
import { MAX_ATTEMPTS, nextAttemptSeconds, unavailableSeconds } from './retry-policy.ts'

export type DeliverDeps = {
  pool: Pool
  log: Logger
  provider: Provider
  emailTypes: EmailTypes
  /** Who emails come from: their ids carry its domain. */
  emailSender: string
  /** Once aborted, nothing more is begun. */
  stop?: AbortSignal
}

export type DeliverySummary = {
  sent: number
  ignored: number
  failed: number
  retrying: number
  /** Why delivery ended early, and how long the provider asked us to wait. */
  stopped?: { reason: string; waitSeconds: number }
}

type Writable = Extract<PreparedEmail, { to: string }>

const BATCH = 100
/** A notifier that dies leaves its emails to the others after this time. */
const LEASE_SECONDS = 120
/** Beyond it the outcome is unknown. */
const HAND_OVER_SECONDS = 50
/** Before the end of a lease, in which nothing is begun any more. */
const LAST_CALL_SECONDS = HAND_OVER_SECONDS + 10

export const noEmails = (): DeliverySummary => ({ sent: 0, ignored: 0, failed: 0, retrying: 0 })

/**
 * Sends every email that is due. Any number of processes can do so at the same time.
 *
 * An email whose outcome nobody recorded (its notifier died, or the provider did not answer) may or may not have been
 * sent. It is tried again, with the same Message-ID: to miss a vote is worse than to hear of it twice. Each such attempt
 * counts.
 * @throws what the database answers; the emails in hand are then due again, and no attempt counts
 */
export async function deliverDue(deps: DeliverDeps): Promise<DeliverySummary> {
  const summary = noEmails()
  while (!summary.stopped && !deps.stop?.aborted && (await deliverBatch(deps, summary)));
  if (summary.stopped) deps.log.error(`Sending has stopped, emails stay in the outbox: ${summary.stopped.reason}`)
  return summary
}

async function deliverBatch(deps: DeliverDeps, summary: DeliverySummary): Promise<boolean> {
  const { pool, emailTypes, stop } = deps
  const leaseEnds = performance.now() + LEASE_SECONDS * 1000
  const claim = { types: emailTypes.names, limit: BATCH, leaseSeconds: LEASE_SECONDS, concurrency: CONCURRENCY }
  const batch = await claimDue(pool, claim)
  const [first] = batch
  if (!first) return false
  const recorder = createRecorder(deps, { until: first.leaseUntil, endsMs: leaseEnds })
  const giveBack = ({ id }: ClaimedEmail) =>
    recorder.add({
      id,
      status: 'PENDING',
      outcome: 'untried',
      reason: summary.stopped?.reason ?? null,
      waitSeconds: summary.stopped?.waitSeconds ?? 0,
    })

  const prepared = await prepare(deps, batch, summary).catch(async (error: unknown) => {
    for (const email of batch) giveBack(email)
    await recorder.flush()
    throw error
  })
  const queue = batch.values()
  const deliverFromQueue = async () => {
    for (const email of queue) {
      const recording = await recorder.ready()
      const late = performance.now() > leaseEnds - LAST_CALL_SECONDS * 1000
      if (!recording || summary.stopped || stop?.aborted || late) {
        giveBack(email)
        continue
      }
      const result = await deliver(email, prepared.get(email.id) ?? { whyNot: 'SUBJECT_GONE' }, deps, summary)
      count(result, summary)
      recorder.add(result)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, deliverFromQueue))
  await recorder.flush()
  return true
}

/** A template with a mistake keeps every email from being written. */
async function prepare({ pool, emailTypes }: DeliverDeps, batch: ClaimedEmail[], summary: DeliverySummary) {
  const prepareEmails = await emailTypes.open().catch((error: unknown): PrepareEmails => {
    summary.stopped = { reason: `no email can be written. ${explain(error).message}`, waitSeconds: 0 }
    return async () => new Map()
  })
  return prepareEmails(pool, batch)
}

async function deliver(
  email: ClaimedEmail,
  prepared: PreparedEmail,
  deps: DeliverDeps,
  summary: DeliverySummary,
): Promise<Result> {
  const { id, attempts } = email
  if ('whyNot' in prepared) return { id, status: 'IGNORED', reason: prepared.whyNot }
  if (attempts > MAX_ATTEMPTS) {
    const reason = `unknown outcome: the notifier stopped during each of ${MAX_ATTEMPTS} attempts`
    return { id, status: 'FAILED', outcome: 'unknown', reason }
  }
  if ('error' in prepared) return failedAttempt(email, null, messageOf(prepared.error))
  const outcome = await handOver(email, prepared, deps)
  return toResult(email, prepared.to, outcome, summary)
}

async function handOver(email: ClaimedEmail, { to, compose }: Writable, deps: DeliverDeps): Promise<Outcome> {
  const domain = /@([^\s<>]+)/.exec(deps.emailSender)?.[1] ?? 'localhost'
  const messageId = `<${email.id}.${email.createdAt.getTime()}@${domain}>`
  try {
    const sending = deps.provider.send({ id: email.id, to, messageId, ...compose() })
    // The lease must not run out under a provider that neither answers nor gives up.
    return await withTimeout(sending, HAND_OVER_SECONDS * 1000, {
      result: 'unknown',
      reason: `no answer within ${HAND_OVER_SECONDS} seconds`,
    })
  } catch (error) {
    return { result: 'failed', reason: messageOf(error) }
  }
}

function toResult(email: ClaimedEmail, address: string, outcome: Outcome, summary: DeliverySummary): Result {
  const { id } = email
  switch (outcome.result) {
    case 'sent':
      return { id, status: 'SENT', messageId: outcome.messageId, address }
    case 'rejected':
      return { id, status: 'FAILED', outcome: 'rejected', reason: outcome.reason, address }
    case 'unavailable': {
      const waitSeconds = unavailableSeconds(outcome.retryAfterMs)
      summary.stopped = { reason: outcome.reason, waitSeconds }
      return { id, status: 'PENDING', outcome: 'unavailable', reason: outcome.reason, waitSeconds }
    }
    case 'failed':
    case 'unknown':
      return failedAttempt(email, address, outcome.reason)
  }
}

function failedAttempt({ id, attempts }: ClaimedEmail, address: string | null, what: string): Result {
  const waitSeconds = nextAttemptSeconds(attempts)
  const reason = `attempt ${attempts} of ${MAX_ATTEMPTS}: ${what}`
  return waitSeconds === null
    ? { id, status: 'FAILED', outcome: 'failed', reason, address }
    : { id, status: 'PENDING', outcome: 'failed', reason, address, waitSeconds }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function count({ status }: Result, summary: DeliverySummary): void {
  if (status === 'SENT') summary.sent++
  else if (status === 'IGNORED') summary.ignored++
  else if (status === 'FAILED') summary.failed++
  else summary.retrying++
}
