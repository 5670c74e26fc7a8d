import { type Html, html } from '../../src/lib/html.ts'

/** A page with a list of links at its side. */
export const page = (title: string, list: Html, content: Html) => html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/page.css">
  <script src="/page.js" defer></script>
</head>
<body>
  <nav><h1><a href="/">${title}</a></h1>${list}</nav>
  <main>${content}</main>
</body>
</html>
`

/**
 * Shows an email without scripts; its links open in new windows. `allow-same-origin` lets page.js measure the email. It
 * gives the email nothing, because only scripts could use it: `allow-scripts` must never be added.
 */
export const emailFrame = (source: string, name: string) =>
  html`<iframe class="${name}" title="${name}" src="${source}"
    sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>`
