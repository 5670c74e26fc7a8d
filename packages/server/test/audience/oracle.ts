import type { Rule } from '../../src/events/define.ts'
import { generalKinds } from '../../src/events/kinds.ts'
import type { UnderstoodEvent } from '../../src/notifier/audience/understand.ts'

export type OracleMember = {
  id: number
  email: string | null
  receiveEmails: boolean
  emailFrequency: 'IMMEDIATE' | 'HOURLY' | 'DAILY' | 'WEEKLY'
  urgentImmediately: boolean
  isPaused: boolean
}
export type OracleSetting = {
  memberId: number
  kind: string
  entityId: string | null
  inApp: boolean
  byEmail: boolean
}

type Switches = { inApp: boolean; byEmail: boolean }
export type Verdict = {
  eventId: string
  eventType: string
  memberId: number
  kind: string
  inApp: boolean
  reason: string | null
  /** Whether its email waits for a digest. */
  waits: boolean
}

type OracleCircumstances = {
  emailMaxAgeMs: number
  canSend: boolean
  emailsPerHour: number
  onlyVotersOfRevealing?: boolean
}

/** Resolves the audience as plainly as possible: one member and one event at a time. Compared with the SQL statement. */
export function resolvePlainly(
  understood: UnderstoodEvent[],
  members: OracleMember[],
  settings: OracleSetting[],
  { emailMaxAgeMs, canSend, emailsPerHour, onlyVotersOfRevealing = false }: OracleCircumstances,
): Verdict[] {
  const isOff = (rule: Rule) => rule.audience === 'everyone' && rule.unless !== undefined && onlyVotersOfRevealing
  const events = understood.map((event) => ({ ...event, rules: event.rules.filter((rule) => !isOff(rule)) }))
  const verdicts: Verdict[] = []
  const addresses = new Map(members.map(({ id, email }) => [id, email?.toLowerCase()]))
  for (const fact of new Set(events.map((event) => event.fact.key))) {
    const sameFact = events.filter((event) => event.fact.key === fact)
    const mostTellingFirst = sameFact.toSorted((a, b) => b.fact.rank - a.fact.rank)
    const told: (Verdict & { importance: number[] })[] = []
    for (const member of members) {
      // 1. Members are not notified of their own actions.
      if (sameFact.some(({ actorId }) => actorId !== undefined && Number(actorId) === member.id)) continue
      for (const event of mostTellingFirst) {
        const reason = firstReason(event, member, settings)
        if (!reason) continue
        told.push({
          eventId: event.id,
          eventType: event.type,
          memberId: member.id,
          kind: reason.kind,
          inApp: reason.inApp,
          reason: whyNotEmailed(event, member, reason, emailMaxAgeMs, canSend),
          waits: isHeldBack(reason.kind, member),
          importance: [mostTellingFirst.indexOf(event), reason.priority, member.id],
        })
        break
      }
    }
    // 5. An address that memberships share gets one email, for the most important reason, and none about itself.
    const done = new Set(sameFact.map(({ actorId }) => actorId && addresses.get(Number(actorId))))
    const emailed = new Set<string | undefined>()
    for (const { importance: _, ...verdict } of told.toSorted(byImportance)) {
      const address = addresses.get(verdict.memberId)
      if (verdict.reason === null && done.has(address)) verdict.reason = 'OWN_ACTION'
      else if (verdict.reason === null && emailed.has(address)) verdict.reason = 'SHARED_ADDRESS'
      else if (verdict.reason === null) emailed.add(address)
      verdicts.push(verdict)
    }
  }
  // 7. Above the limit, and where the member wants it, emails wait for a digest.
  for (const verdict of verdicts) verdict.waits &&= verdict.reason === null
  const places = (verdict: Verdict) =>
    events.findIndex(({ id, type }) => id === verdict.eventId && type === verdict.eventType)
  for (const member of members) {
    const atOnce = verdicts.filter(({ memberId, reason, waits }) => memberId === member.id && reason === null && !waits)
    const late = emailsPerHour === 0 ? [] : atOnce.toSorted((a, b) => places(a) - places(b)).slice(emailsPerHour)
    for (const verdict of late) verdict.waits = true
  }
  return verdicts
}

const isHeldBack = (kind: string, { emailFrequency, urgentImmediately, isPaused }: OracleMember): boolean => {
  const isUrgent = kind.endsWith('_MENTION') || kind.startsWith('ELECTION_') || kind === 'PROPOSAL_DECIDING_COUNCILOR'
  return isPaused || (emailFrequency !== 'IMMEDIATE' && !(isUrgent && urgentImmediately))
}

function byImportance(
  { importance: a }: { importance: number[] },
  { importance: b }: { importance: number[] },
): number {
  const different = a.findIndex((value, index) => value !== b[index])
  return (a[different] ?? 0) - (b[different] ?? 0)
}

function firstReason(event: UnderstoodEvent, member: OracleMember, settings: OracleSetting[]) {
  const settingOf = (kind: string, entityId: string | null): Switches | undefined =>
    settings.find((s) => s.memberId === member.id && s.kind === kind && s.entityId === entityId)
  const wanted = (switches: Switches) => switches.inApp || switches.byEmail

  let entityMuted = false
  const everMuted = event.rules.some((rule) => {
    const setting = 'entityId' in rule ? settingOf(rule.kind, rule.entityId) : undefined
    return setting !== undefined && !wanted(setting)
  })
  for (const [priority, rule] of event.rules.entries()) {
    if ('entityId' in rule) {
      // 3. An entity kind needs a setting for that entity. 4. A mute silences the entity rules after it.
      const setting = settingOf(rule.kind, rule.entityId)
      if (!setting) continue
      if (!wanted(setting)) entityMuted = true
      else if (!entityMuted && rule.audience === 'watchers') return { kind: rule.kind, priority, ...setting }
    } else {
      // 2. The member's own setting decides, or else the default. 4. A mute silences every general rule.
      if (everMuted || !inAudience(rule, member)) continue
      const { defaultOn } = generalKinds[rule.kind]
      // "Subscribe to all" counts for kinds that the member never set, in the app and by email by itself.
      const all = settingOf('NOTIFY_ALL', null)
      const setting = settingOf(rule.kind, null) ?? {
        inApp: defaultOn || all?.inApp === true,
        byEmail: defaultOn || all?.byEmail === true,
      }
      if (wanted(setting)) return { kind: rule.kind, priority, ...setting }
    }
  }
  return undefined
}

const inAudience = (rule: Exclude<Rule, { entityId: string }>, member: OracleMember) =>
  rule.audience === 'everyone'
    ? !rule.except?.some((id) => Number(id) === member.id)
    : rule.memberIds.some((id) => Number(id) === member.id)

function whyNotEmailed(
  event: UnderstoodEvent,
  member: OracleMember,
  { byEmail }: Switches,
  emailMaxAgeMs: number,
  canSend: boolean,
): string | null {
  if (!byEmail) return 'SWITCHED_OFF'
  if (!member.receiveEmails) return 'EMAILS_OFF'
  if (member.email === null) return 'NO_ADDRESS'
  if (Date.now() - event.time.getTime() > emailMaxAgeMs) return 'TOO_OLD'
  return canSend ? null : 'NO_PROVIDER'
}
