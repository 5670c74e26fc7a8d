import { changeInbox, type InboxChange, type InboxSelection } from '../../inbox/change.ts'
import { apiError } from '../errors.ts'
import { builder, type Context, requireMember } from './builder.ts'

const MAX_IDS = 1_000

builder.mutationField('markNotificationsRead', (t) =>
  t.int({
    description: 'Marks up to 1,000 notifications as read, or as unread. Returns the number changed.',
    args: {
      ids: t.arg.intList({ required: true }),
      isRead: t.arg.boolean({ defaultValue: true }),
    },
    resolve: (_root, { ids, isRead }, context) =>
      changeStatus(context, { id: { in: checkCount(ids) }, isArchived: false }, { isRead: isRead ?? true }),
  }),
)

builder.mutationField('markAllNotificationsRead', (t) =>
  t.int({
    description: 'Marks every notification as read. Returns the number changed.',
    resolve: (_root, _args, context) => changeStatus(context, {}, { isRead: true }),
  }),
)

builder.mutationField('archiveNotifications', (t) =>
  t.int({
    description: 'Archives up to 1,000 notifications and marks them as read. Returns the number changed.',
    args: { ids: t.arg.intList({ required: true }) },
    resolve: (_root, { ids }, context) =>
      changeStatus(context, { id: { in: checkCount(ids) }, isArchived: false }, { isRead: true, isArchived: true }),
  }),
)

async function changeStatus(context: Context, which: InboxSelection, change: InboxChange): Promise<number> {
  const { id } = await requireMember(context)
  return changeInbox(context.db, id, which, change)
}

function checkCount(ids: number[]): number[] {
  if (ids.length > MAX_IDS) {
    throw apiError('BAD_USER_INPUT', `The list has more than ${MAX_IDS} notifications: split it into several requests.`)
  }
  return ids
}
