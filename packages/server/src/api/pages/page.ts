import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'
import { type Html, html } from '../../lib/html.ts'

/** What a page says. Neither part may contain a token: browsers keep titles, and pages are saved and printed. */
export type Page = { title: string; content: Html }

/** Everything is in the page itself, so that no other request could carry its address. */
const STYLE = `
:root { color-scheme: light dark; --back: #f3f4f7; --card: #fff; --text: #2b2f38; --dim: #5a6070; --line: #8a90a0;
  --accent: #4038ff; --on-accent: #fff; --good: #0b6b3a; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --back: #14161b; --card: #1f2229; --text: #e6e8ec; --dim: #a7aebb;
  --line: #7b8292; --accent: #a29dff; --on-accent: #14161b; --good: #6fd3a0; --bad: #ff9d94 } }
* { box-sizing: border-box }
html { scroll-padding-bottom: 96px }
body { margin: 0; background: var(--back); color: var(--text); overflow-wrap: anywhere;
  font: 16px/1.55 -apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif }
header, main { max-width: 720px; margin: 0 auto; padding: 16px }
header { font-weight: 600; padding-bottom: 0 }
main > :not(h1), form > section { background: var(--card); border-radius: 12px; padding: 20px; margin: 0 0 16px }
main > form, form.plain { background: none; padding: 0 }
h1 { font-size: 26px; line-height: 1.25; margin: 16px 0 } h2 { font-size: 20px; line-height: 1.3; margin: 0 0 8px }
p { margin: 0 0 12px } p:last-child { margin: 0 }
a { color: var(--accent) }
.dim, .kind p { color: var(--dim) }
.done { color: var(--good); font-weight: 600 }
.mistake { color: var(--bad); font-weight: 600 }
button, select, input[type=number], input[type=date], input[type=text] { font: inherit; min-height: 44px;
  border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; background: var(--card); color: var(--text);
  max-width: 100% }
button { cursor: pointer; font-weight: 600 }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent) }
.choice { display: grid; gap: 4px; margin: 0 0 16px }
.choice button { width: 100%; text-align: left }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
fieldset { border: 0; padding: 12px 0; margin: 0; min-width: 0 } fieldset + fieldset { border-top: 1px solid var(--line) }
legend { font-weight: 600; padding: 0; float: left; width: 100% } legend + * { clear: both }
.switches { display: flex; flex-wrap: wrap; gap: 0 24px }
label.switch { display: inline-flex; align-items: center; gap: 10px; min-height: 44px; padding-right: 8px; cursor: pointer }
.amount { color: var(--dim); align-self: center }
label.field { display: block; margin: 0 0 12px } label.field > span { display: block; font-weight: 600 }
input[type=checkbox], input[type=radio] { width: 22px; height: 22px; margin: 0; flex: none; accent-color: var(--accent) }
.row, label.field.row { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; justify-content: space-between }
.row > :first-child { flex: 1 1 220px }
h3 { font-size: 17px; margin: 16px 0 4px }
.address { width: 100%; font-family: ui-monospace, monospace; font-size: 14px }
.buttons { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center }
a.button { display: inline-flex; align-items: center; min-height: 44px; padding: 0 14px; border: 1px solid var(--line);
  border-radius: 8px; color: var(--text); font-weight: 600; text-decoration: none }
form > .save { position: sticky; bottom: 0; border-radius: 12px 12px 0 0; margin: 0; padding: 12px 20px;
  box-shadow: 0 -2px 12px rgb(0 0 0 / 20%) }
`

const secure = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`],
      imgSrc: ['data:'],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  // The address of the page has a token.
  referrerPolicy: { policy: 'no-referrer' },
  // Only the proxy in front of us knows whether there is HTTPS.
  strictTransportSecurity: false,
})

/** Answers with a page that works without scripts and loads nothing. */
export function sendPage(req: IncomingMessage, res: ServerResponse, status: number, page: Page): void {
  secure(req, res, () => {
    res.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
    })
    res.end(layout(page).markup)
  })
}

const layout = ({ title, content }: Page) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Joystream notifications</title>
<link rel="icon" href="data:,">
<style>${{ markup: STYLE }}</style>
</head>
<body>
<header>Joystream notifications</header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`

/** A page that has one thing to say. */
export const notice = (title: string, text: Html | string): Page => ({
  title,
  content: html`<div><p>${text}</p></div>`,
})

/** Of a link that is valid for a year. */
export const linkEnded = (pioneerUrl: string): Page =>
  notice(
    'This link does not work',
    html`It is incomplete, or more than a year old. A newer email has a new one, and
      <a href="${pioneerUrl}/#/settings">the settings of the app</a> always work.`,
  )
