import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay'
import { countInbox, readInbox } from '../../inbox/read.ts'
import { apiError } from '../errors.ts'
import { builder, type Context, requireMember } from './builder.ts'
import { parseId } from './entity-subscription.ts'
import { NotificationEmailStatus, NotificationKind, NotificationStatus } from './enums.ts'
import { Notification } from './notification.ts'
import { storable } from './text.ts'

const DEFAULT_LIMIT = 100
const MOST = 1_000
/** Of one request, with what a page reads ahead to know whether there is another one. */
const MOST_IN_ALL = 3_000

const filters = builder.args((t) => ({
  id: t.string(),
  kind: t.field({ type: NotificationKind }),
  eventId: t.string(),
  entityId: t.string(),
  emailStatus: t.field({ type: NotificationEmailStatus }),
  isRead: t.boolean(),
  status: t.field({ type: NotificationStatus }),
}))

type Asked = { id?: string | null; eventId?: string | null; entityId?: string | null }

/** What clients ask for, as the database can be asked: the contract has ids as text. @throws BAD_USER_INPUT */
const toFilter = <Filter extends Asked>({ id, eventId, entityId, ...others }: Filter) => ({
  ...others,
  id: id == null ? null : parseId(id),
  eventId: storable(eventId),
  entityId: storable(entityId),
})

builder.queryField('notifications', (t) =>
  t.field({
    type: t.listRef(Notification, { nullable: true }),
    description: 'What the member was told in the app, newest first.',
    args: { ...filters, limit: t.arg.int({ description: `${DEFAULT_LIMIT} where left out, ${MOST} at the most.` }) },
    async resolve(_root, { limit, ...asked }, context) {
      const { id } = await requireMember(context)
      const page = { limit: within(context, bounded(limit) ?? DEFAULT_LIMIT) }
      return readInbox(context.pool, id, toFilter(asked), page)
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
        const args = { first: bounded(first), last: bounded(last), before: place(before), after: place(after) }
        const options = {
          defaultSize: DEFAULT_LIMIT,
          maxSize: MOST,
          toCursor: (entry: { id: number }) => `${entry.id}`,
        }
        return resolveCursorConnection(
          { args, ...options },
          ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) => {
            within(context, limit)
            const page = { below: number(after), above: number(before), oldestFirst: inverted, limit }
            return readInbox(context.pool, id, toFilter(asked), page)
          },
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
      return countInbox(context.pool, id, toFilter(asked))
    },
  }),
)

builder.queryField('unreadCount', (t) =>
  t.int({
    description: 'How many notifications the member has not read.',
    resolve: async (_root, _args, context) => {
      const { id } = await requireMember(context)
      return countInbox(context.pool, id, { isRead: false })
    },
  }),
)

/** @throws BAD_USER_INPUT */
function bounded(limit: number | null | undefined): number | undefined {
  if (limit == null) return undefined
  if (limit < 1 || limit > MOST) throw apiError('BAD_USER_INPUT', `The limit is a number from 1 to ${MOST}.`)
  return limit
}

/** However many pages a request asks for under other names. @throws BAD_USER_INPUT */
function within(context: Context, limit: number): number {
  context.asked += limit
  if (context.asked > MOST_IN_ALL) {
    throw apiError('BAD_USER_INPUT', `Ask for at most ${MOST_IN_ALL} notifications in one request.`)
  }
  return limit
}

/** A cursor is the id of the notification at its place. @throws BAD_USER_INPUT */
function place(cursor: string | null | undefined): string | undefined {
  if (cursor == null) return undefined
  if (parseId(cursor) < 0) throw apiError('BAD_USER_INPUT', 'This is no cursor of a page of notifications.')
  return cursor
}

const number = (cursor: string | undefined) => (cursor === undefined ? undefined : Number(cursor))
