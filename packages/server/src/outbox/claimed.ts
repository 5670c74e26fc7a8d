import type { Pool } from '../db/client.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { recordOfBegun } from './begun.ts'
import type { ClaimedEmail } from './claim.ts'
import type { EmailTypes, PrepareEmails } from './email-types.ts'
import { HAND_OVER_SECONDS, handOver, type Progress } from './hand-over.ts'
import { type Parcel, parcelsOf } from './mailing.ts'
import { endPause } from './pause.ts'
import { CONCURRENCY, type Provider } from './provider.ts'
import { sortOut } from './ready.ts'
import type { Result } from './record.ts'
import { createRecorder } from './recorder.ts'

type Deps = { pool: Pool; log: Logger; emailTypes: EmailTypes; emailSender: string; stop?: AbortSignal }

/** Why delivery ended early, and seconds until it can go on. `isOld`: the pause had begun before. */
export type Stop = { reason: string; waitSeconds: number; isOld?: boolean }

export type DeliverySummary = {
  sent: number
  ignored: number
  failed: number
  retrying: number
  stopped?: Stop
}

/** Before the end of a lease, in which nothing is begun any more. */
const LAST_CALL_SECONDS = HAND_OVER_SECONDS + 10

/** `turn`: of the provider, which another claim can end. */
type Context = {
  summary: DeliverySummary
  turn: { provider: Provider; stopped?: Stop }
  progress: Progress
}

/**
 * Sends claimed emails by one provider, and records what becomes of them.
 * @throws what the database answers; the emails in hand are then due again, and no attempt counts
 */
export async function deliverClaimed(
  deps: Deps,
  { emails, leaseEndsMs }: { emails: ClaimedEmail[]; leaseEndsMs: number },
  { summary, turn, progress }: Context,
): Promise<void> {
  const { pool } = deps
  const { provider } = turn
  const wasProbing = progress.isProbing
  const heldBy = new Map(emails.flatMap(({ id, heldBy }) => (heldBy === null ? [] : [[id, heldBy] as const])))
  const lease = { until: emails[0]?.leaseUntil ?? new Date(), endsMs: leaseEndsMs, heldBy }
  const recorder = createRecorder({ ...deps, provider }, lease)
  const begun = provider.reportSeconds ? recordOfBegun(pool, lease.until) : undefined
  const add = (results: Result[]) => {
    for (const result of results) count(result, summary)
    recorder.add(results)
  }
  const isLate = () => performance.now() > leaseEndsMs - LAST_CALL_SECONDS * 1000
  const hasStopped = () => summary.stopped || turn.stopped || progress.refusal || progress.failure || deps.stop?.aborted
  const mayGoOn = async () => (await recorder.ready()) && !hasStopped() && !isLate()
  // A probe goes alone.
  const width = () => (progress.isProbing ? 1 : (provider.concurrency?.() ?? CONCURRENCY))
  let untried = emails
  try {
    const prepared = await prepare(deps, emails, summary)
    if (summary.stopped) return
    const { results, ready } = sortOut(emails, prepared, deps)
    untried = []
    add(results)
    const queue = parcelsOf(
      ready,
      Math.min(provider.batch?.mostRecipients ?? 1, provider.perSecond ?? Number.POSITIVE_INFINITY),
    )
    try {
      while (queue.length && (await mayGoOn())) {
        const lanes = width()
        const deliverFromQueue = async () => {
          while (width() === lanes && (await mayGoOn())) {
            const parcel = progress.isProbing ? takeFirstAlone(queue) : queue.shift()
            if (!parcel) return
            const { results, left, divided = [] } = await handOver(parcel, deps, { provider, progress, mayGoOn, begun })
            queue.unshift(...left)
            queue.push(...divided)
            add(results)
          }
        }
        await Promise.all(Array.from({ length: lanes }, deliverFromQueue))
        if (progress.failure) throw progress.failure
        if (wasProbing && !progress.isProbing) await endPause(pool, provider.name)
      }
    } finally {
      untried = queue.flatMap((parcel) => parcel.map(({ email }) => email))
    }
  } finally {
    recorder.add(untried.map(({ id }) => ({ id, status: 'PENDING', outcome: 'untried' })))
    await recorder.flush()
    await begun?.forget()
  }
}

function takeFirstAlone(queue: Parcel[]): Parcel | undefined {
  const [first, ...others] = queue.shift() ?? []
  if (others.length) queue.unshift(others)
  return first && [first]
}

/** A template with a mistake keeps every email from being written. */
async function prepare({ pool, emailTypes }: Deps, batch: ClaimedEmail[], summary: DeliverySummary) {
  const prepareEmails = await emailTypes.open().catch((error: unknown): PrepareEmails => {
    summary.stopped = { reason: `no email can be written. ${explain(error).message}`, waitSeconds: 0 }
    return async () => new Map()
  })
  return prepareEmails(pool, batch)
}

function count(result: Result, summary: DeliverySummary): void {
  const { status } = result
  if (status === 'SENT') summary.sent++
  else if (status === 'IGNORED') summary.ignored++
  else if (status === 'FAILED') summary.failed++
  else if (!('sendAt' in result)) summary.retrying++
}
