import {
  type EntityKindName,
  entityKinds,
  generalKinds,
  generalSwitches,
  type KindName,
  type SwitchName,
} from '../../events/kinds.ts'
import { type SuppressionReason, suppressionReasons } from '../../outbox/suppression.ts'
import { builder } from './builder.ts'

const labels = <Name extends string>(kinds: Record<Name, { label: string }>) =>
  Object.fromEntries(
    Object.entries<{ label: string }>(kinds).map(([name, { label }]) => [name, { description: label }]),
  ) as Record<Name, { description: string }>

export const GeneralSubscriptionKind = builder.enumType('GeneralSubscriptionKind', {
  description: 'A general kind, or all of them at once (`NOTIFY_ALL`).',
  values: labels<SwitchName>(generalSwitches),
})
export const EntitySubscriptionKind = builder.enumType('EntitySubscriptionKind', {
  values: labels<EntityKindName>(entityKinds),
})
export const NotificationKind = builder.enumType('NotificationKind', {
  description: 'The reason for a notification: a general or an entity kind.',
  values: labels<KindName>({ ...generalKinds, ...entityKinds }),
})
export const EntitySubscriptionStatus = builder.enumType('EntitySubscriptionStatus', {
  values: {
    WATCH: { description: 'Notified of everything there.' },
    MUTE: { description: 'Notified of nothing there, not even of mentions.' },
    DEFAULT: { description: 'No setting.' },
  } as const,
})
export const NotificationStatus = builder.enumType('NotificationStatus', {
  values: ['UNREAD', 'READ', 'ARCHIVED'] as const,
})
export const NotificationEmailStatus = builder.enumType('NotificationEmailStatus', {
  values: ['PENDING', 'SENT', 'FAILED', 'IGNORED'] as const,
})
export const EmailFrequency = builder.enumType('EmailFrequency', {
  description: 'How often news is emailed.',
  values: {
    IMMEDIATE: { description: 'Each piece of news by itself, at once.' },
    HOURLY: { description: 'A digest at the end of each hour that has news.' },
    DAILY: { description: 'A digest at `digestHour`, on each day that has news.' },
    WEEKLY: { description: 'A digest on `digestWeekday` at `digestHour`, in each week that has news.' },
  } as const,
})
export const EmailSuppressionReason = builder.enumType('EmailSuppressionReason', {
  description: 'Why nothing is emailed to an address.',
  values: Object.fromEntries(
    Object.entries(suppressionReasons).map(([name, text]) => [name, { description: `Because ${text}.` }]),
  ) as Record<SuppressionReason, { description: string }>,
})
