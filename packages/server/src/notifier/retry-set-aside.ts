import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { inTransaction } from '../db/client.ts'
import { exclusively } from '../db/lock.ts'
import { understand } from './audience/understand.ts'
import { recordEvents } from './record.ts'
import { circumstancesOf, type NotifierDeps } from './run.ts'
import { forgetSetAside, readSetAside, setAsideEvents } from './set-aside.ts'

/**
 * Retries the events that were set aside. Events that are understood now are recorded like any other; the rest stay with
 * their newest error.
 * @returns how many are understood now and how many are not; nothing when another notifier is running
 * @throws QueryNodeError
 */
export function retrySetAside(deps: NotifierDeps) {
  const { db, pool, queryNode, log } = deps
  return exclusively(pool, 'read events', async () => {
    const events = await readSetAside(db)
    const { understood, setAside } = await understand(events, lookUps(queryNode, standing(queryNode)))
    const notifications = await inTransaction(pool, async (transaction) => {
      const recorded = await recordEvents(transaction, understood, circumstancesOf(deps))
      setAside.push(...recorded.setAside)
      await setAsideEvents(transaction, setAside)
      const failed = new Set(recorded.setAside.map(({ event }) => event))
      await forgetSetAside(
        transaction,
        understood.filter(({ source }) => !failed.has(source)),
      )
      return recorded.notifications
    })
    for (const { event, logText } of setAside) log.warn(`Still not understood: ${event.type} ${event.id}: ${logText}`)
    return { understood: events.length - setAside.length, notifications, setAside: setAside.length }
  })
}
