import { addressee } from '../../events/addressee.ts'
import type { EventData, Words } from '../../events/define.ts'
import {
  type GeneralKindName,
  generalKinds,
  generalSwitches,
  isKind,
  type KindName,
  labelOf,
  reasonOf,
} from '../../events/kinds.ts'
import { eventOfType } from '../../events/list.ts'
import { shorten } from '../../lib/text.ts'
import type { ProviderPause } from '../../outbox/pauses.ts'
import { type EmailWords, emailWords, type Reader, reportWords } from './email-words.ts'
import type { Facts, NotificationFacts, RuleFacts } from './facts.ts'
import type { EmailSettings } from './settings-then.ts'
import { timeText } from './times.ts'

/** One part of an explanation. `kind`: of the rule that it is about. */
export type Step = { label: string; text: string; kind?: string }

/** Why a member was, or was not, notified of an event, in words for that member. */
export type Story = {
  eventType: string | null
  eventId: string
  /** The block's time. */
  time: Date | null
  title: string | null
  notificationId: number | null
  /** One or two sentences. */
  outcome: string
  steps: Step[]
}

/** An event can have a thousand rules. */
const MOST_RULES = 30
const MOST_LISTED = 3
/** An id of the query node can be any text. */
const ID = { graphemes: 40, units: 80 }

/** Puts facts into words. @param now for what waits */
export function tell(facts: Facts, reader: Reader, now = new Date()): Story {
  const { event, notification } = facts
  const words = wordsOf(facts)
  const email = notification && emailWords(notification, reader, now)
  return {
    eventType: event.type,
    eventId: event.id,
    time: event.time,
    title: words?.title ?? null,
    notificationId: notification?.id ?? null,
    outcome: notification && email ? toldOutcome(notification, email, words) : notToldOutcome(facts),
    steps: [
      { label: 'Event', text: eventText(facts, words) },
      ...ruleSteps(facts),
      ...doubts(facts),
      ...(notification && email ? deliverySteps(facts, notification, email, reader) : []),
    ],
  }
}

/** The words for the notification, or for a reason that concerned the member, or for everybody. Null: there are none. */
function wordsOf({ event, notification, rules, ...member }: Facts): Words | null {
  const known = (rules ?? []).filter((rule) => isKind(rule.kind))
  // The last reason is the one that says nothing of the reader.
  const rule = known.find(({ part }) => part !== 'none') ?? known.at(-1)
  const kind = notification && isKind(notification.kind) ? notification.kind : rule?.kind
  if (!kind) return null
  try {
    return eventOfType(event.type).words(event.data as EventData, kind as KindName, addressee(member))
  } catch {
    return null
  }
}

function eventText({ event }: Facts, words: Words | null): string {
  const { type, id, block, time, recordedAt, withdrawnAt } = event
  const what = words ? `${words.title}: ` : ''
  const gone = withdrawnAt ? ` Its text was taken back at ${timeText(withdrawnAt)}.` : ''
  return `${what}${type} ${id}, block ${block}, ${timeText(time)}, read at ${timeText(recordedAt)}.${gone}`
}

function toldOutcome({ inApp, kind }: NotificationFacts, { result, why }: EmailWords, words: Words | null): string {
  const reason = isKind(kind) ? reasonOf(kind, words?.group) : `of the kind ${kind}`
  if (result === 'sent') return `You were notified ${inApp ? 'in the app and ' : ''}by email, because ${reason}.`
  const but = why ? `: ${why}` : ''
  if (inApp && result === 'waits')
    return `You were notified in the app, because ${reason}. An email waits to be sent${but}.`
  if (result === 'in doubt') {
    const app = inApp
      ? `You were notified in the app, because ${reason}.`
      : `You were to be notified by email only, because ${reason}.`
    return `${app} Whether ${inApp ? 'an email arrived too' : 'the email arrived'} is not known${but}.`
  }
  if (inApp) return `You were notified in the app, because ${reason}, and not by email${but}.`
  if (result === 'waits') return `An email to you waits to be sent, because ${reason}${but}.`
  return `You would have been notified by email only, because ${reason}, but no email was sent${but}.`
}

function notToldOutcome(facts: Facts): string {
  const { event, memberId, registeredAt, sameFact, rules, areCounted, whyDays } = facts
  const not = 'You were not notified'
  if (registeredAt > event.recordedAt) return `${not}: you registered here later, at ${timeText(registeredAt)}.`
  if (event.actorId === memberId) return `${not}: you did this yourself.`
  if (sameFact) return `${not} of this event, but of ${sameFact.type} ${sameFact.id}, which says the same.`
  if (!rules) return `${not}. Why is not known any more: the reasons of events are kept for ${whyDays} days.`
  if (!rules.length) return `${not}: events of the type ${event.type} notify nobody.`
  const of = (...parts: RuleFacts['part'][]) => rules.filter(({ part }) => parts.includes(part))
  if (of('chosen').length) {
    if (event.isBegun) return `${not} so far: the first members of all were, and the others follow.`
    return `Your settings at the time would have notified you (${labels(of('chosen'))}), but there is no notification: it was deleted, or your settings changed while the event was read.`
  }
  const [mute] = of('muting')
  if (mute && of('muted').length) return `${not}: you had muted ${nameOf(mute)}.`
  const off = of('off').filter(({ audience }) => audience !== 'muters')
  const spared = rules.filter((rule) => rule.isExcepted && isOn(rule))
  if (spared.length) return `${not}: you were left out on purpose, because it did not concern you (${labels(spared)}).`
  if (off.length) return `${not}: it was switched off in your settings (${labels(off)}).`
  if (areCounted) {
    return `${not}. Why cannot be told: the event concerned so many members or things by name that only their number was kept.`
  }
  return `${not}: nothing that you had switched on, and nothing that you watched, concerned this event.`
}

function ruleSteps({ rules, areCounted, notification, event }: Facts): Step[] {
  if (!rules) return []
  const told: Told = notification ? 'told' : event.isBegun ? 'not yet' : 'not told'
  // Those that concerned the member must not be cut off.
  const ranked = rules.map((rule, n) => ({ rule, n })).toSorted((a, b) => rankOf(a.rule) - rankOf(b.rule) || a.n - b.n)
  const shown = ranked.slice(0, MOST_RULES).toSorted((a, b) => a.n - b.n)
  const mute = rules.find(({ part }) => part === 'muting')
  const steps = shown.map(
    ({ rule }): Step => ({ label: labelIn(rule), kind: rule.kind, text: ruleText(rule, areCounted, mute, told) }),
  )
  const left = rules.length - shown.length
  return left ? [...steps, { label: 'More reasons', text: `${left} others, none of which concerned you.` }] : steps
}

const rankOf = ({ part }: RuleFacts) => (part === 'none' ? 1 : 0)

const labelIn = ({ kind }: RuleFacts) => (isKind(kind) ? labelOf(kind) : kind)

function labels(rules: RuleFacts[]): string {
  const all = [...new Set(rules.map(labelIn))]
  const more = all.length > MOST_LISTED ? [`${all.length - MOST_LISTED} more`] : []
  return [...all.slice(0, MOST_LISTED).map((label) => `“${label}”`), ...more].join(', ')
}

/** Whether the member was notified. */
type Told = 'told' | 'not yet' | 'not told'

function ruleText(rule: RuleFacts, areCounted: boolean, mute: RuleFacts | undefined, told: Told): string {
  if (!isKind(rule.kind)) return 'This version of the service does not know this reason.'
  const conclusion = conclusionOf(rule, mute, told)
  const sentences =
    rule.audience === 'watchers' || rule.audience === 'muters'
      ? entitySentences(rule)
      : generalSentences(rule, rule.kind as GeneralKindName, areCounted)
  return [...sentences, conclusion].filter(Boolean).join(' ')
}

function generalSentences(rule: RuleFacts, kind: GeneralKindName, areCounted: boolean): string[] {
  const { audience, names, isNamed } = rule
  const { description } = generalKinds[kind]
  if (audience === 'members' && isNamed === null) {
    return [description, `It named ${people(names ?? 0)}; who they are was not kept.`]
  }
  if (audience === 'members' && !isNamed) {
    return [description, names ? `This concerned ${people(names)}, and not you.` : 'This concerned nobody.']
  }
  // Not resolved again for large events.
  const concerned = audience === 'members' && !areCounted ? ['This concerned you.'] : []
  return [description, ...concerned, ...exceptionSentences(rule), stateOf(rule, kind)]
}

function stateOf({ setting, all }: RuleFacts, kind: GeneralKindName): string {
  if (setting) return `You had it ${switchesText(setting)}${sinceText(setting)}.`
  if (all) return `You had not changed it, but had “${ALL}” ${switchesText(all)}${sinceText(all)}.`
  return `You had not changed it: it is ${generalKinds[kind].defaultOn ? 'on' : 'off'} unless a member changes it.`
}

const ALL = generalSwitches.NOTIFY_ALL.label

function exceptionSentences({ excepts, isExcepted }: RuleFacts): string[] {
  if (!excepts) return []
  const leftOut = `It left out ${people(excepts)} on purpose, whom it did not concern`
  if (isExcepted === null) return [`${leftOut}; who they are was not kept.`]
  return isExcepted ? [`${leftOut}, and you were one of them.`] : []
}

/** By the member's own setting at the time, or else by the default. */
function isOn({ kind, setting, all }: RuleFacts): boolean {
  const set = setting ?? all
  if (set) return set.inApp || set.byEmail
  return Object.hasOwn(generalKinds, kind) && generalKinds[kind as GeneralKindName].defaultOn
}

function entitySentences(rule: RuleFacts): string[] {
  const { audience, entityId, setting, names } = rule
  if (entityId === null) return [`For members who watch one of ${names ?? 'many'} things; which ones was not kept.`]
  const thing = nameOf(rule)
  const whom = audience === 'watchers' ? `For members who watch ${thing}.` : `Not for members who muted ${thing}.`
  if (!setting) return [whom, `You ${audience === 'watchers' ? 'did not watch it' : 'had not muted it'}.`]
  const isMute = !setting.inApp && !setting.byEmail
  return [whom, `You ${isMute ? 'had muted it' : `watched it, ${switchesText(setting)}`}${sinceText(setting)}.`]
}

function conclusionOf({ part, audience }: RuleFacts, mute: RuleFacts | undefined, told: Told): string {
  switch (part) {
    case 'chosen':
      if (told === 'not yet') return 'This is why you will be notified.'
      return told === 'told' ? 'This is why you were notified.' : 'It would have notified you.'
    case 'entitled':
      return 'It would have notified you too.'
    case 'muting':
      return 'A mute silences the other reasons.'
    case 'muted':
      return mute ? `Your mute of ${nameOf(mute)} silenced it.` : 'A mute silenced it.'
    case 'excluded':
      return 'It would have notified you, but you did this yourself, or were told of it before.'
    case 'off':
      return audience === 'muters' ? '' : 'So it did not notify you.'
    case 'none':
      return ''
  }
}

const people = (count: number) => `${count} ${count === 1 ? 'member' : 'members'}`

function switchesText({ inApp, byEmail }: { inApp: boolean; byEmail: boolean }): string {
  if (inApp && byEmail) return 'on'
  if (inApp) return 'on in the app and off by email'
  return byEmail ? 'on by email and off in the app' : 'off'
}

const sinceText = ({ since }: { since: Date | null }) => (since ? `, since ${timeText(since)}` : '')

function nameOf({ kind, entityId }: RuleFacts): string {
  const noun = kind.includes('_CATEGORY_') ? 'category' : kind.includes('_THREAD_') ? 'thread' : 'proposal'
  return `the ${noun} ${shorten(entityId ?? '', ID)}`
}

function pauseStep({ provider, since, until, reason }: ProviderPause, reader: Reader): Step {
  const label = 'Sending'
  if (reader === 'member') return { label, text: 'The email provider accepts nothing at the moment.' }
  const text = `${provider} has accepted nothing since ${timeText(since)}, next attempt at ${timeText(until)}: ${reason}`
  return { label, text }
}

/** @param at the time of the event */
function emailSettingsText(settings: EmailSettings, at: Date): string {
  const { email, receiveEmails, emailFrequency, pauseEmailsUntil, since } = settings
  if (!email) return `You had no confirmed address${sinceText({ since: since.email ?? null })}.`
  if (!receiveEmails) return `You had switched all of them off${sinceText({ since: since.receiveEmails ?? null })}.`
  const pause = pauseEmailsUntil && pauseEmailsUntil > at ? `, and were paused until ${timeText(pauseEmailsUntil)}` : ''
  return `They came ${FREQUENCIES[emailFrequency]}${sinceText({ since: since.emailFrequency ?? null })}${pause}.`
}

const FREQUENCIES: Record<EmailSettings['emailFrequency'], string> = {
  IMMEDIATE: 'at once',
  HOURLY: 'in an hourly digest',
  DAILY: 'in a daily digest',
  WEEKLY: 'in a weekly digest',
}

/** Where the settings at the time may not be the ones that counted. */
function doubts(facts: Facts): Step[] {
  const { rules, areCounted, settingsAreKnown, notification, whyDays, sameFact, registeredAt, event } = facts
  if (!rules?.length || registeredAt > event.recordedAt) return []
  if (event.isBegun && !notification) return []
  const label = 'Settings at the time'
  if (!settingsAreKnown) {
    const text = `Changes of settings are not known back to this event (they are kept for ${whyDays} days, the newest 1,000 of each member), so yours may have been different.`
    return [{ label, text }]
  }
  const chosen = rules.find(({ part }) => part === 'chosen')
  const agrees = notification ? chosen?.kind === notification.kind : !chosen || sameFact
  if (agrees || areCounted) return []
  return [{ label, text: 'They do not lead to what was recorded: they changed while the event was read.' }]
}

function deliverySteps(
  { emailSettings, event, pauses }: Facts,
  notification: NotificationFacts,
  email: EmailWords,
  reader: Reader,
): Step[] {
  const { id, inApp, isRead, isArchived, createdAt } = notification
  const state = isArchived ? 'archived by now' : isRead ? 'read by now' : 'still unread'
  const place = inApp ? `in the app, ${state}` : 'by email only'
  const at = createdAt ? ` at ${timeText(createdAt)}` : ''
  const report = notification.email && reportWords(notification.email, reader)
  return [
    { label: 'Notification', text: `Recorded${at} as number ${id}, ${place}.` },
    { label: 'Your emails then', text: emailSettingsText(emailSettings, event.recordedAt) },
    { label: 'Email', text: email.text },
    ...pauses.slice(0, reader === 'member' ? 1 : undefined).map((pause) => pauseStep(pause, reader)),
    ...(report ? [{ label: 'Delivery', text: report }] : []),
  ]
}
