import pLimit, { type LimitFunction } from 'p-limit'
import type { Pool } from '../db/client.ts'
import type { Logger } from '../lib/logger.ts'
import { withTimeout } from '../lib/wait.ts'
import type { BegunRecord } from './begun.ts'
import { judge, type Verdict } from './judge.ts'
import { mailingOf, type Parcel } from './mailing.ts'
import { pace } from './pace.ts'
import { type BatchSending, CONCURRENCY, type MailingOutcome, type Outcome, type Provider } from './provider.ts'
import { type Ready, unwritable } from './ready.ts'
import type { Result } from './record.ts'
import { contentVerdict, divide, noteOutcome } from './refused-content.ts'

type Deps = { pool: Pool; log: Logger; stop?: AbortSignal }

/** Beyond it the outcome is unknown. */
export const HAND_OVER_SECONDS = 50

/**
 * `left`: what was not handed over, because the provider is too busy or nothing more may begin. `divided`: parts of what
 * was refused, after everything else: what becomes of one part tells about the others.
 */
export type ParcelOutcome = { results: Result[]; left: Parcel[]; divided?: Parcel[] }

export type Progress = {
  /** Whether the next hand-over shows if the provider accepts emails again. */
  isProbing: boolean
  /** Why the provider is to be left alone. */
  refusal: { reason: string; retryAfterMs?: number } | undefined
  /** Why nothing more can begin: what the database answered. */
  failure?: unknown
}

/** `begun`: kept for a provider that reports. */
type HandOver = {
  provider: Provider
  progress: Progress
  mayGoOn: () => Promise<boolean>
  begun: BegunRecord | undefined
}

/** Hands a parcel over, and judges what comes of it. */
export async function handOver(parcel: Parcel, deps: Deps, context: HandOver): Promise<ParcelOutcome> {
  const { batch } = context.provider
  const reason = contentVerdict(parcel)
  if (reason !== undefined) {
    const rejected = { result: 'rejected', fault: 'message', reason } as const
    const verdicts = await Promise.all(parcel.map((ready) => judge(deps.pool, ready, rejected, true)))
    return { results: verdicts.map(({ result }) => result), left: [] }
  }
  const [first] = parcel
  if (parcel.length > 1 && batch) return handOverMailing(parcel, batch, deps, context)
  return first ? handOverOne(first, deps, context) : { results: [], left: [] }
}

async function handOverOne(ready: Ready, deps: Deps, context: HandOver): Promise<ParcelOutcome> {
  const { provider } = context
  const { email, asciiTo: to, messageId, key, draft } = ready
  let content: ReturnType<typeof draft.compose>
  try {
    content = draft.compose()
  } catch (error) {
    return { results: [unwritable(email, error)], left: [] }
  }
  const outgoing = { id: email.id, to, messageId, key, ...content }
  const send = () => provider.send(outgoing)
  const given = await inTurn<Outcome>([ready], send, deps, context, (reason) => ({ result: 'failed', reason }))
  if ('left' in given) return { results: [], left: given.left }
  const { outcome, startedMs } = given
  if (outcome.result === 'busy') return { results: [], left: [[ready]] }
  const verdict = await judge(deps.pool, ready, outcome, othersAccepted(provider, startedMs), provider.reportSeconds)
  note(verdict, deps, context)
  noteOutcome([ready], outcome)
  return { results: [verdict.result], left: [] }
}

/** A request that is refused is divided until the recipients whose fault it is are alone. */
async function handOverMailing(
  parcel: Parcel,
  batch: BatchSending,
  deps: Deps,
  context: HandOver,
): Promise<ParcelOutcome> {
  const { provider, progress } = context
  let mailing: ReturnType<typeof mailingOf>
  try {
    mailing = mailingOf(parcel, batch)
  } catch {
    // Each fails by itself.
    return { results: [], left: parcel.map((ready) => [ready]) }
  }
  const send = () => batch.send(mailing)
  const given = await inTurn<MailingOutcome>(parcel, send, deps, context, (reason) => ({
    result: 'refused',
    reason,
    named: new Map(),
  }))
  if ('left' in given) return { results: [], left: given.left }
  const { outcome, startedMs } = given
  noteOutcome(parcel, outcome)
  if (outcome.result === 'refused') {
    if (!outcome.named.size) return { results: [], left: [], divided: divide(parcel, outcome.reason) }
    const judged = await Promise.all(
      parcel.flatMap((ready, n) => {
        const reason = outcome.named.get(n)
        return reason === undefined ? [] : judge(deps.pool, ready, { result: 'rejected', reason }, true)
      }),
    )
    const others = parcel.filter((_, n) => !outcome.named.has(n))
    return { results: judged.map(({ result }) => result), left: others.length ? [others] : [] }
  }
  if (outcome.result === 'unavailable' && outcome.retryAfterMs !== undefined && !outcome.mayHaveIt) {
    // A limit says nothing about these emails.
    progress.refusal = outcome
    return { results: [], left: [parcel] }
  }
  const accepted = othersAccepted(provider, startedMs)
  const verdicts = await Promise.all(
    parcel.map((ready) => judge(deps.pool, ready, outcome, accepted, provider.reportSeconds)),
  )
  for (const verdict of verdicts) note(verdict, deps, context)
  return { results: verdicts.map(({ result }) => result), left: [] }
}

const othersAccepted = (provider: Provider, startedMs: number) => (lastAcceptedMs.get(provider) ?? 0) > startedMs

/** What an outcome says of the provider. */
function note({ result, provider: says }: Verdict, { log }: Deps, { provider, progress }: HandOver): void {
  if (result.status === 'SENT') lastAcceptedMs.set(provider, performance.now())
  if (says === 'works') {
    if (progress.isProbing) log.info('The email provider answers again: sending continues')
    progress.isProbing = false
  } else if (says) progress.refusal = says
}

const limits = new WeakMap<Provider, LimitFunction>()

/**
 * All that this process hands over, single emails too, shares what the provider takes at the same time.
 * @returns what is left, when nothing more may begin or some of the parcel is no longer to be sent
 */
async function inTurn<T>(
  parcel: Parcel,
  send: () => Promise<T>,
  { stop }: Deps,
  context: HandOver,
  thrown: (reason: string) => T,
): Promise<{ startedMs: number; outcome: T | Unknown } | { left: Parcel[] }> {
  const { provider, mayGoOn } = context
  const limit = limits.get(provider) ?? pLimit(CONCURRENCY)
  limits.set(provider, limit)
  const adjust = () => {
    limit.concurrency = provider.concurrency?.() ?? CONCURRENCY
  }
  adjust()
  const begin = async () => {
    await pace(provider, parcel.length, stop)
    if (!(await mayGoOn())) return { left: [parcel] }
    const ours = await recordBegun(parcel, context)
    if (ours.length < parcel.length) return { left: ours.length ? [ours] : [] }
    if (!(await mayGoOn())) return { left: [parcel] }
    const startedMs = performance.now()
    return { startedMs, outcome: await inTime(send, thrown) }
  }
  // Before the next one begins.
  return limit(() => begin().finally(adjust))
}

/** @returns what is still to be sent; all of it when that is not known, after which nothing may begin */
async function recordBegun(parcel: Parcel, { begun, progress }: HandOver): Promise<Parcel> {
  if (!begun) return parcel
  try {
    const ours = await begun.begin(parcel.map(({ email }) => email.id))
    return parcel.filter(({ email }) => ours.has(email.id))
  } catch (error) {
    progress.failure ??= error
    return parcel
  }
}

type Unknown = Extract<Outcome, { result: 'unknown' }>

/** The lease must not run out under a provider that neither answers nor gives up. */
async function inTime<T>(send: () => Promise<T>, thrown: (reason: string) => T): Promise<T | Unknown> {
  try {
    return await withTimeout<T | Unknown>(send(), HAND_OVER_SECONDS * 1000, {
      result: 'unknown',
      reason: `no answer within ${HAND_OVER_SECONDS} seconds`,
    })
  } catch (error) {
    return thrown(error instanceof Error ? error.message : String(error))
  }
}

/** When a provider last accepted an email of this process: single emails are others to each other. */
const lastAcceptedMs = new WeakMap<Provider, number>()
