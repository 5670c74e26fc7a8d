import type { AuthorList } from '../chain/authors.ts'
import type { Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Logger } from '../lib/logger.ts'
import { endTokens } from '../members/token-generation.ts'
import { type Circumstances, type Recorded, recordNotifications } from './audience/resolve.ts'
import { type SetAside, toSetAside, type UnderstoodEvent, type Waiting } from './audience/understand.ts'
import { saveAuthors } from './known-authors.ts'
import type { RunSummary } from './run.ts'
import { forgetSetAside, setAsideEvents } from './set-aside.ts'
import { keepWaiting } from './waiting.ts'
import { withdraw } from './withdraw.ts'

/** What became of events when they were read. */
export type Outcome = { understood: UnderstoodEvent[]; setAside: SetAside[]; waiting: Waiting[] }

/**
 * Records everything that follows from events: notifications, emails, the withdrawal of text that is hidden now, tokens
 * that end, events to try again, authors.
 * @returns also all events that were set aside, because they were not understood or cannot be recorded
 */
export async function recordOutcome(
  transaction: Transaction,
  { understood, setAside, waiting }: Outcome,
  learned: AuthorList[],
  circumstances: Circumstances,
): Promise<Recorded & { setAside: SetAside[] }> {
  const recorded = await recordEvents(transaction, understood, circumstances)
  const failed = new Set(recorded.setAside.map(({ event }) => event))
  const recordable = understood.filter(({ source }) => !failed.has(source))
  const cancelled = await withdraw(
    transaction,
    recordable.flatMap(({ withdraws }) => withdraws),
  )
  await endTokens(
    transaction,
    recordable.flatMap(({ endsTokensOf }) => endsTokensOf),
  )
  const allSetAside = [...setAside, ...recorded.setAside]
  await setAsideEvents(transaction, allSetAside)
  // Set aside before, by an earlier reading of the same blocks or for a retry.
  await forgetSetAside(transaction, [...recordable, ...waiting.map(({ event }) => event)])
  await keepWaiting(transaction, waiting)
  await saveAuthors(transaction, learned)
  return { ...recorded, ignored: recorded.ignored + cancelled, setAside: allSetAside }
}

/** Adds what was recorded to the summary of a run, and logs what was set aside. */
export function report(
  { notifications, ignored, setAside }: Recorded & { setAside: SetAside[] },
  summary: RunSummary,
  log: Logger,
): void {
  summary.notifications += notifications
  summary.emails.ignored += ignored
  summary.setAside += setAside.length
  for (const { event, logText } of setAside) log.warn(`Set aside ${event.type} ${event.id}: ${logText}`)
}

/**
 * Records notifications and emails. Where they cannot be recorded because of what an event contains, the events are
 * halved until that one is alone.
 * @throws what is no event's fault, such as a lost database
 */
async function recordEvents(
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
    const first = await recordEvents(transaction, events.slice(0, middle), circumstances)
    const second = await recordEvents(transaction, events.slice(middle), circumstances)
    return {
      notifications: first.notifications + second.notifications,
      emails: first.emails + second.emails,
      ignored: first.ignored + second.ignored,
      setAside: [...first.setAside, ...second.setAside],
    }
  }
}

/** A time zone that the database has lost since it was saved: of a member, never of an event. */
const UNKNOWN_ZONE = '22023'

/** SQLSTATE classes 22 (data exception) and 54 (limit exceeded), or a text that JavaScript cannot hold. */
export function isInTheData(error: unknown): boolean {
  if (error instanceof RangeError) return true
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(22|54)\w{3}$/.test(code) && code !== UNKNOWN_ZONE
}
