import { inTransaction, single } from '../../db/client.ts'
import { labelOf } from '../../events/kinds.ts'
import { pathOf, type Thing } from '../../events/thing.ts'
import { type Html, html } from '../../lib/html.ts'
import { type EmailAbout, type ReadLink, readUnsubscribe } from '../../members/email-links.ts'
import {
  isStopped,
  resumeEmails,
  STOPS,
  type Stop,
  stateOf,
  stopEmails,
  stopsOf,
  usualStop,
} from '../../members/unsubscribe.ts'
import type { PageDeps, PageHandler } from './deps.ts'
import { readForm, textOf } from './form.ts'
import { nameOf } from './names.ts'
import { linkEnded, notice, type Page, sendPage } from './page.ts'
import { preferencesLink } from './preferences-link.ts'

const MAX_STATE_LENGTH = 10

/**
 * Unsubscribes by one click in a mail program (RFC 8058) or by a button. Only a POST changes anything: programs that
 * look for threats open every link.
 */
export function createUnsubscribe(deps: PageDeps): PageHandler {
  const { pool, findKey, pioneerUrl } = deps

  async function choices(about: ReadLink, message: Html | string = ''): Promise<Page> {
    const statements = single(pool)
    const stops = await Promise.all(
      stopsOf(about).map(async (stop) => {
        const state = await stateOf(statements, about, stop)
        return { stop, state, isDone: isStopped(about, stop, state) }
      }),
    )
    const open = stops.filter(({ isDone }) => !isDone)
    const title = about.thing && (await nameOf(deps, about.thing))
    return {
      title: 'Unsubscribe',
      content: html`${message}<form method="post" action="">
        ${open.map(({ stop, state }) => html`<input type="hidden" name="state-${stop}" value="${state}">`)}
        <section>
          <p>${cameFor(about, title, pioneerUrl)}${open.length ? ' What should stop?' : ''}</p>
          ${stops.map(({ stop, isDone }) => (isDone ? wayBack(about, stop) : choice(about, stop, stop === usualStop(about))))}
        </section>
      </form>
      ${await elsewhere(deps, about)}`,
    }
  }

  async function stopped(about: ReadLink, stop: Stop, state: string): Promise<Page> {
    return {
      title: 'You are unsubscribed',
      content: html`<div>
        <p class="done" role="status">${DONE[stop](about)}</p>
        <form method="post" action="" class="plain">
          <input type="hidden" name="state" value="${state}">
          <button name="undo" value="${stop}">Undo</button>
        </form>
      </div>
      ${await elsewhere(deps, about)}`,
    }
  }

  async function resumed(about: ReadLink, stop: Stop, allOff: boolean): Promise<Page> {
    const rest = allOff
      ? 'You still receive no emails, because all of them are off.'
      : 'What was not emailed meanwhile is in the app.'
    return {
      title: 'Subscribed again',
      content: html`<div><p class="done" role="status">${RESUMED[stop](about)} ${rest}</p></div>
      ${await elsewhere(deps, about)}`,
    }
  }

  async function change(about: ReadLink, form: FormData): Promise<{ status: number; page: Page }> {
    const isOneClick = textOf(form, 'List-Unsubscribe').trim() === 'One-Click'
    const stop = isOneClick ? usualStop(about) : stopIn(textOf(form, 'stop'), about)
    const undo = stopIn(textOf(form, 'undo'), about)
    if (stop) {
      // A reload sends the same form again: the state before the first time counts.
      const before = shortOf(textOf(form, `state-${stop}`))
      const done = await inTransaction(pool, async (transaction) => {
        const state = before || (await stateOf(transaction, about, stop))
        return (await stopEmails(transaction, about, stop)) ? state : undefined
      })
      return done === undefined ? GONE : { status: 200, page: await stopped(about, stop, done) }
    }
    if (undo) {
      const state = shortOf(textOf(form, 'state'))
      const done = await inTransaction(pool, async (transaction) => {
        if (!(await resumeEmails(transaction, about, undo, state))) return undefined
        return { allOff: isStopped(about, 'all', await stateOf(transaction, about, 'all')) }
      })
      return done ? { status: 200, page: await resumed(about, undo, done.allOff) } : GONE
    }
    return { status: 400, page: await choices(about, NOTHING_CHANGED) }
  }

  return async (req, res, token) => {
    const key = await findKey()
    const about = key && readUnsubscribe(key, token)
    if (!about) return sendPage(req, res, 404, linkEnded(pioneerUrl))
    if (req.method !== 'POST') return sendPage(req, res, 200, await choices(about))
    const { status, page } = await change(about, (await readForm(req, res)) ?? new FormData())
    sendPage(req, res, status, page)
  }
}

const stopIn = (text: string, about: EmailAbout): Stop | undefined =>
  STOPS.find((stop) => stop === text && stopsOf(about).includes(stop))

const shortOf = (state: string) => state.slice(0, MAX_STATE_LENGTH)

const GONE = {
  status: 404,
  page: notice('Nothing to change', 'This membership is not registered any more, and gets no emails.'),
}

const NOTHING_CHANGED = html`<div><p class="mistake" role="alert">Nothing was changed: press one of these buttons.</p></div>`

const nounOf = (thing: Thing | undefined) => thing?.type ?? 'subject'

function cameFor({ kind, thing }: EmailAbout, title: string | undefined, pioneerUrl: string): Html {
  if (kind === 'digest') return html`The email was a digest.`
  const about =
    thing &&
    html` It was about <a href="${pioneerUrl}${pathOf(thing)}">${title === undefined ? `a ${thing.type}` : html`<bdi>${title}</bdi>`}</a>.`
  return html`The email was of the kind “${labelOf(kind)}”.${about ?? ''}`
}

/** `isUsual`: what a mail program's own button does. */
const choice = (about: EmailAbout, stop: Stop, isUsual: boolean) => html`<div class="choice">
  <button name="stop" value="${stop}" aria-describedby="about-${stop}" class="${isUsual ? 'main' : ''}">${BUTTONS[stop](about)}</button>
  <span class="dim" id="about-${stop}">${EXPLAINED[stop](about)}</span>
</div>`

/** Of what is stopped already, by a mail program for example. */
const wayBack = (about: EmailAbout, stop: Stop) => html`<div class="choice">
  <p class="done" id="about-${stop}">${DONE[stop](about)}</p>
  <button name="undo" value="${stop}" aria-describedby="about-${stop}">${BACK[stop](about)}</button>
</div>`

const BUTTONS: Record<Stop, (about: EmailAbout) => string> = {
  thing: ({ thing }) => `Mute this ${nounOf(thing)}`,
  kind: () => 'No more emails of this kind',
  all: () => 'No more emails at all',
}

const EXPLAINED: Record<Stop, (about: EmailAbout) => string> = {
  thing: ({ thing }) =>
    `You hear nothing more of this ${nounOf(thing)}, in the app or by email, even if you are mentioned.`,
  kind: ({ kind }) => `“${kind === 'digest' ? '' : labelOf(kind)}” stays in the app, and is not emailed any more.`,
  all: () => 'Everything stays in the app, and nothing is emailed any more.',
}

const DONE: Record<Stop, (about: EmailAbout) => string> = {
  thing: ({ thing }) => `This ${nounOf(thing)} is muted: you hear nothing more of it.`,
  kind: ({ kind }) => `“${kind === 'digest' ? '' : labelOf(kind)}” is not emailed any more.`,
  all: () => 'Nothing is emailed any more.',
}

const BACK: Record<Stop, (about: EmailAbout) => string> = {
  thing: ({ thing }) => `Unmute this ${nounOf(thing)}`,
  kind: () => 'Send emails of this kind again',
  all: () => 'Send me emails again',
}

const RESUMED: Record<Stop, (about: EmailAbout) => string> = {
  thing: ({ thing }) => `This ${nounOf(thing)} is not muted any more.`,
  kind: () => 'Emails of this kind are on again.',
  all: () => 'You receive emails again.',
}

const elsewhere = async (deps: PageDeps, link: ReadLink) =>
  html`<div><p>Or <a href="${await preferencesLink(deps, link)}">choose what you hear about</a>, and what comes by
  email.</p></div>`
