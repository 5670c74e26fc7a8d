import { type Preview, previewSettings } from '../../inbox/preview.ts'
import { apiError } from '../errors.ts'
import { builder, requireMember } from './builder.ts'
import { NotificationKind } from './enums.ts'
import { GeneralSubscriptionInput, readSettings } from './general-subscription.ts'

const DEFAULT_DAYS = 30
/** Each reads up to ten thousand events. */
const MAX_PREVIEWS_PER_REQUEST = 3

type Amount = Omit<Preview['byKind'][number], 'kind'>

const notifications = 'How many notifications, in the app or by email only.'
const inApp = 'How many of them in the app.'
const emails = 'How many of them by email. None while the member receives no emails. A digest contains several of them.'

const PreviewOfKind = builder.objectRef<Amount & Pick<Preview['byKind'][number], 'kind'>>('PreviewOfKind').implement({
  fields: (t) => ({
    kind: t.expose('kind', { type: NotificationKind, nullable: false }),
    notifications: t.exposeInt('notifications', { nullable: false, description: notifications }),
    inApp: t.exposeInt('inApp', { nullable: false, description: inApp }),
    emails: t.exposeInt('emails', { nullable: false, description: emails }),
  }),
})

const SettingsPreview = builder.objectRef<Preview>('SettingsPreview').implement({
  description: 'What a member would have got.',
  fields: (t) => ({
    notifications: t.exposeInt('notifications', { nullable: false, description: notifications }),
    inApp: t.exposeInt('inApp', { nullable: false, description: inApp }),
    emails: t.exposeInt('emails', { nullable: false, description: emails }),
    byKind: t.field({
      type: t.listRef(PreviewOfKind),
      nullable: false,
      description: 'The same by kind, without kinds that would have brought nothing.',
      resolve: ({ byKind }) => byKind,
    }),
    since: t.string({
      description:
        'The time of the oldest event that was counted (ISO 8601): events from before the upgrade, and all but the newest 10,000, are not. Null if there was none.',
      resolve: ({ since }) => since?.toISOString(),
    }),
    eventsLeftOut: t.exposeInt('eventsLeftOut', {
      nullable: false,
      description: 'How many events are not counted because they concerned too many members by name.',
    }),
  }),
})

builder.queryField('previewSettings', (t) =>
  t.field({
    type: SettingsPreview,
    description:
      'How many notifications and emails the member would have got in the last days with these settings. Kinds that are not listed, and watches and mutes, count as they are set now.',
    args: {
      data: t.arg({ type: t.arg.listRef(GeneralSubscriptionInput, { required: false }) }),
      days: t.arg.int({ description: `From 1 to the operator's \`WHY_DAYS\` (90). Default ${DEFAULT_DAYS}.` }),
    },
    async resolve(_root, { data, days }, context) {
      const { id } = await requireMember(context)
      const { pool, whyDays } = context
      if (days != null && (days < 1 || days > whyDays)) {
        throw apiError('BAD_USER_INPUT', `days must be from 1 to ${whyDays}: older events are not kept.`)
      }
      const settings = readSettings(data)
      if (++context.previews > MAX_PREVIEWS_PER_REQUEST) {
        throw apiError('BAD_USER_INPUT', `A request can preview settings ${MAX_PREVIEWS_PER_REQUEST} times at most.`)
      }
      return previewSettings(pool, id, settings, days ?? Math.min(DEFAULT_DAYS, whyDays))
    },
  }),
)
