import { inTransaction, single } from '../../db/client.ts'
import { labelOf } from '../../events/kinds.ts'
import { pathOf, type Thing } from '../../events/thing.ts'
import { type Html, html } from '../../lib/html.ts'
import { type EmailAbout, readUnsubscribe } from '../../members/email-links.ts'
import { resumeEmails, STOPS, type Stop, stateOf, stopEmails, stopsOf, usualStop } from '../../members/unsubscribe.ts'
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

  async function choices(about: EmailAbout): Promise<Page> {
    const statements = single(pool)
    const stops = stopsOf(about)
    const states = await Promise.all(stops.map((stop) => stateOf(statements, about, stop)))
    const title = about.thing && (await nameOf(deps, about.thing))
    return {
      title: 'Unsubscribe',
      content: html`<form method="post" action="">
        ${stops.map((stop, n) => html`<input type="hidden" name="state-${stop}" value="${states[n] ?? ''}">`)}
        <section>
          <p>${cameFor(about, title, pioneerUrl)} What should stop?</p>
          ${stops.map((stop) => choice(about, stop, stop === usualStop(about)))}
        </section>
      </form>
      ${await elsewhere(deps, about)}`,
    }
  }

  async function stopped(about: EmailAbout, stop: Stop, state: string): Promise<Page> {
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

  async function change(about: EmailAbout, form: FormData): Promise<{ status: number; page: Page }> {
    const isOneClick = textOf(form, 'List-Unsubscribe') === 'One-Click'
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
      const done = await inTransaction(pool, (transaction) => resumeEmails(transaction, about, undo, state))
      if (!done) return GONE
      const text = 'It is as it was before. What was not emailed meanwhile is in the app.'
      const page = { title: 'Subscribed again', content: html`<div><p class="done" role="status">${text}</p></div>` }
      return { status: 200, page: { ...page, content: html`${page.content}${await elsewhere(deps, about)}` } }
    }
    return { status: 400, page: await choices(about) }
  }

  return async (req, res, token) => {
    const key = await findKey()
    const about = key && readUnsubscribe(key, token)
    if (!about) return sendPage(req, res, 404, linkEnded(pioneerUrl))
    if (req.method !== 'POST') return sendPage(req, res, 200, await choices(about))
    const form = await readForm(req)
    const { status, page } = form ? await change(about, form) : { status: 400, page: await choices(about) }
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

const nounOf = (thing: Thing | undefined) => thing?.type ?? 'subject'

function cameFor({ kind, thing }: EmailAbout, title: string | undefined, pioneerUrl: string): Html {
  if (kind === 'digest') return html`The email was a digest.`
  const about = thing && html` It was about <a href="${pioneerUrl}${pathOf(thing)}">${title ?? `a ${thing.type}`}</a>.`
  return html`The email was of the kind “${labelOf(kind)}”.${about ?? ''}`
}

/** `isUsual`: what a mail program's own button does. */
const choice = (about: EmailAbout, stop: Stop, isUsual: boolean) => html`<div class="choice">
  <button name="stop" value="${stop}" aria-describedby="about-${stop}" class="${isUsual ? 'main' : ''}">${BUTTONS[stop](about)}</button>
  <span class="dim" id="about-${stop}">${EXPLAINED[stop](about)}</span>
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

const elsewhere = async (deps: PageDeps, { memberId }: EmailAbout) =>
  html`<div><p>Or <a href="${await preferencesLink(deps, memberId)}">choose what you hear about</a>, and what comes by
  email.</p></div>`
