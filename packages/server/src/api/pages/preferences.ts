import { inTransaction, single, type Transaction } from '../../db/client.ts'
import { entityKinds, generalKinds } from '../../events/kinds.ts'
import { EmailFrequency, type Member, Prisma } from '../../generated/prisma/client.ts'
import { howMuch } from '../../inbox/how-much.ts'
import { explain } from '../../lib/explain.ts'
import { type Html, html } from '../../lib/html.ts'
import { type CalmChanges, CalmMistake, saveCalm } from '../../members/calm.ts'
import { readPreferences } from '../../members/email-links.ts'
import {
  type EntitySetting,
  entitySettings,
  type GeneralSetting,
  generalSettings,
  removeEntity,
  saveGeneral,
  setEntity,
  setReceiveEmails,
} from '../../members/settings.ts'
import type { PageDeps, PageHandler } from './deps.ts'
import { readForm, textOf } from './form.ts'
import { maskAddress } from './mask.ts'
import { namesFor } from './names.ts'
import { notice, type Page, sendPage } from './page.ts'
import { LINK_ENDED } from './unsubscribe.ts'

type State = {
  member: Member
  /** The day on which the member's pause ends, in their time zone; empty: there is none. */
  pauseDay: string
  general: GeneralSetting[]
  /** The newest ones. */
  entities: EntitySetting[]
  hasMore: boolean
}

/** By kind, how much it would bring. */
type Amounts = Awaited<ReturnType<typeof howMuch>>

/** For which it says how much a kind would bring. */
const DAYS = 30
/** What a page shows of what a member watches and mutes. */
const MOST_ENTITIES = 200

/** A member's settings, for whoever has the link: it shows no address, and cannot change it. */
export function createPreferences(deps: PageDeps): PageHandler {
  const { pool, findKey, pioneerUrl } = deps
  const days = Math.min(DAYS, deps.whyDays)

  async function save(memberId: number, form: FormData): Promise<string | undefined> {
    try {
      await inTransaction(pool, async (transaction) => {
        const state = await readState(transaction, memberId)
        if (state) await saveChanges(transaction, state, form)
      })
      return undefined
    } catch (error) {
      if (error instanceof CalmMistake) return error.message
      throw error
    }
  }

  async function show(memberId: number, message: Html | string = ''): Promise<Page | undefined> {
    const state = await readState(single(pool), memberId)
    if (!state) return undefined
    const idsOf = (prefix: string) =>
      state.entities.flatMap(({ kind, entityId }) => (kind.startsWith(prefix) ? entityId : []))
    const [names, amounts] = await Promise.all([
      namesFor(deps, {
        threads: idsOf('FORUM_THREAD'),
        categories: idsOf('FORUM_CATEGORY'),
        proposals: idsOf('PROPOSAL'),
      }),
      amountsOf(memberId),
    ])
    const nameOf = ({ kind, entityId }: EntitySetting) => {
      const [noun, list] = kind.startsWith('FORUM_THREAD')
        ? (['Thread', names.threads] as const)
        : kind.startsWith('FORUM_CATEGORY')
          ? (['Category', names.categories] as const)
          : (['Proposal', names.proposals] as const)
      return list.get(entityId) ?? `${noun} ${entityId}`
    }
    return {
      title: 'Your notifications',
      content: html`${message}
      <form method="post" action="">
        <input type="hidden" name="form" value="preferences">
        ${emails(state, pioneerUrl)}
        ${calm(state)}
        ${kinds(state, amounts, days)}
        ${entities(state, nameOf)}
        <section class="save"><button class="main">Save</button></section>
      </form>`,
    }
  }

  /** The page works without them, such as when the database is busy. */
  const amountsOf = (memberId: number): Promise<Amounts | undefined> =>
    howMuch(pool, memberId, days).catch((error: unknown) => {
      deps.log.warn(`A page shows no numbers: ${explain(error).message}`)
      return undefined
    })

  return async (req, res, token) => {
    const key = await findKey()
    const memberId = key && readPreferences(key, token)
    if (memberId === undefined) return sendPage(req, res, 404, notice('This link has ended', LINK_ENDED(pioneerUrl)))
    const gone = () => sendPage(req, res, 404, notice('Nothing to set', 'This membership is not registered any more.'))
    if (req.method !== 'POST') {
      const page = await show(memberId)
      return page ? sendPage(req, res, 200, page) : gone()
    }
    const form = await readForm(req)
    const isWhole = form && textOf(form, 'form') === 'preferences'
    const mistake = isWhole
      ? await save(memberId, form)
      : 'This was not the whole form. Nothing was changed: try again.'
    const page = await show(
      memberId,
      mistake === undefined
        ? html`<div><p class="done" role="status">Saved.</p></div>`
        : html`<div><p class="mistake" role="alert">${mistake}</p></div>`,
    )
    return page ? sendPage(req, res, mistake === undefined ? 200 : 400, page) : gone()
  }
}

async function readState(transaction: Transaction, memberId: number): Promise<State | undefined> {
  const { rows } = await transaction.query<Member & { pauseDay: string | null }>(Prisma.sql`
    SELECT *, to_char("pauseEmailsUntil" AT TIME ZONE "timeZone", 'YYYY-MM-DD') AS "pauseDay"
    FROM "Member" WHERE id = ${memberId}`)
  const [member] = rows
  if (!member) return undefined
  const all = await entitySettings(transaction, memberId)
  const isPaused = member.pauseEmailsUntil !== null && member.pauseEmailsUntil.getTime() > Date.now()
  return {
    member,
    pauseDay: (isPaused && member.pauseDay) || '',
    general: await generalSettings(transaction, memberId),
    entities: all.slice(-MOST_ENTITIES).toReversed(),
    hasMore: all.length > MOST_ENTITIES,
  }
}

/** Saves what differs: a default stays a default, and what the page did not show stays as it is. */
async function saveChanges(transaction: Transaction, state: State, form: FormData): Promise<void> {
  const { member, general, entities } = state
  await saveCalm(transaction, member.id, await readCalm(transaction, state, form))
  const receives = form.has('receiveEmails')
  if (receives !== member.receiveEmails) await setReceiveEmails(transaction, member.id, receives)
  const shown = new Set(form.getAll('shown'))
  const inApp = new Set(form.getAll('app'))
  const byEmail = new Set(form.getAll('email'))
  const changed = general
    .filter(({ kind }) => shown.has(kind))
    .map(({ kind, ...before }) => ({
      kind,
      before,
      now: { shouldNotify: inApp.has(kind), shouldNotifyByEmail: byEmail.has(kind) },
    }))
    .filter(
      ({ before, now }) =>
        before.shouldNotify !== now.shouldNotify || before.shouldNotifyByEmail !== now.shouldNotifyByEmail,
    )
  await saveGeneral(
    transaction,
    member.id,
    changed.map(({ kind, now }) => ({ kind, ...now })),
  )
  for (const { id, kind, entityId, status } of entities) {
    const wanted = textOf(form, `entity-${id}`)
    if (wanted === status) continue
    if (wanted === 'WATCH' || wanted === 'MUTE') {
      await setEntity(transaction, member.id, { kind, entityId, status: wanted })
    }
    if (wanted === 'DEFAULT') await removeEntity(transaction, member.id, kind, entityId)
  }
}

async function readCalm(transaction: Transaction, { member, pauseDay }: State, form: FormData): Promise<CalmChanges> {
  const zone = textOf(form, 'timeZone') || member.timeZone
  const day = textOf(form, 'pauseDay')
  return {
    emailFrequency: textOf(form, 'emailFrequency') as EmailFrequency,
    digestHour: Number(textOf(form, 'digestHour')),
    digestWeekday: Number(textOf(form, 'digestWeekday')),
    timeZone: zone,
    urgentImmediately: form.has('urgentImmediately'),
    // A pause that the app has set may end within the day.
    pauseEmailsUntil: day === pauseDay ? undefined : day ? await startOfDay(transaction, day, zone) : null,
  }
}

/** @throws CalmMistake when there is no such day or zone */
async function startOfDay(transaction: Transaction, day: string, zone: string): Promise<Date | null> {
  if (!isDay(day)) {
    throw new CalmMistake('The day has to be a date such as 2026-12-31.')
  }
  const { rows } = await transaction.query<{ start: Date }>(Prisma.sql`
    SELECT ${day}::date::timestamp AT TIME ZONE name AS start FROM pg_timezone_names WHERE name = ${zone}`)
  if (!rows[0]) throw new CalmMistake('There is no such time zone.')
  return rows[0].start
}

/** JavaScript reads a February 30 as a day in March. */
function isDay(text: string): boolean {
  const date = new Date(text)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

const checked = (on: boolean): Html => ({ markup: on ? ' checked' : '' })
const selected = (on: boolean): Html => ({ markup: on ? ' selected' : '' })

type Option = { value: string | number; label: string }

const select = (name: string, options: readonly Option[], current: string | number) => html`<select name="${name}">
  ${options.map(({ value, label }) => html`<option value="${value}"${selected(value === current)}>${label}</option>`)}
</select>`

const field = (label: string, input: Html) => html`<label class="field"><span>${label}</span>${input}</label>`

const toggle = (name: string, value: string, label: string, on: boolean) => html`<label class="switch">
  <input type="checkbox" name="${name}" value="${value}"${checked(on)}>${label}</label>`

const emails = ({ member }: State, pioneerUrl: string) => html`<section>
  <h2>Email</h2>
  <p>${
    member.email === null
      ? html`You have no confirmed address, so nothing is emailed.`
      : html`Emails for ${member.name} go to ${maskAddress(member.email)}.`
  } To change the address, sign in to <a href="${pioneerUrl}/#/settings">the app</a>.</p>
  ${toggle('receiveEmails', 'on', 'Send me emails', member.receiveEmails)}
</section>`

const FREQUENCIES: Record<EmailFrequency, string> = {
  IMMEDIATE: 'At once',
  HOURLY: 'In a digest each hour',
  DAILY: 'In a digest each day',
  WEEKLY: 'In a digest each week',
}
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const HOURS = Array.from({ length: 24 }, (_, hour) => ({ value: hour, label: `${String(hour).padStart(2, '0')}:00` }))

function calm({ member, pauseDay }: State): Html {
  const frequencies = Object.values(EmailFrequency).map((value) => ({ value, label: FREQUENCIES[value] }))
  const weekdays = WEEKDAYS.map((label, n) => ({ value: n + 1, label }))
  const zones = [...new Set(['UTC', member.timeZone, ...Intl.supportedValuesOf('timeZone')])]
  return html`<section>
    <h2>How often</h2>
    ${field('When emails come', select('emailFrequency', frequencies, member.emailFrequency))}
    ${field('Hour of daily and weekly digests', select('digestHour', HOURS, member.digestHour))}
    ${field('Day of weekly digests', select('digestWeekday', weekdays, member.digestWeekday))}
    ${field(
      'Time zone',
      select(
        'timeZone',
        zones.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })),
        member.timeZone,
      ),
    )}
    ${field('No emails before (empty: no pause)', html`<input type="date" name="pauseDay" value="${pauseDay}">`)}
    ${toggle('urgentImmediately', 'on', 'Mentions and elections come at once', member.urgentImmediately)}
  </section>`
}

function kinds({ general }: State, amounts: Amounts | undefined, days: number): Html {
  const groups = Map.groupBy(general, ({ kind }) => generalKinds[kind].group)
  return html`${[...groups].map(
    ([group, settings]) => html`<section>
      <h2>${group}</h2>
      ${settings.map(({ kind, shouldNotify, shouldNotifyByEmail }) => {
        const { label, description } = generalKinds[kind]
        return html`<fieldset class="kind" aria-describedby="about-${kind}">
          <legend>${label}</legend>
          <p id="about-${kind}">${description}</p>
          <input type="hidden" name="shown" value="${kind}">
          <div class="switches">
            ${toggle('app', kind, 'In the app', shouldNotify)}
            ${toggle('email', kind, 'By email', shouldNotifyByEmail)}
            ${amounts ? html`<span class="amount">${amounts[kind]} in ${days} days</span>` : ''}
          </div>
        </fieldset>`
      })}
    </section>`,
  )}`
}

const STATUSES = [
  { value: 'WATCH', label: 'Watched' },
  { value: 'MUTE', label: 'Muted' },
  { value: 'DEFAULT', label: 'Neither' },
]

const entities = ({ entities, hasMore }: State, nameOf: (setting: EntitySetting) => string) => html`<section>
  <h2>Watched and muted</h2>
  ${
    entities.length
      ? entities.map(
          (setting) => html`<label class="field row"><span>${nameOf(setting)}
            <span class="dim">${entityKinds[setting.kind].label}</span></span>
            ${select(`entity-${setting.id}`, STATUSES, setting.status)}</label>`,
        )
      : html`<p>You watch and mute nothing. The app has the buttons, on each thread, category and proposal.</p>`
  }
  ${hasMore ? html`<p>These are the newest ${MOST_ENTITIES}. The app has the others.</p>` : ''}
</section>`
