import { builder, requireMember } from './builder.ts'
import { Notification } from './notification.ts'

builder.subscriptionType({})

builder.subscriptionField('notificationAdded', (t) =>
  t.field({
    type: Notification,
    nullable: false,
    description: 'New notifications in the app, as they come.',
    args: {
      after: t.arg.int({
        description: 'The id of the last one that the client has seen: it then misses none. Without it, only new ones.',
      }),
    },
    async subscribe(_root, { after }, context) {
      const { id } = await requireMember(context)
      return context.feed.follow(id, after ?? (await newest(context, id)))
    },
    resolve: (entry) => entry,
  }),
)

async function newest({ db }: Parameters<typeof requireMember>[0], memberId: number): Promise<number> {
  const last = await db.notification.findFirst({ where: { memberId }, orderBy: { id: 'desc' }, select: { id: true } })
  return last?.id ?? 0
}
