import { inTransaction, single, type Transaction } from '../../db/client.ts'
import { type EmailFrequency, type Member, Prisma } from '../../generated/prisma/client.ts'
import { howMuch } from '../../inbox/how-much.ts'
import { explain } from '../../lib/explain.ts'
import { type Html, html } from '../../lib/html.ts'
import { withTimeout } from '../../lib/wait.ts'
import { type CalmChanges, CalmMistake, readZones, saveCalm, startOfDay } from '../../members/calm.ts'
import { confirmAgain, stoppedAddress } from '../../members/confirmation.ts'
import { readPreferences } from '../../members/email-links.ts'
import { type FeedName, readFeedUrls, renewFeed, showsFeeds } from '../../members/feed-addresses.ts'
import {
  type EntitySetting,
  entitySettings,
  generalSettings,
  removeEntity,
  saveGeneral,
  setEntity,
  setReceiveEmails,
} from '../../members/settings.ts'
import { unwatchAccount, watchedAccounts } from '../../members/watched-accounts.ts'
import type { PageDeps, PageHandler } from './deps.ts'
import { feedAddresses, renewedFeed } from './feeds-form.ts'
import { readForm, textOf } from './form.ts'
import { namesFor } from './names.ts'
import { linkEnded, notice, type Page, sendPage } from './page.ts'
import { type Amounts, changesIn, type Preferences, preferencesForm, stoppedEmails } from './preferences-form.ts'

/** For which it says how much a kind would bring. */
const DAYS = 30
/** A page waits no longer for the numbers. */
const PATIENCE_MS = 5_000
const LATE = Symbol('late')
/** What a page shows of what a member watches and mutes. */
const MOST_ENTITIES = 200

/** A member's settings, for whoever has the link: it shows no email address, and cannot change it. */
export function createPreferences(deps: PageDeps): PageHandler {
  const { pool, findKey, pioneerUrl } = deps
  const days = Math.min(DAYS, deps.whyDays)
  let zones: Promise<string[]> | undefined

  async function save(memberId: number, form: FormData): Promise<string | undefined> {
    try {
      await inTransaction(pool, async (transaction) => {
        const state = await readState(transaction, memberId, 'locked')
        if (state) await saveChanges(transaction, state, form)
      })
      return undefined
    } catch (error) {
      if (error instanceof CalmMistake) return `Nothing was saved. ${error.message}`
      throw error
    }
  }

  async function askAgain(memberId: number): Promise<Html> {
    const confirmation = await inTransaction(pool, (transaction) => confirmAgain(transaction, memberId))
    if (confirmation !== undefined) deps.sendPromptly?.(confirmation)
    const text =
      confirmation === undefined
        ? 'There is nothing to confirm.'
        : 'An email with a link is on its way. If one was sent within the last day, the next one waits until a day after it.'
    return html`<div><p class="done" role="status">${text}</p></div>`
  }

  async function show(link: Opened, message: Html | string = '', entered?: FormData): Promise<Page | undefined> {
    const { memberId } = link
    const state = await readState(single(pool), memberId)
    if (!state) return undefined
    const idsOf = (prefix: string) =>
      state.entities.flatMap(({ kind, entityId }) => (kind.startsWith(prefix) ? entityId : []))
    // PostgreSQL reads hundreds of files for them.
    zones ??= readZones(single(pool)).catch((error: unknown) => {
      zones = undefined
      throw error
    })
    const [names, amounts, knownZones, urls, isShown] = await Promise.all([
      namesFor(deps, {
        threads: idsOf('FORUM_THREAD'),
        categories: idsOf('FORUM_CATEGORY'),
        proposals: idsOf('PROPOSAL'),
      }),
      amountsOf(memberId),
      zones,
      readFeedUrls(pool, memberId),
      showsFeeds(pool, link),
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
      ${stoppedEmails(state)}
      ${preferencesForm(state, { nameOf, amounts, days, pioneerUrl, zones: knownZones, entered })}
      ${feedAddresses(urls, isShown)}`,
    }
  }

  /** The page works without them, such as when the database is busy. */
  const amountsOf = (memberId: number): Promise<Amounts | undefined> => {
    const none = (why: string) => {
      deps.log.warn(`A page shows no numbers: ${why}`)
      return undefined
    }
    const counted: Promise<Amounts | undefined | typeof LATE> = howMuch(pool, memberId, days).catch((error: unknown) =>
      none(explain(error).message),
    )
    return withTimeout(counted, PATIENCE_MS, LATE).then((amounts) =>
      amounts === LATE ? none('others are being counted before') : amounts,
    )
  }

  /** A page that is sent again, as by a reload, does not end the address that it has just shown. */
  async function renew(link: Opened, feed: FeedName, shown: string): Promise<Html | ''> {
    // The page says why.
    if (!(await showsFeeds(pool, link))) return ''
    const urls = await readFeedUrls(pool, link.memberId)
    if (urls?.[feed] === shown) await renewFeed(pool, link.memberId, feed)
    return html`<div><p class="done" role="status">The old address has ended.</p></div>`
  }

  return async (req, res, token) => {
    const key = await findKey()
    const link = key && readPreferences(key, token)
    if (!link) return sendPage(req, res, 404, linkEnded(pioneerUrl))
    const { memberId } = link
    const gone = () => sendPage(req, res, 404, notice('Nothing to set', 'This membership is not registered any more.'))
    if (req.method !== 'POST') {
      const page = await show(link)
      return page ? sendPage(req, res, 200, page) : gone()
    }
    const form = await readForm(req, res)
    if (form && textOf(form, 'form') === 'confirm again') {
      const page = await show(link, await askAgain(memberId))
      return page ? sendPage(req, res, 200, page) : gone()
    }
    const renews = form && renewedFeed(textOf(form, 'form'))
    if (renews) {
      const page = await show(link, await renew(link, renews, textOf(form, 'address')))
      return page ? sendPage(req, res, 200, page) : gone()
    }
    const isWhole = form && textOf(form, 'form') === 'preferences'
    const mistake = isWhole
      ? await save(memberId, form)
      : 'Nothing was saved, because this was not the whole form: try again.'
    const page =
      mistake === undefined
        ? await show(link, html`<div><p class="done" role="status">Saved.</p></div>`)
        : await show(link, html`<div><p class="mistake" role="alert">${mistake}</p></div>`, isWhole ? form : undefined)
    return page ? sendPage(req, res, mistake === undefined ? 200 : 400, page) : gone()
  }
}

type Opened = { memberId: number; issuedAtMs: number }

/** @param lock until the transaction ends: forms of one member that are sent at once are saved one after the other */
async function readState(
  transaction: Transaction,
  memberId: number,
  lock?: 'locked',
): Promise<Preferences | undefined> {
  const { rows } = await transaction.query<Member & { pauseDay: string | null }>(Prisma.sql`
    SELECT *, to_char("pauseEmailsUntil" AT TIME ZONE "timeZone", 'YYYY-MM-DD') AS "pauseDay"
    FROM "Member" WHERE id = ${memberId} ${lock ? Prisma.sql`FOR NO KEY UPDATE` : Prisma.empty}`)
  const [member] = rows
  if (!member) return undefined
  const all = await entitySettings(transaction, memberId)
  const isPaused = member.pauseEmailsUntil !== null && member.pauseEmailsUntil.getTime() > Date.now()
  return {
    member,
    stopped: await stoppedAddress(transaction, member),
    pauseDay: (isPaused && member.pauseDay) || '',
    general: await generalSettings(transaction, memberId),
    entities: lock ? all : all.slice(-MOST_ENTITIES).toReversed(),
    hasMore: all.length > MOST_ENTITIES,
    accounts: await watchedAccounts(transaction, memberId),
  }
}

/**
 * Saves what the member changed on the page: a default stays a default, and what changed elsewhere since the page was
 * made stays as it is.
 */
async function saveChanges(transaction: Transaction, state: Preferences, form: FormData): Promise<void> {
  const { member, general, entities, accounts } = state
  const { box, text } = changesIn(form)
  await saveCalm(transaction, member.id, await readCalm(transaction, member, form))
  const receives = box('receiveEmails', 'on')
  if (receives !== undefined) await setReceiveEmails(transaction, member.id, receives)
  const shown = new Set(form.getAll('shown'))
  const changes = general.flatMap(({ kind, shouldNotify, shouldNotifyByEmail }) => {
    const [inApp, byEmail] = [box('app', kind), box('email', kind)]
    if (!shown.has(kind) || (inApp === undefined && byEmail === undefined)) return []
    return { kind, inApp: inApp ?? shouldNotify, byEmail: byEmail ?? shouldNotifyByEmail }
  })
  await saveGeneral(transaction, member.id, changes)
  for (const { id, kind, entityId } of entities) {
    const wanted = text(`entity-${id}`)
    if (wanted === 'WATCH' || wanted === 'MUTE') {
      await setEntity(transaction, member.id, { kind, entityId, status: wanted })
    }
    if (wanted === 'DEFAULT') await removeEntity(transaction, member.id, kind, entityId)
  }
  for (const { id, account } of accounts) {
    if (box('account', String(id)) === false) await unwatchAccount(transaction, member.id, account)
  }
}

async function readCalm(transaction: Transaction, member: Member, form: FormData): Promise<CalmChanges> {
  const { box, text } = changesIn(form)
  const [frequency, hour, weekday, zone] = ['emailFrequency', 'digestHour', 'digestWeekday', 'timeZone'].map(text)
  const day = text('pauseDay')
  return {
    emailFrequency: frequency as EmailFrequency | undefined,
    digestHour: numberIn(hour),
    digestWeekday: numberIn(weekday),
    timeZone: zone,
    urgentImmediately: box('urgentImmediately', 'on'),
    // A pause that the app has set may end within the day.
    pauseEmailsUntil: day ? await startOfDay(transaction, day, zone ?? member.timeZone) : day === '' ? null : undefined,
  }
}

/** An empty text is no number. */
const numberIn = (text: string | undefined) => (text === undefined ? undefined : Number(text || Number.NaN))
