import pLimit, { type LimitFunction } from 'p-limit'
import type { Pool } from '../db/client.ts'
import { addressAsSent } from '../lib/email-address.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { withTimeout } from '../lib/wait.ts'
import { type ClaimedEmail, claimDue, claimProbes } from './claim.ts'
import type { EmailTypes, PreparedEmail, PrepareEmails } from './email-types.ts'
import { failedAttempt, judge } from './judge.ts'
import { endPause, giveProbeBack, pauseSending } from './pause.ts'
import { CONCURRENCY, type Outcome, type OutgoingEmail, type Provider } from './provider.ts'
import type { Result } from './record.ts'
import { createRecorder } from './recorder.ts'
import { MAX_ATTEMPTS } from './retry-policy.ts'
import { domainOf } from './sender.ts'

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
  /** Why delivery ended early, and seconds until it can go on. `isOld`: the pause had begun before. */
  stopped?: { reason: string; waitSeconds: number; isOld?: boolean }
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
 *
 * A provider that accepts nothing from anybody is left alone by all processes for a while. Then one email probes it.
 * @throws what the database answers; the emails in hand are then due again, and no attempt counts
 */
export async function deliverDue(deps: DeliverDeps): Promise<DeliverySummary> {
  const summary = noEmails()
  while (!summary.stopped && !deps.stop?.aborted && (await deliverBatch(deps, summary)));
  return reported(deps, summary)
}

/**
 * Sends one email, if it is due. It is left alone while sending is paused, also at the end of a pause: a notifier probes.
 * @throws as `deliverDue` does
 */
export async function deliverOne(deps: DeliverDeps, id: number): Promise<DeliverySummary> {
  const summary = noEmails()
  await deliverBatch(deps, summary, id)
  return reported(deps, summary)
}

function reported({ log }: DeliverDeps, summary: DeliverySummary): DeliverySummary {
  const { stopped } = summary
  if (stopped && !stopped.isOld) log.error(`Sending has stopped, emails stay in the outbox: ${stopped.reason}`)
  return summary
}

async function deliverBatch(deps: DeliverDeps, summary: DeliverySummary, only?: number): Promise<boolean> {
  const leaseEndsMs = performance.now() + LEASE_SECONDS * 1000
  const { emails, pause } = await claim(deps, only)
  if (pause && pause.secondsLeft > 0) {
    summary.stopped = { reason: pause.reason, waitSeconds: pause.secondsLeft, isOld: true }
    return false
  }
  if (!emails.length) return false
  const progress: Progress = { queue: emails, isProbing: pause !== undefined, refusal: undefined }
  try {
    await deliverClaimed(deps, summary, progress, leaseEndsMs)
  } finally {
    await noteProvider(deps, summary, progress)
  }
  return true
}

/** Pauses sending, or lets others probe. */
async function noteProvider({ pool, provider }: DeliverDeps, summary: DeliverySummary, progress: Progress) {
  const { refusal, isProbing } = progress
  if (refusal && summary.stopped) {
    const { reason, retryAfterMs: askedMs } = refusal
    summary.stopped.waitSeconds = await pauseSending(pool, provider.name, { reason, askedMs, hasProbed: isProbing })
  } else if (isProbing) await giveProbeBack(pool, provider.name)
}

async function claim({ pool, provider, emailTypes }: DeliverDeps, only?: number) {
  const wanted = { provider: provider.name, types: emailTypes.names, limit: BATCH, only }
  const terms = { ...wanted, leaseSeconds: LEASE_SECONDS, concurrency: CONCURRENCY }
  const claimed = await claimDue(pool, terms)
  return claimed.pause && claimed.pause.secondsLeft <= 0 && only === undefined
    ? { ...(await claimProbes(pool, terms)), pause: claimed.pause }
    : claimed
}

/** When a provider last accepted an email of this process: single emails are others to each other. */
const lastAcceptedMs = new WeakMap<Provider, number>()

type Progress = {
  queue: ClaimedEmail[]
  /** Whether the next hand-over shows if the provider accepts emails again. */
  isProbing: boolean
  /** Why the provider is to be left alone. */
  refusal: { reason: string; retryAfterMs?: number } | undefined
}

async function deliverClaimed(
  deps: DeliverDeps,
  summary: DeliverySummary,
  progress: Progress,
  leaseEndsMs: number,
): Promise<void> {
  const { pool, provider, stop } = deps
  const { queue } = progress
  const wasProbing = progress.isProbing
  const recorder = createRecorder(deps, { until: queue[0]?.leaseUntil ?? new Date(), endsMs: leaseEndsMs })
  const isLate = () => performance.now() > leaseEndsMs - LAST_CALL_SECONDS * 1000
  const mayGoOn = async () => (await recorder.ready()) && !summary.stopped && !stop?.aborted && !isLate()
  // A probe goes alone.
  const width = () => (progress.isProbing ? 1 : (provider.concurrency?.() ?? CONCURRENCY))
  try {
    const prepared = await prepare(deps, [...queue], summary)
    while (queue.length && (await mayGoOn())) {
      const lanes = width()
      const deliverFromQueue = async () => {
        while (width() === lanes && (await mayGoOn())) {
          const email = queue.shift()
          if (!email) return
          const content = prepared.get(email.id) ?? { whyNot: 'SUBJECT_GONE' }
          const result = await deliver(email, content, deps, { progress, mayGoOn })
          if (!result) queue.unshift(email)
          else {
            if (progress.refusal) summary.stopped ??= { reason: progress.refusal.reason, waitSeconds: 0 }
            count(result, summary)
            recorder.add(result)
          }
        }
      }
      await Promise.all(Array.from({ length: lanes }, deliverFromQueue))
      if (wasProbing && !progress.isProbing) await endPause(pool, provider.name)
    }
  } finally {
    for (const { id } of queue) recorder.add({ id, status: 'PENDING', outcome: 'untried' })
    await recorder.flush()
  }
}

/** A template with a mistake keeps every email from being written. */
async function prepare({ pool, emailTypes }: DeliverDeps, batch: ClaimedEmail[], summary: DeliverySummary) {
  const prepareEmails = await emailTypes.open().catch((error: unknown): PrepareEmails => {
    summary.stopped = { reason: `no email can be written. ${explain(error).message}`, waitSeconds: 0 }
    return async () => new Map()
  })
  return prepareEmails(pool, batch)
}

/** @returns nothing when it was not handed over: the provider is too busy for it, or nothing more may begin */
async function deliver(
  email: ClaimedEmail,
  prepared: PreparedEmail,
  deps: DeliverDeps,
  { progress, mayGoOn }: { progress: Progress; mayGoOn: () => Promise<boolean> },
): Promise<Result | undefined> {
  const { id, attempts } = email
  if ('whyNot' in prepared) return { id, status: 'IGNORED', reason: prepared.whyNot }
  if ('notBefore' in prepared) return { id, status: 'PENDING', outcome: 'untried', sendAt: prepared.notBefore }
  const failure = { id, status: 'FAILED', address: null, counts: false } as const
  if (attempts > MAX_ATTEMPTS) {
    const reason = `unknown outcome: the notifier stopped during each of ${MAX_ATTEMPTS} attempts`
    return { ...failure, outcome: 'unknown', reason, code: 'OUTCOME_UNKNOWN' }
  }
  if ('expired' in prepared) return { ...failure, outcome: 'expired', reason: prepared.expired, code: prepared.expired }
  const written = 'error' in prepared ? prepared : write(email, prepared, deps)
  if ('error' in written) return failedAttempt(email, null, messageOf(written.error), 'CANNOT_BE_WRITTEN')
  if (!('to' in prepared)) return undefined
  const handedOver = await inTurn(deps.provider, async () => {
    if (!(await mayGoOn())) return undefined
    const startedMs = performance.now()
    return { startedMs, outcome: await handOver(written.outgoing, deps) }
  })
  if (!handedOver || handedOver.outcome.result === 'busy') return undefined
  const { startedMs, outcome } = handedOver
  const othersAccepted = (lastAcceptedMs.get(deps.provider) ?? 0) > startedMs
  const { result, provider } = await judge(deps.pool, { ...prepared, email }, outcome, othersAccepted)
  if (result.status === 'SENT') lastAcceptedMs.set(deps.provider, performance.now())
  if (provider === 'works') {
    if (progress.isProbing) deps.log.info('The email provider answers again: sending continues')
    progress.isProbing = false
  } else if (provider) progress.refusal = provider
  return result
}

function write(email: ClaimedEmail, { to, compose }: Writable, { emailSender }: DeliverDeps) {
  const messageId = `<${email.id}.${email.createdAt.getTime()}@${domainOf(emailSender)}>`
  try {
    const outgoing: OutgoingEmail = { id: email.id, to: addressAsSent(to), messageId, ...compose() }
    return { outgoing }
  } catch (error) {
    return { error }
  }
}

const turns = new WeakMap<Provider, LimitFunction>()

/** All that this process hands over, single emails too, shares what the provider takes at the same time. */
async function inTurn<T>(provider: Provider, work: () => Promise<T>): Promise<T> {
  const limit = turns.get(provider) ?? pLimit(CONCURRENCY)
  turns.set(provider, limit)
  const adjust = () => {
    limit.concurrency = provider.concurrency?.() ?? CONCURRENCY
  }
  adjust()
  // Before the next one begins.
  return limit(() => work().finally(adjust))
}

async function handOver(email: OutgoingEmail, { provider }: DeliverDeps): Promise<Outcome> {
  try {
    // The lease must not run out under a provider that neither answers nor gives up.
    return await withTimeout(provider.send(email), HAND_OVER_SECONDS * 1000, {
      result: 'unknown',
      reason: `no answer within ${HAND_OVER_SECONDS} seconds`,
    })
  } catch (error) {
    return { result: 'failed', reason: messageOf(error) }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function count(result: Result, summary: DeliverySummary): void {
  const { status } = result
  if (status === 'SENT') summary.sent++
  else if (status === 'IGNORED') summary.ignored++
  else if (status === 'FAILED') summary.failed++
  else if (!('sendAt' in result)) summary.retrying++
}
