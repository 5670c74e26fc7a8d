import type { Database } from '../../src/db/client.ts'
import type { EventData } from '../../src/events/define.ts'
import { isKind, reasonOf } from '../../src/events/kinds.ts'
import { eventOfType } from '../../src/events/list.ts'
import { reasonText } from '../../src/outbox/reasons.ts'

type Row = { who: string; what: string; why: string; how: string }

const LONGEST = { who: 12, what: 66, why: 52, how: 40 }
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
    const words = eventOfType(event.type).words(event.data as EventData, kind)
    const reason = notification.email?.reason ?? emailStatusReason ?? ''
    const email = notification.email?.status === 'SENT' ? 'emailed' : `not emailed: ${reasonText(reason)}`
    const how = inApp ? `in the app, ${email}` : email
    return { who: member.name, what: words.title, why: reasonOf(kind, words.group), how }
  })
}

/** Prints them as a table; of many, the newest. */
export function printTable(rows: Row[], say: (text: string) => void): void {
  if (!rows.length) return
  const shown = rows.slice(-MOST_ROWS)
  const columns = ['who', 'what', 'why', 'how'] as const
  const head: Row = { who: 'WHO', what: 'WHAT', why: 'BECAUSE', how: 'HOW' }
  const widths = columns.map((column) =>
    Math.min(LONGEST[column], Math.max(...[head, ...shown].map((row) => row[column].length))),
  )
  if (shown.length < rows.length) say(`(${rows.length - shown.length} earlier ones are left out)`)
  for (const row of [head, ...shown]) {
    say(
      `  ${columns
        .map((column, n) => fit(row[column], widths[n] ?? 0))
        .join('  ')
        .trimEnd()}`,
    )
  }
}

const fit = (text: string, width: number) =>
  text.length > width ? `${text.slice(0, width - 1).toWellFormed()}…` : text.padEnd(width)
