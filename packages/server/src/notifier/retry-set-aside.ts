import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { inTransaction } from '../db/client.ts'
import { exclusively } from '../db/lock.ts'
import { understand } from './audience/understand.ts'
import { storedAuthors } from './known-authors.ts'
import { recordOutcome } from './record.ts'
import { circumstancesOf, type NotifierDeps } from './run.ts'
import { forgetSetAside, readSetAside } from './set-aside.ts'

/**
 * Retries the events that were set aside. Events that are understood now are recorded like any other, or wait for the
 * authors of a long thread; the rest stay with their newest error.
 * @returns how many are understood now and how many are not; nothing when another notifier is running
 * @throws QueryNodeError
 */
export function retrySetAside(deps: NotifierDeps) {
  const { db, pool, queryNode, log } = deps
  return exclusively(pool, 'read events', async () => {
    const events = await readSetAside(db)
    const chain = lookUps(queryNode, standing(queryNode), storedAuthors(pool), events)
    const outcome = await understand(events, chain)
    const { notifications, setAside } = await inTransaction(pool, async (transaction) => {
      const recorded = await recordOutcome(transaction, outcome, chain.learned, circumstancesOf(deps))
      const failed = new Set(recorded.setAside.map(({ event }) => event))
      await forgetSetAside(
        transaction,
        events.filter((event) => !failed.has(event)),
      )
      return recorded
    })
    for (const { event, logText } of setAside) log.warn(`Still not understood: ${event.type} ${event.id}: ${logText}`)
    return { understood: events.length - setAside.length, notifications, setAside: setAside.length }
  })
}
