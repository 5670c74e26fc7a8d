import { inTransaction } from '../src/db/client.ts'
import { isKind, labelOf } from '../src/events/kinds.ts'
import { timeText } from '../src/inbox/why/times.ts'
import { readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { type Profile, readProfile } from '../src/members/profile.ts'
import { stopEmails } from '../src/members/unsubscribe.ts'
import { suppressionReasons } from '../src/outbox/suppression.ts'
import { onExistingDatabase } from './existing-database.ts'
import { readMemberId } from './member-id.ts'
import { say, sayError, sayJson } from './terminal.ts'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

const usage = usageOf('member')
const { flags, positionals } = readArguments(usage)
const memberId = readMemberId(usage, positionals[0])
const unsubscribes = flags.has('unsubscribe')

await onExistingDatabase(async ({ database: { pool } }) => {
  if (unsubscribes) {
    await inTransaction(pool, (transaction) => stopEmails(transaction, { memberId, kind: 'digest' }, 'all'))
  }
  const profile = await readProfile(pool, memberId)
  if (!profile) {
    return sayError(`Membership ${memberId} is not registered here.`, { asJson: flags.has('json') })
  }
  if (flags.has('json')) sayJson(profile)
  else print(profile)
  return 0
})

function print(profile: Profile): void {
  if (unsubscribes) {
    say(
      'All email to this member is off, as if they had unsubscribed: news that waited is cancelled. They can switch it on again in their settings.',
      '',
    )
  }
  const { id, name, registeredAt, notifications, watches, mutes } = profile
  say(`Member ${id} (${name}), registered here at ${timeText(registeredAt)}`)
  say(...addressLines(profile), ...emailLines(profile))
  const { days, total, sent, waiting, failed, notEmailed } = notifications
  say(
    `Notifications of the last ${days} days: ${total}. Emailed: ${sent}, waiting: ${waiting}, failed: ${failed}, not emailed: ${notEmailed}`,
  )
  say(`Watches: ${watches}, mutes: ${mutes}`)
  for (const { address, label, createdAt } of profile.accounts) {
    say(`Counts the votes of ${address} as theirs, since ${timeText(createdAt)}: “${label}”`)
  }
  for (const { kind, shouldNotify, shouldNotifyByEmail } of profile.settings) {
    say(
      `${labelOf(kind)} (${kind}): ${switchText(shouldNotify)} in the app, ${switchText(shouldNotifyByEmail)} by email`,
    )
  }
  say(...signInLines(profile))
  if (profile.changes.length) say('The last changes of settings, newest first:')
  for (const { at, setting, entityId, before, after } of profile.changes) {
    const what = isKind(setting) || setting === 'NOTIFY_ALL' ? `${labelOf(setting)} (${setting})` : setting
    say(
      `  ${timeText(at)}  ${what}${entityId === null ? '' : ` ${entityId}`}: ${valueText(before)}, then ${valueText(after)}`,
    )
  }
}

function addressLines({ email, unverifiedEmail, suppressed }: Profile): string[] {
  const lines = [`Address: ${email ?? 'none'}`]
  if (unverifiedEmail !== null) lines.push(`Waits for its confirmation: ${unverifiedEmail}`)
  if (suppressed) {
    lines.push(`Nothing is sent there since ${timeText(suppressed.since)}: ${suppressionReasons[suppressed.reason]}`)
  }
  return lines
}

function emailLines(profile: Profile): string[] {
  const { receiveEmails, emailFrequency, digestHour, digestWeekday, timeZone, pauseEmailsUntil } = profile
  if (!receiveEmails) return ['Emails: off']
  const times = {
    IMMEDIATE: 'at once',
    HOURLY: 'hourly',
    DAILY: `daily at ${digestHour}:00`,
    WEEKLY: `weekly on ${WEEKDAYS[digestWeekday - 1]} at ${digestHour}:00`,
  }
  const urgent = emailFrequency !== 'IMMEDIATE' && profile.urgentImmediately ? ', mentions and elections at once' : ''
  const pause =
    pauseEmailsUntil && pauseEmailsUntil > new Date() ? [`Emails are paused until ${timeText(pauseEmailsUntil)}`] : []
  return [`Emails: ${times[emailFrequency]} (time zone ${timeZone})${urgent}`, ...pause]
}

function signInLines({ signedInAt, tokensEnded, tokensEndedAt }: Profile): string[] {
  const signedIn = signedInAt ? [`Last signed in at ${timeText(signedInAt)}`] : []
  const times = tokensEnded === 1 ? 'once' : `${tokensEnded} times`
  return tokensEnded && tokensEndedAt
    ? [...signedIn, `All tokens were ended ${times}, last at ${timeText(tokensEndedAt)}`]
    : signedIn
}

function switchText(on: boolean): string {
  return on ? 'on' : 'off'
}

function valueText(value: unknown): string {
  if (value === null) return 'none'
  if (typeof value !== 'object') return String(value)
  const { inApp, byEmail } = value as { inApp?: boolean; byEmail?: boolean }
  return `app ${switchText(inApp === true)} and email ${switchText(byEmail === true)}`
}
