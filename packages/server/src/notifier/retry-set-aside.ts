import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import type { ReadEvent } from '../chain/window.ts'
import { exclusively, type Lease } from '../db/lease.ts'
import { deadlines } from '../events/deadlines/list.ts'
import { circumstancesOf } from './audience/resolve.ts'
import { understand } from './audience/understand.ts'
import { READING } from './cursor.ts'
import { recordOutcome } from './record.ts'
import type { NotifierDeps, RunSummary } from './run.ts'
import { forgetSetAside, readDueSetAside, readSetAside } from './set-aside.ts'
import { storedFacts } from './stored.ts'

/**
 * Retries all events that were set aside. Those that are understood now are recorded like any other, or wait for the
 * authors of a long thread; the rest stay with their newest error.
 * @returns how many are understood now and how many are not; undefined when another notifier is running
 * @throws QueryNodeError
 */
export function retrySetAside(deps: NotifierDeps) {
  const { pool, log } = deps
  const retryAll = async (lease: Lease) => {
    const total = { understood: 0, notifications: 0, setAside: 0 }
    let events = await readSetAside(pool)
    while (events.length) {
      const { notifications, setAside } = await retry(deps, lease, events)
      for (const { event, logText } of setAside) log.warn(`Still not understood: ${event.type} ${event.id}: ${logText}`)
      total.understood += events.length - setAside.length
      total.notifications += notifications
      total.setAside += setAside.length
      events = await readSetAside(pool, events.at(-1))
    }
    return total
  }
  return exclusively(pool, READING, retryAll, deps)
}

/** Retries, as part of a run, events that lacked an entity and whose pause is over. @throws QueryNodeError */
export async function retryDueSetAside(deps: NotifierDeps, summary: RunSummary): Promise<void> {
  const { pool, log } = deps
  await exclusively(pool, READING, async (lease) => {
    const events = await readDueSetAside(pool)
    const { notifications, ignored, setAside } = await retry(deps, lease, events)
    const understood = events.length - setAside.length
    log.info(`Retried events that were set aside: ${understood} understood now, ${setAside.length} not yet`)
    summary.notifications += notifications
    summary.emails.ignored += ignored
  })
}

async function retry(deps: NotifierDeps, lease: Lease, setAside: ReadEvent[]) {
  const { pool, queryNode } = deps
  const over = setAside.filter((event) => isOver(event, deps.now?.() ?? new Date()))
  const events = setAside.filter((event) => !over.includes(event))
  const chain = lookUps(queryNode, standing(queryNode, deps.config.proposalLengths), storedFacts(pool), events)
  const outcome = await understand(events, chain)
  return lease.inTransaction(async (transaction) => {
    await forgetSetAside(transaction, over)
    return recordOutcome(transaction, outcome, chain.learned, circumstancesOf(deps))
  })
}

/** Nobody is told of a deadline after its end. */
const isOver = ({ type, row }: ReadEvent, now: Date): boolean =>
  deadlines.some((deadline) => deadline.type === type) && Date.parse(String(row.endsAt)) <= now.getTime()
