import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay'
import { countInbox, readInbox } from '../../inbox/read.ts'
import { apiError } from '../errors.ts'
import { parseId, parseText } from './arguments.ts'
import { builder, type Context, requireMember, requireReader } from './builder.ts'
import { NotificationEmailStatus, NotificationKind, NotificationStatus } from './enums.ts'
import { Notification, OUTCOME_FIELDS } from './notification.ts'
import { selectsAny } from './selection.ts'

const DEFAULT_PAGE_SIZE = 100
const MAX_PAGE_SIZE = 1_000
/** Includes the extra row that each page of a connection reads to know whether another page follows. */
const MAX_ROWS_PER_REQUEST = 3_000

const filterArgs = builder.args((t) => ({
  id: t.string(),
  kind: t.field({ type: NotificationKind }),
  eventId: t.string(),
  entityId: t.string(),
  emailStatus: t.field({ type: NotificationEmailStatus }),
  isRead: t.boolean(),
  status: t.field({ type: NotificationStatus }),
}))

type TextFilters = { id?: string | null; eventId?: string | null; entityId?: string | null }

const toFilter = <Filters extends TextFilters>({ id, eventId, entityId, ...others }: Filters) => ({
  ...others,
  id: id == null ? null : parseId(id),
  eventId: parseText(eventId),
  entityId: parseText(entityId),
})

builder.queryField('notifications', (t) =>
  t.field({
    type: t.listRef(Notification, { nullable: true }),
    description: "The member's in-app notifications, newest first.",
    args: {
      ...filterArgs,
      limit: t.arg.int({ description: `Default ${DEFAULT_PAGE_SIZE}, maximum ${MAX_PAGE_SIZE}.` }),
    },
    async resolve(_root, { limit: requested, ...filters }, context, info) {
      const reader = await requireReader(context)
      const limit = checkPageSize(requested) ?? DEFAULT_PAGE_SIZE
      countRows(context, limit)
      return readInbox(context, reader, toFilter(filters), { limit, withOutcome: selectsAny(info, OUTCOME_FIELDS) })
    },
  }),
)

builder.queryField('notificationsConnection', (t) =>
  t.connection(
    {
      type: Notification,
      description:
        "The member's in-app notifications by page, newest first. A cursor stays valid when notifications come or go.",
      args: filterArgs,
      async resolve(_root, { first, last, before, after, ...filters }, context, info) {
        const reader = await requireReader(context)
        const args = {
          first: checkPageSize(first),
          last: checkPageSize(last),
          before: checkCursor(before),
          after: checkCursor(after),
        }
        const options = {
          defaultSize: DEFAULT_PAGE_SIZE,
          maxSize: MAX_PAGE_SIZE,
          toCursor: (entry: { id: number }) => `${entry.id}`,
        }
        return resolveCursorConnection(
          { args, ...options },
          ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) => {
            countRows(context, limit)
            const range = { below: idAt(after), above: idAt(before), oldestFirst: inverted, limit }
            return readInbox(context, reader, toFilter(filters), {
              ...range,
              withOutcome: selectsAny(info, OUTCOME_FIELDS),
            })
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
    description: 'The number of in-app notifications that match the filters.',
    args: filterArgs,
    resolve: async (_root, filters, context) => {
      const { id } = await requireMember(context)
      return countInbox(context, id, toFilter(filters))
    },
  }),
)

builder.queryField('unreadCount', (t) =>
  t.int({
    description: 'The number of unread in-app notifications.',
    resolve: async (_root, _args, context) => {
      const { id } = await requireMember(context)
      return countInbox(context, id, { isRead: false })
    },
  }),
)

function checkPageSize(size: number | null | undefined): number | undefined {
  if (size == null) return undefined
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw apiError('BAD_USER_INPUT', `The page size must be from 1 to ${MAX_PAGE_SIZE}.`)
  }
  return size
}

/** All pages of a request share one budget: with aliases, it can read many. */
function countRows(context: Context, rows: number): void {
  context.requestedRows += rows
  if (context.requestedRows > MAX_ROWS_PER_REQUEST) {
    throw apiError(
      'BAD_USER_INPUT',
      `This request reads more than ${MAX_ROWS_PER_REQUEST} notifications: split it into several requests.`,
    )
  }
}

/** A cursor is the id of its notification. */
function checkCursor(cursor: string | null | undefined): string | undefined {
  if (cursor == null) return undefined
  if (parseId(cursor) < 0) throw apiError('BAD_USER_INPUT', 'This is not a cursor of notificationsConnection.')
  return cursor
}

const idAt = (cursor: string | undefined) => (cursor === undefined ? undefined : Number(cursor))
