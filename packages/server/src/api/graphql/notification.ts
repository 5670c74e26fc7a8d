import { type Fact, valueText } from '../../events/facts.ts'
import { isKind, type KindName, reasonOf } from '../../events/kinds.ts'
import type { Entry } from '../../inbox/read.ts'
import { wordsOf } from '../../inbox/words.ts'
import { reasonForMember } from '../../outbox/reasons.ts'
import { builder } from './builder.ts'
import { NotificationEmailStatus, NotificationKind, NotificationStatus } from './enums.ts'

/** The fields for which the email of a notification has to be read. */
export const OUTCOME_FIELDS = ['emailStatus', 'emailStatusReason']

const NotificationFact = builder.objectRef<Fact>('NotificationFact').implement({
  description: 'A label and its value, such as "Amount" and "5,000 JOY". Times are in the time zone of the member.',
  fields: (t) => ({
    label: t.exposeString('label', { nullable: false }),
    value: t.string({ nullable: false, resolve: valueText }),
  }),
})

export const Notification = builder.objectRef<Entry>('Notification').implement({
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false }),
    kind: t.field({ type: NotificationKind, nullable: false, resolve: ({ kind }) => kind as KindName }),
    eventId: t.exposeString('eventId', { nullable: false }),
    entityId: t.exposeString('entityId'),
    emailStatus: t.field({
      type: NotificationEmailStatus,
      nullable: false,
      // Read, because it is selected.
      resolve: ({ emailStatus }) => emailStatus as NonNullable<typeof emailStatus>,
    }),
    emailStatusReason: t.string({
      description: 'Why the email was not sent, or not yet.',
      resolve: ({ emailStatusReason: reason }) => (reason === null ? null : reasonForMember(reason)),
    }),
    isRead: t.exposeBoolean('isRead', { nullable: false }),
    status: t.field({
      type: NotificationStatus,
      nullable: false,
      description: 'An archived notification counts as read.',
      resolve: ({ isArchived, isRead }) => (isArchived ? 'ARCHIVED' : isRead ? 'READ' : 'UNREAD'),
    }),
    createdAt: t.string({
      description:
        'When it was recorded (ISO 8601). Null if the replaced backend recorded it: the order is that of ids.',
      resolve: ({ createdAt }) => createdAt?.toISOString(),
    }),
    title: t.string({
      description: 'One line. Null, like url, if the replaced backend recorded the notification.',
      resolve: (row, _args, context) => wordsOf(row, context)?.title,
    }),
    summary: t.string({
      description: 'What the title does not say, in one or two sentences. Null if there is nothing.',
      resolve: (row, _args, context) => wordsOf(row, context)?.summary,
    }),
    facts: t.field({
      type: [NotificationFact],
      nullable: false,
      description: 'What one needs to know, the most important first.',
      resolve: (row, _args, context) => [...(wordsOf(row, context)?.facts?.() ?? [])],
    }),
    excerpt: t.string({ resolve: (row, _args, context) => wordsOf(row, context)?.excerpt }),
    url: t.string({
      description: 'Its page in Pioneer.',
      resolve: (row, _args, context) => {
        const path = wordsOf(row, context)?.path
        return path && context.pioneerUrl + path
      },
    }),
    reason: t.string({
      description: 'Completes "You receive this because ...".',
      resolve: (row, _args, context) => (isKind(row.kind) ? reasonOf(row.kind, wordsOf(row, context)?.group) : null),
    }),
  }),
})
