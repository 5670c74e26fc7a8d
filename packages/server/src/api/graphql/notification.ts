import type { EventData, Words } from '../../events/define.ts'
import { isKind, type KindName, reasonOf } from '../../events/kinds.ts'
import { eventOfType } from '../../events/list.ts'
import type { Entry } from '../../inbox/read.ts'
import { reasonText } from '../../outbox/reasons.ts'
import { builder, type Context } from './builder.ts'
import { NotificationEmailStatus, NotificationKind, NotificationStatus } from './enums.ts'

export const Notification = builder.objectRef<Entry>('Notification').implement({
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false }),
    kind: t.field({ type: NotificationKind, nullable: false, resolve: ({ kind }) => kind as KindName }),
    eventId: t.exposeString('eventId', { nullable: false }),
    entityId: t.exposeString('entityId'),
    emailStatus: t.expose('emailStatus', { type: NotificationEmailStatus, nullable: false }),
    emailStatusReason: t.string({
      description: 'Why it was not, or not yet, emailed.',
      resolve: ({ emailStatusReason: reason }) => (reason === null ? null : reasonText(reason)),
    }),
    isRead: t.exposeBoolean('isRead', { nullable: false }),
    status: t.field({
      type: NotificationStatus,
      nullable: false,
      description: 'What is archived counts as read.',
      resolve: ({ isArchived, isRead }) => (isArchived ? 'ARCHIVED' : isRead ? 'READ' : 'UNREAD'),
    }),
    createdAt: t.string({
      nullable: false,
      description: 'When it was recorded, in ISO 8601.',
      resolve: ({ createdAt }) => createdAt.toISOString(),
    }),
    title: t.string({
      description: 'One line; absent on notifications of the replaced backend, like summary and url.',
      resolve: (row, _args, context) => wordsOf(row, context)?.title,
    }),
    summary: t.string({ resolve: (row, _args, context) => wordsOf(row, context)?.summary }),
    excerpt: t.string({ resolve: (row, _args, context) => wordsOf(row, context)?.excerpt }),
    url: t.string({
      description: 'Where to read it in Pioneer.',
      resolve: (row, _args, context) => {
        const path = wordsOf(row, context)?.path
        return path && context.pioneerUrl + path
      },
    }),
    reason: t.string({
      description: 'Completes "You are told because ...".',
      resolve: (row, _args, context) => (isKind(row.kind) ? reasonOf(row.kind, wordsOf(row, context)?.group) : null),
    }),
  }),
})

/** Types of events that were seen to have no words. A list of notifications would say so of each, for every reader. */
const speechless = new Set<string>()

/**
 * They come from the event that is stored with it: nobody has to ask the query node. One notification that cannot be put
 * into words must not cost a member their whole inbox.
 */
function wordsOf({ id, type, data, kind }: Entry, { log }: Context): Words | undefined {
  if (type === null || !isKind(kind)) return undefined
  try {
    return eventOfType(type).words(data as EventData, kind)
  } catch (error) {
    if (!speechless.has(type)) log.error({ err: error }, `Notifications of ${type} have no words, such as ${id}`)
    speechless.add(type)
    return undefined
  }
}
