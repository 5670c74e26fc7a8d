import type { EventData, Words } from '../events/define.ts'
import { eventOfType } from '../events/list.ts'
import type { Event, Notification as Row } from '../generated/prisma/client.ts'
import { isKind, type KindName, reasonOf } from '../kinds.ts'
import { builder, requireMember } from './builder.ts'
import { parseId } from './entity-subscription.ts'
import { NotificationEmailStatus, NotificationKind } from './enums.ts'
import { apiError } from './errors.ts'

const DEFAULT_LIMIT = 100
const MOST = 1_000

/** Its words come from the event that is stored with it: nobody has to ask the query node. */
type Shape = Row & { event: Event | null }

const Notification = builder.prismaObject('Notification', {
  include: { event: true },
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false }),
    kind: t.field({ type: NotificationKind, nullable: false, resolve: ({ kind }) => kind as KindName }),
    eventId: t.exposeString('eventId', { nullable: false }),
    entityId: t.exposeString('entityId'),
    emailStatus: t.expose('emailStatus', { type: NotificationEmailStatus, nullable: false }),
    emailStatusReason: t.exposeString('emailStatusReason', { description: 'Why it was not, or not yet, emailed.' }),
    isRead: t.exposeBoolean('isRead', { nullable: false }),
    createdAt: t.string({
      nullable: false,
      description: 'When it was recorded, in ISO 8601.',
      resolve: ({ createdAt }) => createdAt.toISOString(),
    }),
    title: t.string({
      description: 'One line; absent on notifications of the replaced backend, like summary and url.',
      resolve: (row) => wordsOf(row)?.title,
    }),
    summary: t.string({ resolve: (row) => wordsOf(row)?.summary }),
    excerpt: t.string({ resolve: (row) => wordsOf(row)?.excerpt }),
    url: t.string({
      description: 'Where to read it in Pioneer.',
      resolve: (row, _args, { pioneerUrl }) => {
        const path = wordsOf(row)?.path
        return path && pioneerUrl + path
      },
    }),
    reason: t.string({
      description: 'Completes "You are told because ...".',
      resolve: (row) => (isKind(row.kind) ? reasonOf(row.kind, wordsOf(row)?.group) : null),
    }),
  }),
})

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
      limit: t.arg.int({ description: `${DEFAULT_LIMIT} where left out, ${MOST} at the most.` }),
    },
    async resolve(query, _root, { id, kind, eventId, entityId, emailStatus, isRead, limit }, context) {
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
        },
        orderBy: { id: 'desc' },
        take,
      })
    },
  }),
)

function wordsOf({ event, kind }: Shape): Words | undefined {
  return event && isKind(kind) ? eventOfType(event.type).words(event.data as EventData, kind) : undefined
}
