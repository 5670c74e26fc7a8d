import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay'
import type { Prisma } from '../generated/prisma/client.ts'
import { builder, requireMember } from './builder.ts'
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

const filters = builder.args((t) => ({
  id: t.string(),
  kind: t.field({ type: NotificationKind }),
  eventId: t.string(),
  entityId: t.string(),
  emailStatus: t.field({ type: NotificationEmailStatus }),
  isRead: t.boolean(),
  status: t.field({ type: NotificationStatus }),
}))

type Filters = { [Name in keyof typeof filters]?: (typeof filters)[Name]['$inferInput'] }

/** The member's own inbox, as far as it is asked for: what they are told by email only is not in it. */
function inbox(memberId: number, { id, kind, eventId, entityId, emailStatus, isRead, status }: Filters) {
  return {
    memberId,
    inApp: true,
    id: id == null ? undefined : parseId(id),
    kind: kind ?? undefined,
    eventId: eventId ?? undefined,
    entityId: entityId ?? undefined,
    emailStatus: emailStatus ?? undefined,
    isRead: isRead ?? undefined,
    ...(status == null ? {} : WITH_STATUS[status]),
  } satisfies Prisma.NotificationWhereInput
}

builder.queryField('notifications', (t) =>
  t.prismaField({
    type: [Notification],
    nullable: { list: true, items: true },
    description: 'What the member was told in the app, newest first.',
    args: { ...filters, limit: t.arg.int({ description: `${DEFAULT_LIMIT} where left out, ${MOST} at the most.` }) },
    async resolve(query, _root, { limit, ...asked }, context) {
      const { id } = await requireMember(context)
      const take = bounded(limit) ?? DEFAULT_LIMIT
      return context.db.notification.findMany({ ...query, where: inbox(id, asked), orderBy: { id: 'desc' }, take })
    },
  }),
)

builder.queryField('notificationsConnection', (t) =>
  t.connection(
    {
      type: Notification,
      description:
        'What the member was told in the app, by page, newest first. A cursor stays good whatever comes or goes.',
      args: filters,
      async resolve(_root, { first, last, before, after, ...asked }, context) {
        const { id } = await requireMember(context)
        const page = { first: bounded(first), last: bounded(last), before: place(before), after: place(after) }
        return resolveCursorConnection(
          { args: page, defaultSize: DEFAULT_LIMIT, maxSize: MOST, toCursor: (entry) => String(entry.id) },
          ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) =>
            context.db.notification.findMany({
              where: { AND: [inbox(id, asked), { id: { lt: number(after), gt: number(before) } }] },
              include: { event: true },
              orderBy: { id: inverted ? 'asc' : 'desc' },
              take: limit,
            }),
        )
      },
    },
    { name: 'NotificationConnection' },
    { name: 'NotificationEdge' },
  ),
)

builder.queryField('notificationCount', (t) =>
  t.int({
    description: 'How many notifications the member has in the app.',
    args: filters,
    resolve: async (_root, asked, context) => {
      const { id } = await requireMember(context)
      return context.db.notification.count({ where: inbox(id, asked) })
    },
  }),
)

builder.queryField('unreadCount', (t) =>
  t.int({
    description: 'How many notifications the member has not read.',
    resolve: async (_root, _args, context) => {
      const { id } = await requireMember(context)
      return context.db.notification.count({ where: inbox(id, { isRead: false }) })
    },
  }),
)

/** @throws BAD_USER_INPUT */
function bounded(limit: number | null | undefined): number | undefined {
  if (limit == null) return undefined
  if (limit < 1 || limit > MOST) throw apiError('BAD_USER_INPUT', `The limit is a number from 1 to ${MOST}.`)
  return limit
}

/** A cursor is the id of the notification at its place. @throws BAD_USER_INPUT */
function place(cursor: string | null | undefined): string | undefined {
  if (cursor == null) return undefined
  if (parseId(cursor) < 0) throw apiError('BAD_USER_INPUT', 'This is no cursor of a page of notifications.')
  return cursor
}

const number = (cursor: string | undefined) => (cursor === undefined ? undefined : Number(cursor))
