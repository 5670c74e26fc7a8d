import { type Pool, query } from '../db/client.ts'
import type { Lease } from '../db/lease.ts'
import { generalKinds } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { type Circumstances, type Recorded, recordNotifications } from './audience/resolve.ts'
import type { UnderstoodEvent } from './audience/understand.ts'
import { type Cursor, holdCursor } from './cursor.ts'
import { isInTheData } from './record.ts'
import type { NotifierDeps } from './run.ts'

/** As many recipients as a request to an email provider takes. */
const FIRST_MEMBERS = 1_000
/** Fewer members are resolved in about half a second. */
const MANY_MEMBERS = 10_000

const NOTHING: Recorded = { notifications: 0, emails: 0, ignored: 0 }

/**
 * Records news for everybody for its first members, so that their emails are sent while the others are resolved. The
 * cursor stays: the transaction that moves it records the same events for the others. A notifier that dies between the
 * two loses nothing and tells nobody twice, because whoever was notified of a fact is not notified of it again.
 *
 * What an event contains can make this fail: then nothing is recorded, and the other transaction finds the culprit.
 * @throws CursorMoved when another notifier has handled these events
 */
export async function recordFirstPart(
  { pool, emailTypes }: Pick<NotifierDeps, 'pool' | 'emailTypes'>,
  lease: Lease,
  from: Cursor,
  events: UnderstoodEvent[],
  circumstances: Circumstances,
): Promise<Recorded> {
  if (!from.stored || !isWorthIt(events, circumstances) || !(await hasManyMembers(pool))) return NOTHING
  // Compiles the templates meanwhile. Whoever sends the emails reports what fails.
  void emailTypes.open().catch(() => {})
  try {
    return await lease.inTransaction(async (transaction) => {
      await holdCursor(transaction, from)
      return recordNotifications(transaction, events, circumstances, FIRST_MEMBERS)
    })
  } catch (error) {
    if (!isInTheData(error)) throw error
    return NOTHING
  }
}

/** Whether there is news for everybody to email at once, none of which is taken back by other news. */
function isWorthIt(events: UnderstoodEvent[], { canSend, emailDelaySeconds, emailMaxAgeMs }: Circumstances): boolean {
  if (!canSend || emailDelaySeconds > 0 || events.some(({ withdraws }) => withdraws.length)) return false
  const oldest = Date.now() - emailMaxAgeMs
  return events.some(
    ({ time, rules }) =>
      new Date(time).getTime() > oldest &&
      rules.some((rule) => rule.audience === 'everyone' && generalKinds[rule.kind].defaultOn),
  )
}

async function hasManyMembers(pool: Pool): Promise<boolean> {
  const { rows } = await query<{ many: boolean }>(
    pool,
    Prisma.sql`SELECT EXISTS (SELECT FROM "Member" OFFSET ${MANY_MEMBERS}::int) AS many`,
  )
  return rows[0]?.many ?? false
}
