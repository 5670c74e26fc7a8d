import { entityKinds, generalSwitches, type SwitchName } from '../../events/kinds.ts'
import { EmailFrequency, type Member } from '../../generated/prisma/client.ts'
import { type Html, html } from '../../lib/html.ts'
import type { EntitySetting, GeneralSetting } from '../../members/settings.ts'
import type { WatchedAccount } from '../../members/watched-accounts.ts'
import { type Suppression, suppressionReasons } from '../../outbox/suppression.ts'
import { textOf } from './form.ts'
import { maskAddress } from './mask.ts'

export type Preferences = {
  member: Member
  /** Set while nothing is emailed to their address. */
  stopped: (Suppression & { address: string }) | undefined
  /** The day on which the member's pause ends, in their time zone; empty: there is none. */
  pauseDay: string
  general: GeneralSetting[]
  /** The newest ones. */
  entities: EntitySetting[]
  hasMore: boolean
  accounts: WatchedAccount[]
}

/** By kind, how much it would bring. */
export type Amounts = Record<SwitchName, number>

type Shown = {
  nameOf: (setting: EntitySetting) => string
  amounts: Amounts | undefined
  /** For which `amounts` count. */
  days: number
  pioneerUrl: string
  /** To choose from. */
  zones: readonly string[]
  /** What the member entered and could not be saved. */
  entered?: FormData | undefined
}

/** Why nothing is emailed, and a button that ends this. */
export const stoppedEmails = ({ stopped }: Preferences): Html | '' =>
  stopped
    ? html`<div>
        <h2>Emails to you have stopped</h2>
        <p>Nothing has been emailed to ${maskAddress(stopped.address)} since ${stopped.since.toISOString().slice(0, 10)}, because
          ${suppressionReasons[stopped.reason]}. To receive emails there again, confirm the address: follow the link in the
          email that this button sends. If the address is wrong, change it in the app.</p>
        <form method="post" action="" class="plain">
          <input type="hidden" name="form" value="confirm again"><button class="main">Confirm the address again</button>
        </form>
      </div>`
    : ''

/**
 * A member's settings as one form. It shows no address, and has no field for one. Beside each input it says what is
 * saved, so that what the member did not touch stays as it is by then.
 */
export function preferencesForm(preferences: Preferences, shown: Shown): Html {
  const inputs = createInputs(shown.entered)
  return html`
  <form method="post" action="">
    ${emails(preferences, inputs, shown)}
    ${calm(preferences, inputs, shown)}
    ${kinds(preferences, inputs, shown)}
    ${entities(preferences, inputs, shown)}
    ${accounts(preferences, inputs, shown)}
    <input type="hidden" name="form" value="preferences">
    <section class="save"><button class="main">Save</button></section>
  </form>`
}

const checked = (on: boolean): Html => ({ markup: on ? ' checked' : '' })
const selected = (on: boolean): Html => ({ markup: on ? ' selected' : '' })

type Option = { value: string | number; label: string }
type Inputs = ReturnType<typeof createInputs>

/** Inputs for what is saved. They show what was entered, where that makes sense. */
function createInputs(entered: FormData | undefined) {
  const saved = (name: string, value: string | number) =>
    html`<input type="hidden" name="${SAVED}" value="${name}=${value}">`
  return {
    toggle(name: string, value: string, label: Html | string, on: boolean): Html {
      const isOn = entered ? entered.getAll(name).includes(value) : on
      return html`${on ? saved(name, value) : ''}<label class="switch">
        <input type="checkbox" name="${name}" value="${value}"${checked(isOn)}>${label}</label>`
    },
    select(name: string, options: readonly Option[], current: string | number): Html {
      const wanted = entered && textOf(entered, name)
      const shown = options.find(({ value }) => String(value) === wanted)?.value ?? current
      return html`<select name="${name}">
        ${options.map(({ value, label }) => html`<option value="${value}"${selected(value === shown)}>${label}</option>`)}
      </select>${saved(name, current)}`
    },
    day(name: string, current: string): Html {
      const shown = entered ? textOf(entered, name).slice(0, LONGEST_DAY) : current
      return html`<input type="date" name="${name}" value="${shown}">${saved(name, current)}`
    },
  }
}

/** The name of the hidden fields with what was saved when the page was made. */
const SAVED = 'saved'
const LONGEST_DAY = '2026-12-31'.length

/** What a member changed in a form, by what its page had shown. */
export function changesIn(form: FormData) {
  const saved = form.getAll(SAVED).map(String)
  const before = new Set(saved)
  return {
    /** Whether a box of a name was switched on or off. Undefined: it is as it was. */
    box(name: string, value: string): boolean | undefined {
      const on = form.getAll(name).includes(value)
      return on === before.has(`${name}=${value}`) ? undefined : on
    },
    /** Another choice or text. Undefined: it is as it was, or was not there. */
    text(name: string): string | undefined {
      const now = textOf(form, name)
      return !form.has(name) || before.has(`${name}=${now}`) ? undefined : now
    },
  }
}

const field = (label: string, input: Html) => html`<label class="field"><span>${label}</span>${input}</label>`

const emails = ({ member }: Preferences, { toggle }: Inputs, { pioneerUrl }: Shown) => html`<section>
  <h2>Email</h2>
  <p>${
    member.email === null
      ? html`You have no confirmed address, so nothing is emailed.`
      : html`Emails for <bdi>${member.name}</bdi> go to ${maskAddress(member.email)}.`
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

function calm({ member, pauseDay }: Preferences, { toggle, select, day }: Inputs, { zones }: Shown): Html {
  const frequencies = Object.values(EmailFrequency).map((value) => ({ value, label: FREQUENCIES[value] }))
  const weekdays = WEEKDAYS.map((label, n) => ({ value: n + 1, label }))
  return html`<section>
    <h2>How often</h2>
    ${field('When emails come', select('emailFrequency', frequencies, member.emailFrequency))}
    ${field('Hour of daily and weekly digests', select('digestHour', HOURS, member.digestHour))}
    ${field('Day of weekly digests', select('digestWeekday', weekdays, member.digestWeekday))}
    ${field(
      'Time zone',
      select(
        'timeZone',
        [...new Set(['UTC', member.timeZone, ...zones])].map((zone) => ({
          value: zone,
          label: zone.replaceAll('_', ' '),
        })),
        member.timeZone,
      ),
    )}
    ${field('No emails before (empty: no pause)', day('pauseDay', pauseDay))}
    ${toggle('urgentImmediately', 'on', 'Mentions and elections come at once', member.urgentImmediately)}
  </section>`
}

function kinds({ general }: Preferences, { toggle }: Inputs, { amounts, days }: Shown): Html {
  const groups = Map.groupBy(general, ({ kind }) => generalSwitches[kind].group)
  return html`${[...groups].map(
    ([group, settings]) => html`<section>
      <h2>${group}</h2>
      ${settings.map(({ kind, shouldNotify, shouldNotifyByEmail }) => {
        const { label, description } = generalSwitches[kind]
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

const entities = ({ entities, hasMore }: Preferences, { select }: Inputs, { nameOf }: Shown) => html`<section>
  <h2>Watched and muted</h2>
  ${
    entities.length
      ? entities.map(
          (setting) => html`<label class="field row"><span><bdi>${nameOf(setting)}</bdi>
            <span class="dim">${entityKinds[setting.kind].label}</span></span>
            ${select(`entity-${setting.id}`, STATUSES, setting.status)}</label>`,
        )
      : html`<p>You watch and mute nothing. The app has the buttons, on each thread, category and proposal.</p>`
  }
  ${hasMore ? html`<p>These are the newest ${entities.length}. The app has the others.</p>` : ''}
</section>`

/** A box that is no longer ticked removes its account. */
const accounts = ({ accounts }: Preferences, { toggle }: Inputs, { pioneerUrl }: Shown) => html`<section>
  <h2>Accounts</h2>
  <p>Votes of these accounts count as yours, like those of your membership's own: once one of them has voted for the council,
    you are reminded to reveal, and no longer to vote. Nobody else sees this list. To add one, open the settings of
    <a href="${pioneerUrl}/#/settings">the app</a>. To remove one, untick it.</p>
  ${accounts.map(({ id, label, address }) =>
    toggle(
      'account',
      String(id),
      html`<span><bdi>${label}</bdi> <span class="dim">${shortAddress(address)}</span></span>`,
      true,
    ),
  )}
</section>`

/** For those who know it: who gets a forwarded email does not learn it. */
const shortAddress = (address: string) => `${address.slice(0, SHOWN)}…${address.slice(-SHOWN)}`
const SHOWN = 5
