import pLimit, { type LimitFunction } from 'p-limit'
import type { Pool } from '../db/client.ts'
import type { Logger } from '../lib/logger.ts'
import { claimDue, claimProbes } from './claim.ts'
import { type DeliverySummary, deliverClaimed, type Stop } from './claimed.ts'
import type { EmailTypes } from './email-types.ts'
import type { Progress } from './hand-over.ts'
import { giveProbeBack, pauseSending } from './pause.ts'
import { CONCURRENCY, type Provider } from './provider.ts'

export type DeliverDeps = {
  pool: Pool
  log: Logger
  /** The first one that accepts emails is used. */
  providers: readonly Provider[]
  emailTypes: EmailTypes
  /** Who emails come from: their ids carry its domain. */
  emailSender: string
  /** Once aborted, nothing more is begun. */
  stop?: AbortSignal
}

/** Emails that one claim takes, where each is a request of its own. */
const MOST_SINGLE = 100
/** Claims at the same time, where many emails are one request: the next is prepared while one is handed over. */
const CLAIMS_OF_BATCHES = 3
/** A claim takes no more than can be handed over in this time. */
const LONGEST_CLAIM_SECONDS = 10
/** A notifier that dies leaves its emails to the others after this time. */
const LEASE_SECONDS = 120
/** In which the probe of another process has an answer, as a rule. */
const PROBE_SECONDS = 2
export const noEmails = (): DeliverySummary => ({ sent: 0, ignored: 0, failed: 0, retrying: 0 })

/** What one provider does during one delivery. `takesNew`: emails that no provider has had, too. */
type Turn = {
  provider: Provider
  takesNew: boolean
  /** Of claims at the same time each would get a part of the last emails: more requests than needed. */
  claims: LimitFunction
  stopped?: Stop & { endsMs: number }
}

/**
 * Sends every email that is due. Any number of processes can do so at the same time.
 *
 * An email whose outcome nobody recorded (its notifier died, or the provider did not answer) may or may not have been
 * sent. It is tried again, with the same Message-ID and by the same provider: to miss a vote is worse than to hear of it
 * twice. Each such attempt counts.
 *
 * A provider that accepts nothing from anybody is left alone by all processes for a while; meanwhile the next one is
 * used. Then one email probes it.
 * @throws what the database answers; the emails in hand are then due again, and no attempt counts
 */
export async function deliverDue(deps: DeliverDeps): Promise<DeliverySummary> {
  const summary = noEmails()
  const turns = deps.providers.map((provider): Turn => ({ provider, takesNew: false, claims: pLimit(1) }))
  for (let n = 0; n < turns.length; n++) {
    const turn = turns[n]
    if (!turn || turn.stopped) continue
    const earlier = turns.slice(0, n)
    turn.takesNew = earlier.every(({ stopped }) => stopped)
    await deliverInTurn(deps, summary, turn, () => endedStop(earlier) !== undefined)
    const back = turn.stopped ? undefined : endedStop(earlier)
    if (back) {
      delete back.stopped
      n = turns.indexOf(back) - 1
    }
  }
  return reported(deps, summary, turns)
}

const endedStop = (turns: readonly Turn[]) =>
  turns.find(({ stopped }) => stopped && stopped.endsMs <= performance.now())

/** @param isOver whether another provider has its turn */
async function deliverInTurn(deps: DeliverDeps, summary: DeliverySummary, turn: Turn, isOver: () => boolean) {
  const deliverNext = async () =>
    !summary.stopped && !turn.stopped && !deps.stop?.aborted && !isOver() && (await deliverClaim(deps, summary, turn))
  // Others come after the first, which may be a probe.
  if (!(await deliverNext())) return
  const deliverAll = async () => {
    while (await deliverNext());
  }
  await Promise.all(Array.from({ length: turn.provider.batch ? CLAIMS_OF_BATCHES : 1 }, deliverAll))
}

/**
 * Sends one email, if it is due. It is left alone while sending is paused, also at the end of a pause: a notifier probes.
 * @throws as `deliverDue` does
 */
export async function deliverOne(deps: DeliverDeps, id: number): Promise<DeliverySummary> {
  const summary = noEmails()
  const turns = deps.providers.map((provider): Turn => ({ provider, takesNew: true, claims: pLimit(1) }))
  for (const turn of turns) {
    await deliverClaim(deps, summary, turn, id)
    if (!turn.stopped) break
  }
  return reported(deps, summary, turns)
}

/** Delivery has stopped only when no provider is left. */
function reported({ log }: DeliverDeps, summary: DeliverySummary, turns: Turn[]): DeliverySummary {
  const named = (turn: Turn) =>
    turns.length > 1 ? `${turn.provider.name}: ${turn.stopped?.reason}` : turn.stopped?.reason
  const stops = turns.flatMap(({ stopped }) => stopped ?? [])
  if (stops.length && stops.length === turns.length) {
    summary.stopped ??= {
      reason: turns.map(named).join('; '),
      waitSeconds: Math.min(...stops.map(({ waitSeconds }) => waitSeconds)),
      ...(stops.every(({ isOld }) => isOld) && { isOld: true }),
    }
  } else {
    for (const turn of turns) {
      if (turn.stopped && !turn.stopped.isOld) log.warn(`An email provider is skipped for now. ${named(turn)}`)
    }
  }
  const { stopped } = summary
  if (stopped && !stopped.isOld) log.error(`Sending has stopped, emails stay in the outbox: ${stopped.reason}`)
  return summary
}

function endTurn(turn: Turn, { waitSeconds, ...why }: Stop): void {
  turn.stopped ??= { ...why, waitSeconds, endsMs: performance.now() + waitSeconds * 1000 }
}

/** @returns whether there was something to send */
async function deliverClaim(deps: DeliverDeps, summary: DeliverySummary, turn: Turn, only?: number): Promise<boolean> {
  const { emails, pause, leaseEndsMs } = await turn.claims(async () => {
    const leaseEndsMs = performance.now() + LEASE_SECONDS * 1000
    return { ...(await claim(deps, turn, only)), leaseEndsMs }
  })
  if (pause && pause.secondsLeft > 0) {
    endTurn(turn, { reason: pause.reason, waitSeconds: pause.secondsLeft, isOld: true })
    return false
  }
  if (!emails.length) {
    // Another process probes it: meanwhile, another provider can send.
    if (pause && deps.providers.length > 1) {
      endTurn(turn, { reason: pause.reason, waitSeconds: PROBE_SECONDS, isOld: true })
    }
    return false
  }
  const progress: Progress = { isProbing: pause !== undefined, refusal: undefined }
  try {
    await deliverClaimed(deps, { emails, leaseEndsMs }, { summary, turn, progress })
  } finally {
    await noteProvider(deps, turn, progress)
  }
  return true
}

/** Pauses sending, or lets others probe. */
async function noteProvider({ pool }: DeliverDeps, turn: Turn, { refusal, isProbing }: Progress) {
  const { name } = turn.provider
  if (refusal) {
    const { reason, retryAfterMs: askedMs } = refusal
    const waitSeconds = await pauseSending(pool, name, { reason, askedMs, hasProbed: isProbing })
    endTurn(turn, { reason, waitSeconds })
  } else if (isProbing) await giveProbeBack(pool, name)
}

async function claim({ pool, emailTypes, providers }: DeliverDeps, { provider, takesNew }: Turn, only?: number) {
  const { batch, perSecond = Number.POSITIVE_INFINITY } = provider
  const terms = {
    provider: provider.name,
    others: providers.flatMap(({ name }) => (name === provider.name ? [] : name)),
    takesNew,
    types: emailTypes.names,
    limit: Math.max(1, Math.min(batch?.mostRecipients ?? MOST_SINGLE, perSecond * LONGEST_CLAIM_SECONDS)),
    only,
    leaseSeconds: LEASE_SECONDS,
    reportSeconds: provider.reportSeconds ?? 0,
    concurrency: CONCURRENCY,
  }
  const claimed = await claimDue(pool, terms)
  return claimed.pause && claimed.pause.secondsLeft <= 0 && only === undefined
    ? // Few: if the probe fails, another provider may send the others meanwhile.
      { ...(await claimProbes(pool, { ...terms, limit: Math.min(terms.limit, CONCURRENCY) })), pause: claimed.pause }
    : claimed
}
