import stringWidth from 'string-width'
import type { Database } from '../../src/db/client.ts'
import { addressee } from '../../src/events/addressee.ts'
import type { EventData } from '../../src/events/define.ts'
import { isKind, reasonOf } from '../../src/events/kinds.ts'
import { eventOfType } from '../../src/events/list.ts'
import { reasonText } from '../../src/outbox/reasons.ts'
import type { Screen } from './screen.ts'
import { fit, narrow } from './width.ts'

export type Row = { who: string; what: string; why: string; how: string }

const COLUMNS = ['who', 'what', 'why', 'how'] as const
/** How much room each column gets compared with the others, when there is not enough for all. */
const WEIGHTS = [2, 5, 3, 2]
const HEAD: Row = { who: 'WHO', what: 'WHAT', why: 'BECAUSE', how: 'HOW' }
const GAP = '  '
const NARROWEST = 20
const MOST_ROWS = 40

/** Notifications after one, oldest first, in the words in which members read them. */
export async function newNotifications(db: Database, after = 0): Promise<Row[]> {
  const notifications = await db.notification.findMany({
    where: { id: { gt: after } },
    include: { member: true, event: true, email: true },
    orderBy: { id: 'asc' },
  })
  return notifications.map(({ member, event, kind, inApp, emailStatusReason, ...notification }) => {
    if (!event || !isKind(kind)) throw new Error(`A notification of the kind ${kind} has no words`)
    const words = eventOfType(event.type).words(
      event.data as EventData,
      kind,
      addressee({ memberId: member.id, ...member }),
    )
    const reason = reasonText(notification.email?.reason ?? emailStatusReason ?? '')
    const sent = notification.email?.status === 'SENT'
    const how = sent ? (inApp ? 'app + email' : 'email only') : `${inApp ? 'app only' : 'not told'}: ${reason}`
    return { who: member.name, what: words.title, why: reasonOf(kind, words.group), how }
  })
}

/** Prints them as a table that fits the screen; of many, the newest. */
export function printTable(rows: Row[], { say, styled, columns }: Pick<Screen, 'say' | 'styled' | 'columns'>): void {
  if (!rows.length) return
  const shown = rows.slice(-MOST_ROWS)
  const natural = COLUMNS.map((column) => Math.max(...[HEAD, ...shown].map((row) => stringWidth(row[column]))))
  const widths = narrow(natural, WEIGHTS, Math.max(columns(), NARROWEST) - GAP.length * COLUMNS.length)
  const lineOf = (row: Row) =>
    COLUMNS.map((column, n) => GAP + fit(row[column], widths[n] ?? 0))
      .join('')
      .trimEnd()
  if (shown.length < rows.length) say(`(${rows.length - shown.length} earlier ones are left out)`)
  say(styled('bold', lineOf(HEAD)))
  for (const row of shown) say(row.how.startsWith('app only') ? styled('dim', lineOf(row)) : lineOf(row))
}
