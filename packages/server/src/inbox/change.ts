import type { Database } from '../db/client.ts'
import { kindNames } from '../events/kinds.ts'
import type { Prisma } from '../generated/prisma/client.ts'

export type InboxSelection = Prisma.NotificationWhereInput
export type InboxChange = { isRead: boolean; isArchived?: boolean }

/** Changes a member's own notifications in the app that differ. @returns how many */
export async function changeInbox(
  db: Database,
  memberId: number,
  where: InboxSelection,
  data: InboxChange,
): Promise<number> {
  const differ = data.isArchived === undefined ? { isRead: !data.isRead } : {}
  const shown = { memberId, inApp: true, kind: { in: [...kindNames] } }
  const { count } = await db.notification.updateMany({ where: { ...where, ...differ, ...shown }, data })
  return count
}
