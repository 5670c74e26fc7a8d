import { inTransaction, single, type Transaction } from '../../db/client.ts'
import { type EmailFrequency, type Member, Prisma } from '../../generated/prisma/client.ts'
import { howMuch } from '../../inbox/how-much.ts'
import { isDay } from '../../lib/day.ts'
import { explain } from '../../lib/explain.ts'
import { type Html, html } from '../../lib/html.ts'
import { type CalmChanges, CalmMistake, saveCalm } from '../../members/calm.ts'
import { readPreferences } from '../../members/email-links.ts'
import {
  type EntitySetting,
  entitySettings,
  generalSettings,
  removeEntity,
  saveGeneral,
  setEntity,
  setReceiveEmails,
} from '../../members/settings.ts'
import type { PageDeps, PageHandler } from './deps.ts'
import { readForm, textOf } from './form.ts'
import { namesFor } from './names.ts'
import { linkEnded, notice, type Page, sendPage } from './page.ts'
import { type Amounts, type Preferences, preferencesForm } from './preferences-form.ts'

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
      ${preferencesForm(state, { nameOf, amounts, days, pioneerUrl })}`,
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
    if (memberId === undefined) return sendPage(req, res, 404, linkEnded(pioneerUrl))
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

async function readState(transaction: Transaction, memberId: number): Promise<Preferences | undefined> {
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
async function saveChanges(transaction: Transaction, state: Preferences, form: FormData): Promise<void> {
  const { member, general, entities } = state
  await saveCalm(transaction, member.id, await readCalm(transaction, state, form))
  const receives = form.has('receiveEmails')
  if (receives !== member.receiveEmails) await setReceiveEmails(transaction, member.id, receives)
  const shown = new Set(form.getAll('shown'))
  const inApp = new Set(form.getAll('app'))
  const byEmail = new Set(form.getAll('email'))
  const changes = general.flatMap(({ kind, shouldNotify, shouldNotifyByEmail }) => {
    const now = { kind, inApp: inApp.has(kind), byEmail: byEmail.has(kind) }
    const differs = now.inApp !== shouldNotify || now.byEmail !== shouldNotifyByEmail
    return shown.has(kind) && differs ? now : []
  })
  await saveGeneral(transaction, member.id, changes)
  for (const { id, kind, entityId, status } of entities) {
    const wanted = textOf(form, `entity-${id}`)
    if (wanted === status) continue
    if (wanted === 'WATCH' || wanted === 'MUTE') {
      await setEntity(transaction, member.id, { kind, entityId, status: wanted })
    }
    if (wanted === 'DEFAULT') await removeEntity(transaction, member.id, kind, entityId)
  }
}

async function readCalm(
  transaction: Transaction,
  { member, pauseDay }: Preferences,
  form: FormData,
): Promise<CalmChanges> {
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
