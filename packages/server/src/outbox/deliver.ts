import type { Pool } from '../db/client.ts'
import type { Compose } from '../emails/compose.ts'
import { CONCURRENCY, type Outcome, type Provider } from '../emails/providers/provider.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import type { Tokens } from '../members/tokens.ts'
import { type ClaimedEmail, claimDue, type Result } from './outbox.ts'
import { createRecorder } from './recorder.ts'

export type SendDeps = {
  pool: Pool
  log: Logger
  provider: Provider
  /** Made when there is something to send. */
  composer: () => Promise<Compose>
  tokens: Tokens
  /** Who emails come from: their ids carry its domain. */
  emailSender: string
  /** Milliseconds: older news is not emailed. */
  emailMaxAge: number
  /** Once aborted, nothing more is begun. */
  stop?: AbortSignal
}

export type SendSummary = {
  sent: number
  ignored: number
  failed: number
  /** To be tried again later. */
  retrying: number
  /** Why sending was stopped before its end, and for how many seconds the provider asked us to wait. */
  stopped?: string
  wait?: number
}

const BATCH = 100
/** Seconds. A notifier that dies leaves its emails to the others after this time. */
const LEASE = 120
/** Seconds that a hand-over may take. Beyond it the outcome is unknown. */
const HAND_OVER = 50
/** Seconds before the end of a lease in which nothing is begun any more. */
const LAST_CALL = HAND_OVER + 10
const MAX_ATTEMPTS = 3
/** Seconds: the longest that a provider's limit is waited for before it is asked again. */
const LONGEST_WAIT = 3_600
/** Seconds until the second and the third attempt. */
const PAUSES = [60, 600]

/**
 * Sends every email that is due. Any number of processes can do so at the same time.
 *
 * An email whose outcome nobody recorded (its notifier died, or the provider did not answer) may or may not have been
 * sent. It is tried again, with the same Message-ID: to miss a vote is worse than to hear of it twice. Each such
 * attempt counts, so a third one is the last.
 */
export async function sendDue(deps: SendDeps): Promise<SendSummary> {
  const summary: SendSummary = { sent: 0, ignored: 0, failed: 0, retrying: 0 }

  while (!summary.stopped && !deps.stop?.aborted) {
    const ends = performance.now() + LEASE * 1000
    const batch = await claimDue(deps.pool, BATCH, LEASE, CONCURRENCY)
    const [first] = batch
    if (!first) break
    const recorder = createRecorder(deps, { until: first.leaseUntil, ends })
    const compose = await deps.composer().catch((error): Compose => {
      summary.stopped = `no email can be written. ${explain(error).message}`
      return () => {
        throw error
      }
    })
    const queue = batch.values()
    const sendFromQueue = async () => {
      for (const email of queue) {
        const recording = await recorder.ready()
        if (!recording || summary.stopped || deps.stop?.aborted || performance.now() > ends - LAST_CALL * 1000) {
          recorder.add({
            id: email.id,
            status: 'PENDING',
            reason: summary.stopped,
            wait: summary.wait,
            uncounted: true,
          })
          continue
        }
        const result = whyNot(email, deps.emailMaxAge) ?? toResult(email, await handOver(email, compose, deps), summary)
        count(result, summary)
        recorder.add(result)
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, sendFromQueue))
    await recorder.flush()
  }
  if (summary.stopped) deps.log.error(`Sending has stopped, emails stay in the outbox: ${summary.stopped}`)
  return summary
}

/** Asked again when the email is due: much can have changed since it was recorded. */
function whyNot(email: ClaimedEmail, emailMaxAge: number): Result | undefined {
  const ignored = (reason: string): Result => ({
    id: email.id,
    status: 'IGNORED',
    outcome: 'ignored',
    reason,
    uncounted: true,
  })
  if (email.type === 'verification') {
    if (email.address !== email.addressThen) return ignored('the address no longer waits to be confirmed')
  } else {
    if (email.eventType === null) return ignored('its notification is gone')
    if (!email.receiveEmails) return ignored('the member receives no emails')
    if (email.address === null) return ignored('no verified address')
    if (Date.now() - email.eventTime.getTime() > emailMaxAge) return ignored('too old')
  }
  if (email.attempts > MAX_ATTEMPTS) {
    const reason = `unknown outcome: the notifier stopped during each of ${MAX_ATTEMPTS} attempts`
    return { id: email.id, status: 'FAILED', outcome: 'unknown', reason, uncounted: true }
  }
  return undefined
}

async function handOver(email: ClaimedEmail, compose: Compose, deps: SendDeps): Promise<Outcome> {
  const { provider, emailSender, tokens } = deps
  try {
    if (email.type === 'notification' && email.eventType === null) throw new Error('its notification is gone')
    const { memberName, address } = email
    const domain = /@([^\s<>]+)/.exec(emailSender)?.[1] ?? 'localhost'
    const messageId = `<${email.id}.${email.createdAt.getTime()}@${domain}>`
    const sending = provider.send({
      id: email.id,
      to: address ?? '',
      messageId,
      ...compose(
        email.type === 'verification'
          ? { memberName, confirmationToken: tokens.email(email.memberId, email.addressThen) }
          : { memberName, type: email.eventType, kind: email.kind, data: email.data },
      ),
    })
    return await within(HAND_OVER, sending)
  } catch (error) {
    return { result: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** The lease must not run out under a provider that neither answers nor gives up. */
async function within(seconds: number, sending: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000, { result: 'failed', reason: `no answer within ${seconds} seconds` })
  })
  try {
    return await Promise.race([sending, late])
  } finally {
    clearTimeout(timer)
  }
}

function toResult({ id, address, attempts }: ClaimedEmail, outcome: Outcome, summary: SendSummary): Result {
  const result = { id, outcome: outcome.result }
  switch (outcome.result) {
    case 'sent':
      return { ...result, status: 'SENT', messageId: outcome.messageId, address }
    case 'rejected':
      return { ...result, status: 'FAILED', reason: outcome.reason, address }
    case 'unavailable':
      summary.stopped = outcome.reason
      summary.wait = Math.min((outcome.retryAfter ?? 0) / 1000, LONGEST_WAIT)
      return { ...result, status: 'PENDING', reason: outcome.reason, wait: summary.wait, uncounted: true }
    case 'failed': {
      const pause = PAUSES[attempts - 1]
      const reason = `attempt ${attempts} of ${MAX_ATTEMPTS}: ${outcome.reason}`
      if (pause === undefined) return { ...result, status: 'FAILED', reason, address }
      // Some jitter, so that a thousand failures do not all come back in the same second.
      return { ...result, status: 'PENDING', reason, wait: pause * (1 + Math.random() / 4), address }
    }
  }
}

function count({ status }: Result, summary: SendSummary): void {
  if (status === 'SENT') summary.sent++
  else if (status === 'IGNORED') summary.ignored++
  else if (status === 'FAILED') summary.failed++
  else summary.retrying++
}
