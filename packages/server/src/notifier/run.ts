import { type QueryNode, QueryNodeError, QueryRefused, tallySince } from '../chain/client.ts'
import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { type Head, readWindow } from '../chain/window.ts'
import type { Database, Pool } from '../db/client.ts'
import { exclusively, type Lease } from '../db/lease.ts'
import { lengthsWith } from '../events/proposals/lengths.ts'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { forgetSendFailure, noteRun, noteSendFailure } from '../operations/runs.ts'
import type { DeliverySummary } from '../outbox/claimed.ts'
import { deliverDue, noEmails } from '../outbox/deliver.ts'
import type { EmailTypes } from '../outbox/email-types.ts'
import type { Provider } from '../outbox/provider.ts'
import { circumstancesOf } from './audience/resolve.ts'
import { understand } from './audience/understand.ts'
import { type Cursor, CursorMoved, checkHead, moveCursor, READING, readCursor } from './cursor.ts'
import { handleDeadlines, readHeadWithStages } from './deadlines.ts'
import { firstCursor } from './first-cursor.ts'
import { recordFirstPart } from './first-part.ts'
import { forgetAuthorsBefore, noteAuthorsTo } from './known-authors.ts'
import { catchUp, leaveOut, typesBut, typesThatAppeared, unknownTypes } from './left-out.ts'
import { readLongLists } from './long-lists.ts'
import { createProgress } from './progress.ts'
import { recordOutcome, report } from './record.ts'
import { retryDueSetAside } from './retry-set-aside.ts'
import { compareLengths, forgetKnownLengths } from './seen-lengths.ts'
import { storedFacts } from './stored.ts'

export type NotifierDeps = {
  db: Database
  pool: Pool
  queryNode: QueryNode
  /** In the order in which they are used. Without any, notifications are recorded but not emailed. */
  providers: readonly Provider[]
  emailTypes: EmailTypes
  log: Logger
  /** Once aborted, the work in hand is finished and recorded, and nothing more is begun. */
  stop?: AbortSignal
  /** The clock that deadlines go by. */
  now?: () => Date
  /** Called when the first emails of a broadcast can be sent, while the others are still recorded. */
  emailsWait?: () => void
  config: {
    startingBlock: number | undefined
    emailMaxAgeMs: number
    emailsPerHour: number
    emailDelaySeconds: number
    emailSender: string
    /** What replaces the known lengths. */
    proposalLengths?: Parameters<typeof lengthsWith>[0]
    /** Whether only voters are told of the revealing stage of an election. */
    onlyVotersOfRevealing?: boolean
  }
}

export type RunSummary = {
  /** Read, understood or not. */
  events: number
  notifications: number
  setAside: number
  emails: DeliverySummary
  head?: number
  /** Why deadlines were not read, although events were. */
  deadlinesFailure?: string
  /** Why nothing, or not all, was read. */
  failure?: string
}

/** One run of the notifier: reads news, records notifications, sends the emails that are due. */
export async function run(deps: NotifierDeps): Promise<RunSummary> {
  let sending = Promise.resolve(noEmails())
  const sendFirst = async (before: Promise<DeliverySummary>) =>
    // What fails now is tried again when all is read, and reported then.
    addSummary(await before, await send(deps).catch(noEmails))
  const emailsWait = () => {
    sending = sendFirst(sending)
  }
  const summary = await read({ ...deps, emailsWait }).catch(async (error: unknown) => {
    await sending
    // Waiting emails are sent even when news cannot be read.
    await send(deps).catch(() => {})
    throw error
  })
  const emails = addSummary(await sending, await send(deps))
  if (emails.stopped?.isOld) {
    const { reason, waitSeconds } = emails.stopped
    deps.log.warn(`Sending is paused for ${waitSeconds} more seconds: ${reason}`)
  }
  emails.ignored += summary.emails.ignored
  return { ...summary, emails }
}

const addSummary = (before: DeliverySummary, { sent, ignored, failed, retrying, ...last }: DeliverySummary) => ({
  ...last,
  sent: before.sent + sent,
  ignored: before.ignored + ignored,
  failed: before.failed + failed,
  retrying: before.retrying + retrying,
})

/** The first half of a run: reads and records, and saves how that went. */
export async function read(deps: NotifierDeps): Promise<RunSummary> {
  const summary: RunSummary = { events: 0, notifications: 0, setAside: 0, emails: noEmails() }
  const before = { ...deps.queryNode.tally }
  const note = async (outcome: { succeeded?: boolean; failure?: string }) => {
    const asked = tallySince(deps.queryNode.tally, before)
    const noted = await noteRun(deps.pool, {
      head: summary.head,
      deadlinesFailure: summary.deadlinesFailure,
      asked,
      ...outcome,
    })
    if (noted.hasSendFailure) sendFailures.add(deps.pool)
    return noted
  }
  try {
    const done = await readAndRecord(deps, summary).catch(async (error: unknown) => {
      if (!(error instanceof QueryRefused)) throw error
      return readAndRecord(deps, summary, await unknownTypes(deps, error))
    })
    if (done) {
      const { isRetryDue } = await note({ succeeded: !deps.stop?.aborted })
      if (isRetryDue && !deps.stop?.aborted) await retryDueSetAside(deps, summary)
    }
  } catch (error) {
    if (!(error instanceof QueryNodeError)) {
      await note({ failure: explain(error).advice }).catch(() => {})
      throw error
    }
    summary.failure = error.message
    await note({ failure: error.message })
    deps.log.error(`Nothing more was read, the next run tries again: ${error.message}`)
  }
  return summary
}

/**
 * From events to notifications.
 * @param unknown types of events that were just found to be missing in the query node
 * @returns whether everything new is read; not when another notifier is reading it
 */
export async function readAndRecord(
  deps: NotifierDeps,
  summary: RunSummary,
  unknown: readonly string[] = [],
): Promise<boolean> {
  const { pool, queryNode, log, config } = deps
  const stored = await readCursor(pool)
  if (stored) await leaveOut(deps, unknown, stored.block)
  const leftOut = [...Object.keys(stored?.leftOut ?? {}), ...unknown]
  const appeared = stored ? await typesThatAppeared(queryNode, stored.leftOut) : []
  const head = await readHeadWithStages(queryNode, typesBut(leftOut), log)
  if (stored) checkHead(head, stored)
  summary.head = head.block
  if (head.stagesFailure) summary.deadlinesFailure = head.stagesFailure
  if (!stored && config.startingBlock !== undefined && config.startingBlock > head.block + 1) {
    log.warn(`STARTING_BLOCK ${config.startingBlock} lies ahead of the query node, which stands at block ${head.block}`)
    return true
  }
  if (stored?.seenLengths) await forgetKnownLengths(pool, stored.seenLengths, lengthsWith(config.proposalLengths))
  // The newest event can be of a type that is left out.
  if (stored && head.block < stored.block && !leftOut.length) {
    log.warn(
      `The query node stands at block ${head.block}, behind block ${stored.block} that was handled before: it is being rebuilt or lags. Waiting for it`,
    )
    return true
  }
  // An idle run needs no lease.
  if (stored && stored.block >= head.block && !stored.eventsWait && !appeared.length) {
    // A query node that is being rebuilt has no proposals yet: nothing of it is called off.
    if (head.block === stored.block) await handleDeadlines(deps, head, stored.dayAgo, summary)
    return true
  }
  const readAll = async (lease: Lease) => {
    // What was read before may be handled by now.
    const cursor = (await readCursor(pool)) ?? (await firstCursor(pool, head, config.startingBlock, log))
    if (!stored) await leaveOut(deps, unknown, cursor.block)
    await forgetAuthorsBefore(pool, cursor.block)
    const types = typesBut([...Object.keys(cursor.leftOut ?? {}), ...unknown])
    await recordWindows(deps, lease, cursor, head, types, summary)
    await catchUp(deps, lease, appeared, summary)
    // A query node that is being rebuilt has not all posts.
    if (head.block >= cursor.block) await readLongLists(deps, lease, summary)
    return true
  }
  const handled = await exclusively(pool, READING, readAll, deps)
  if (handled && head.block >= (stored?.block ?? 0)) await handleDeadlines(deps, head, stored?.dayAgo, summary)
  else log.info('Another notifier is reading events: left to it')
  return handled ?? false
}

/** One window of blocks at a time: each is one transaction, its cursor included. */
async function recordWindows(
  deps: NotifierDeps,
  lease: Lease,
  first: Cursor,
  head: Head,
  types: ReturnType<typeof typesBut>,
  summary: RunSummary,
): Promise<void> {
  const { pool, queryNode, log, stop } = deps
  const circumstances = circumstancesOf(deps)
  const lengths = lengthsWith(deps.config.proposalLengths)
  let cursor = first
  if (cursor.block < head.block) await noteRun(pool, { head: head.block })
  const forRun = standing(queryNode, deps.config.proposalLengths)
  const progress = createProgress(log, cursor.block, head.block)
  while (cursor.block < head.block && !stop?.aborted) {
    const window = await readWindow(queryNode, cursor.block, head, types)
    const fresh = window.events.filter(({ id }) => !cursor.handled.has(id))
    const chain = lookUps(queryNode, forRun, storedFacts(pool), fresh)
    const outcome = await understand(fresh, chain)
    const from = cursor
    try {
      const first = await recordFirstPart(deps, lease, from, outcome.understood, circumstances)
      report({ ...first, setAside: [] }, summary, log)
      if (first.emails) deps.emailsWait?.()
      const done = await lease.inTransaction(async (transaction) => {
        const next = await moveCursor(transaction, from, window.end, window.time)
        await noteAuthorsTo(transaction, window.end)
        return { next, recorded: await recordOutcome(transaction, outcome, chain.learned, circumstances) }
      })
      cursor = done.next
      await compareLengths(pool, outcome.understood, lengths, log)
      report(done.recorded, summary, log)
    } catch (error) {
      if (!(error instanceof CursorMoved)) throw error
      log.info(`${error.message}: left to it`)
      return
    }
    summary.events += fresh.length
    progress(cursor.block, summary)
  }
}

/** Databases in which a failure to send is stored, perhaps by an earlier process. */
const sendFailures = new WeakSet<Pool>()

/** Sends the emails that are due, from this run and from earlier ones. */
export async function send({ config, ...deps }: NotifierDeps): Promise<DeliverySummary> {
  if (!deps.providers.length) return noEmails()
  try {
    const summary = await deliverDue({ ...deps, emailSender: config.emailSender })
    // What could not be sent is due again, so a success without it is one too.
    if (sendFailures.delete(deps.pool)) await forgetSendFailure(deps.pool)
    return summary
  } catch (error) {
    sendFailures.add(deps.pool)
    await noteSendFailure(deps.pool, explain(error).advice).catch(() => {})
    throw error
  }
}
