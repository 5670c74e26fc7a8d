import { readOn } from '../chain/authors.ts'
import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { inTransaction } from '../db/client.ts'
import type { Lease } from '../db/lease.ts'
import { circumstancesOf } from './audience/resolve.ts'
import { understand } from './audience/understand.ts'
import { nextUnread, postponeUnread, saveAuthors } from './known-authors.ts'
import { recordOutcome, report } from './record.ts'
import { many } from './report.ts'
import type { NotifierDeps, RunSummary } from './run.ts'
import { storedFacts } from './stored.ts'
import { countWaiting, forgetWaiting, readReady } from './waiting.ts'

/** Pages per run: new events must not wait longer. */
const MOST_PAGES = 50
/** Waiting events that are recorded together. */
const BATCH = 200

/**
 * Reads the posts of long threads and discussions, page by page, and records the events that waited for them. Each page
 * is saved, so the next run continues after it.
 * @throws QueryNodeError after the events that can be recorded are
 */
export async function readLongLists(deps: NotifierDeps, lease: Lease, summary: RunSummary): Promise<void> {
  const failure = await readPages(deps).catch((error: unknown) => ({ error }))
  await recordReady(deps, lease, summary)
  if (failure) throw failure.error
  const waiting = await countWaiting(deps.pool)
  if (waiting) deps.log.info(`${many(waiting, 'event')} wait until all posts of a long thread are read`)
}

async function readPages({ pool, queryNode, stop }: NotifierDeps): Promise<void> {
  let pages = 0
  while (pages < MOST_PAGES && !stop?.aborted) {
    const list = await nextUnread(pool)
    if (!list) return
    try {
      for await (const page of readOn(queryNode, list)) {
        await inTransaction(pool, (transaction) => saveAuthors(transaction, [page]))
        pages++
        if (pages >= MOST_PAGES || stop?.aborted) return
      }
    } catch (error) {
      await postponeUnread(pool, list)
      throw error
    }
  }
}

async function recordReady(deps: NotifierDeps, lease: Lease, summary: RunSummary): Promise<void> {
  const { pool, queryNode, log, stop } = deps
  const forRun = standing(queryNode, deps.config.proposalLengths)
  while (!stop?.aborted) {
    const events = await readReady(pool, BATCH)
    if (!events.length) return
    const chain = lookUps(queryNode, forRun, storedFacts(pool), events)
    const outcome = await understand(events, chain)
    const recorded = await lease.inTransaction(async (transaction) => {
      await forgetWaiting(transaction, events)
      return recordOutcome(transaction, outcome, chain.learned, circumstancesOf(deps))
    })
    report(recorded, summary, log)
  }
}
