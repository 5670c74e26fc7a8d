import type { Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { type Circumstances, type Recorded, recordNotifications } from './audience/resolve.ts'
import { type SetAside, toSetAside, type UnderstoodEvent } from './audience/understand.ts'
import { withdraw } from './withdraw.ts'

/**
 * Records what follows from events: notifications, emails, and the withdrawal of text that is hidden now. Where they cannot be recorded because of what one of them contains, they are halved
 * until that one is alone: it is set aside, and the others are recorded.
 * @throws what is no event's fault, such as a lost database
 */
export async function recordEvents(
  transaction: Transaction,
  events: UnderstoodEvent[],
  circumstances: Circumstances,
): Promise<Recorded & { setAside: SetAside[] }> {
  const recorded = await recordOrHalve(transaction, events, circumstances)
  const failed = new Set(recorded.setAside.map(({ event }) => event))
  const withdrawn = events.flatMap(({ source, withdraws }) => (failed.has(source) ? [] : withdraws))
  const cancelled = await withdraw(transaction, withdrawn)
  return { ...recorded, ignored: recorded.ignored + cancelled }
}

async function recordOrHalve(
  transaction: Transaction,
  events: UnderstoodEvent[],
  circumstances: Circumstances,
): Promise<Recorded & { setAside: SetAside[] }> {
  if (!events.length) return { notifications: 0, emails: 0, ignored: 0, setAside: [] }
  await transaction.query(Prisma.sql`SAVEPOINT part`)
  try {
    const recorded = await recordNotifications(transaction, events, circumstances)
    await transaction.query(Prisma.sql`RELEASE SAVEPOINT part`)
    return { ...recorded, setAside: [] }
  } catch (error) {
    if (!isInTheData(error)) throw error
    await transaction.query(Prisma.sql`ROLLBACK TO SAVEPOINT part`)
    const [event] = events
    if (event && events.length === 1) {
      return { notifications: 0, emails: 0, ignored: 0, setAside: [toSetAside(event.source, error)] }
    }
    const middle = Math.ceil(events.length / 2)
    const first = await recordOrHalve(transaction, events.slice(0, middle), circumstances)
    const second = await recordOrHalve(transaction, events.slice(middle), circumstances)
    return {
      notifications: first.notifications + second.notifications,
      emails: first.emails + second.emails,
      ignored: first.ignored + second.ignored,
      setAside: [...first.setAside, ...second.setAside],
    }
  }
}

/** SQLSTATE classes 22 (data exception) and 54 (limit exceeded), or a text that JavaScript cannot hold. */
function isInTheData(error: unknown): boolean {
  if (error instanceof RangeError) return true
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(22|54)\w{3}$/.test(code)
}
