import { builder, type Context, requireMember } from './builder.ts'
import { Notification } from './notification.ts'

builder.subscriptionType({})

builder.subscriptionField('notificationAdded', (t) =>
  t.field({
    type: Notification,
    nullable: false,
    description: 'New in-app notifications as they arrive, oldest first.',
    args: {
      after: t.arg.int({
        description: 'The id of the last notification received: the stream starts after it. Default: the newest one.',
      }),
    },
    async subscribe(_root, { after }, context) {
      const { id, timeZone } = await requireMember(context)
      context.openStream(id)
      return context.feed.follow(id, after ?? (await newestId(context, id)), context.holder?.generation, timeZone)
    },
    resolve: (entry) => entry,
  }),
)

async function newestId({ db }: Context, memberId: number): Promise<number> {
  const newest = await db.notification.findFirst({ where: { memberId }, orderBy: { id: 'desc' }, select: { id: true } })
  return newest?.id ?? 0
}
