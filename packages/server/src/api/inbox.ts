import type { Prisma } from '../generated/prisma/client.ts'
import { builder, type Context, requireMember } from './builder.ts'
import { parseId } from './entity-subscription.ts'
import { NotificationEmailStatus, NotificationKind, NotificationStatus } from './enums.ts'
import { apiError } from './errors.ts'
import { Notification } from './notification.ts'

const DEFAULT_LIMIT = 100
const MOST = 1_000

const WITH_STATUS = {
  UNREAD: { isRead: false, isArchived: false },
  READ: { isRead: true, isArchived: false },
  ARCHIVED: { isArchived: true },
}

builder.queryField('notifications', (t) =>
  t.prismaField({
    type: [Notification],
    nullable: { list: true, items: true },
    description: 'What the member was told in the app, newest first.',
    args: {
      id: t.arg.string(),
      kind: t.arg({ type: NotificationKind }),
      eventId: t.arg.string(),
      entityId: t.arg.string(),
      emailStatus: t.arg({ type: NotificationEmailStatus }),
      isRead: t.arg.boolean(),
      status: t.arg({ type: NotificationStatus }),
      limit: t.arg.int({ description: `${DEFAULT_LIMIT} where left out, ${MOST} at the most.` }),
    },
    async resolve(query, _root, { id, kind, eventId, entityId, emailStatus, isRead, status, limit }, context) {
      const take = limit ?? DEFAULT_LIMIT
      if (take < 1 || take > MOST) throw apiError('BAD_USER_INPUT', `The limit is a number from 1 to ${MOST}.`)
      const member = await requireMember(context)
      return context.db.notification.findMany({
        ...query,
        where: {
          memberId: member.id,
          inApp: true,
          id: id == null ? undefined : parseId(id),
          kind: kind ?? undefined,
          eventId: eventId ?? undefined,
          entityId: entityId ?? undefined,
          emailStatus: emailStatus ?? undefined,
          isRead: isRead ?? undefined,
          ...(status == null ? {} : WITH_STATUS[status]),
        },
        orderBy: { id: 'desc' },
        take,
      })
    },
  }),
)

builder.queryField('unreadCount', (t) =>
  t.int({
    description: 'How many notifications the member has not read.',
    resolve: async (_root, _args, context) => {
      const { id } = await requireMember(context)
      return context.db.notification.count({ where: { memberId: id, inApp: true, isRead: false } })
    },
  }),
)

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

/** Changes those of the member's own notifications that are not so already. */
async function change(
  context: Context,
  where: Prisma.NotificationWhereInput,
  data: { isRead: boolean; isArchived?: boolean },
): Promise<number> {
  const { id: memberId } = await requireMember(context)
  const differ = data.isArchived === undefined ? { isRead: !data.isRead } : {}
  const { count } = await context.db.notification.updateMany({
    where: { ...where, ...differ, memberId, inApp: true },
    data,
  })
  return count
}

function bounded(ids: number[]): number[] {
  if (ids.length > MOST) throw apiError('BAD_USER_INPUT', `Name at most ${MOST} notifications at once.`)
  return ids
}
