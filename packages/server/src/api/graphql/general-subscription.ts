import { inTransaction, prepared, single } from '../../db/client.ts'
import { generalSwitches } from '../../events/kinds.ts'
import { type GeneralChange, type GeneralSetting, generalSettings, saveGeneral } from '../../members/settings.ts'
import { apiError } from '../errors.ts'
import { builder, requireMember } from './builder.ts'
import { GeneralSubscriptionKind } from './enums.ts'

const GeneralSubscription = builder.objectRef<GeneralSetting>('GeneralSubscription').implement({
  description:
    "A member's setting for a general kind: their own, or else what counts without one, whose id is null. That is the default, or on while they have `NOTIFY_ALL` on.",
  fields: (t) => ({
    id: t.exposeInt('id'),
    kind: t.expose('kind', { type: GeneralSubscriptionKind, nullable: false }),
    shouldNotify: t.exposeBoolean('shouldNotify', {
      nullable: false,
      description: 'In the app. Older name of `shouldNotifyInApp`.',
    }),
    shouldNotifyInApp: t.exposeBoolean('shouldNotify', {
      nullable: false,
      description: 'In the app.',
    }),
    shouldNotifyByEmail: t.exposeBoolean('shouldNotifyByEmail', { nullable: false }),
    label: t.string({ nullable: false, resolve: ({ kind }) => generalSwitches[kind].label }),
    group: t.string({ nullable: false, resolve: ({ kind }) => generalSwitches[kind].group }),
    description: t.string({
      nullable: false,
      description: 'When a notification of this kind is sent, or what `NOTIFY_ALL` does.',
      resolve: ({ kind }) => generalSwitches[kind].description,
    }),
  }),
})

export const GeneralSubscriptionInput = builder.inputType('GeneralSubscriptionInput', {
  fields: (t) => ({
    kind: t.field({ type: GeneralSubscriptionKind, required: true }),
    shouldNotify: t.boolean({ description: 'Older name of `shouldNotifyInApp`.' }),
    shouldNotifyInApp: t.boolean({ description: 'In the app. Default: `shouldNotify`, or true.' }),
    shouldNotifyByEmail: t.boolean({ description: 'Default: the same as in the app.' }),
  }),
})

type Change = typeof GeneralSubscriptionInput.$inferInput

/** The settings of an input, each kind once. @throws BAD_USER_INPUT */
export function readSettings(data: readonly (Change | null | undefined)[] | null | undefined): GeneralChange[] {
  const changes = (data ?? []).filter((change) => change != null)
  if (new Set(changes.map(({ kind }) => kind)).size < changes.length) {
    throw apiError('BAD_USER_INPUT', 'A kind appears twice in the list: list each kind only once.')
  }
  return changes.map(({ kind, shouldNotify, shouldNotifyInApp, shouldNotifyByEmail }) => {
    const inApp = shouldNotifyInApp ?? shouldNotify ?? true
    return { kind, inApp, byEmail: shouldNotifyByEmail ?? inApp }
  })
}

builder.queryField('generalSubscriptions', (t) =>
  t.field({
    type: t.listRef(GeneralSubscription, { nullable: true }),
    description: "The member's setting for all notifications (`NOTIFY_ALL`), then for every general kind.",
    args: {
      kind: t.arg({ type: GeneralSubscriptionKind }),
      shouldNotify: t.arg.boolean(),
      shouldNotifyByEmail: t.arg.boolean(),
    },
    async resolve(_root, filter, context) {
      const settings = await generalSettings(prepared(context.pool), (await requireMember(context)).id)
      return settings.filter(
        (setting) =>
          (filter.kind == null || setting.kind === filter.kind) &&
          (filter.shouldNotify == null || setting.shouldNotify === filter.shouldNotify) &&
          (filter.shouldNotifyByEmail == null || setting.shouldNotifyByEmail === filter.shouldNotifyByEmail),
      )
    },
  }),
)

builder.mutationField('generalSubscriptions', (t) =>
  t.field({
    type: t.listRef(GeneralSubscription, { nullable: true }),
    description: 'Changes all the listed settings, or none if there is an error. Returns them in the same order.',
    args: { data: t.arg({ type: t.arg.listRef(GeneralSubscriptionInput, { required: false }) }) },
    async resolve(_root, { data }, context) {
      const { id } = await requireMember(context)
      const changes = readSettings(data)
      await inTransaction(context.pool, (transaction) => saveGeneral(transaction, id, changes))
      const settings = new Map(
        (await generalSettings(single(context.pool), id)).map((setting) => [setting.kind, setting]),
      )
      return changes.flatMap(({ kind }) => settings.get(kind) ?? [])
    },
  }),
)
