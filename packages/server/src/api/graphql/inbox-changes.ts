import { changeInbox } from '../../inbox/change.ts'
import { apiError } from '../errors.ts'
import { builder, type Context, requireMember } from './builder.ts'

const MOST = 1_000

builder.mutationField('markNotificationsRead', (t) =>
  t.int({
    description: 'Marks notifications as read, or as unread. Gives how many were changed.',
    args: {
      ids: t.arg.intList({ required: true }),
      isRead: t.arg.boolean({ defaultValue: true }),
    },
    resolve: (_root, { ids, isRead }, context) =>
      change(context, { id: { in: bounded(ids) }, isArchived: false }, { isRead: isRead ?? true }),
  }),
)

builder.mutationField('markAllNotificationsRead', (t) =>
  t.int({
    description: 'Marks every notification as read. Gives how many were changed.',
    resolve: (_root, _args, context) => change(context, {}, { isRead: true }),
  }),
)

builder.mutationField('archiveNotifications', (t) =>
  t.int({
    description: 'Puts notifications out of sight, as read. Gives how many were changed.',
    args: { ids: t.arg.intList({ required: true }) },
    resolve: (_root, { ids }, context) =>
      change(context, { id: { in: bounded(ids) }, isArchived: false }, { isRead: true, isArchived: true }),
  }),
)

async function change(context: Context, ...[where, data]: ChangeArgs): Promise<number> {
  const { id } = await requireMember(context)
  return changeInbox(context.db, id, where, data)
}
type ChangeArgs = [Parameters<typeof changeInbox>[2], Parameters<typeof changeInbox>[3]]

function bounded(ids: number[]): number[] {
  if (ids.length > MOST) throw apiError('BAD_USER_INPUT', `Name at most ${MOST} notifications at once.`)
  return ids
}
