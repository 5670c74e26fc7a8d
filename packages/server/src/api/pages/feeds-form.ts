import { type Html, html } from '../../lib/html.ts'
import { FEEDS, type FeedName } from '../../members/feed-addresses.ts'

const TEXTS: Record<FeedName, { title: string; text: string; renew: string }> = {
  calendar: {
    title: 'Calendar',
    text: 'Elections, votes and openings that concern you, with the time at which they end.',
    renew: 'Renew the address of the calendar',
  },
  notifications: {
    title: 'Feed',
    text: 'Your notifications, for a feed reader (Atom).',
    renew: 'Renew the address of the feed',
  },
}

const RENEWALS: [string, FeedName][] = (Object.keys(FEEDS) as FeedName[]).map((feed) => [`renew ${feed}`, feed])
/** @param form the name of a form that was sent. @returns the feed whose address it renews */
export const renewedFeed = (form: string): FeedName | undefined => RENEWALS.find(([name]) => name === form)?.[1]

const HIDDEN = html`<div>
    <h2>Calendar and feed</h2>
    <p>This link is from before you signed out everywhere, or before your membership got another controller account. A newer
      email has one that shows the addresses of your calendar and feed.</p>
  </div>`

/**
 * The addresses of a member's calendar and feed, how to subscribe to them, and buttons that end them.
 * @param isShown whether whoever opened the page may see them
 */
export function feedAddresses(urls: Record<FeedName, string> | undefined, isShown: boolean): Html | '' {
  if (!urls) return ''
  if (!isShown) return HIDDEN
  const calendar = encodeURIComponent(urls.calendar)
  const webcal = urls.calendar.replace(/^https?:/, 'webcal:')
  const buttons = [
    { label: 'Google Calendar', url: `https://calendar.google.com/calendar/r?cid=${encodeURIComponent(webcal)}` },
    { label: 'Apple Calendar', url: webcal },
    {
      label: 'Outlook',
      url: `https://outlook.live.com/calendar/0/addfromweb?url=${calendar}&name=${encodeURIComponent('Joystream')}`,
    },
  ]
  const linksTo = (feed: FeedName) =>
    feed === 'calendar'
      ? html`<p class="buttons">Add it to
          ${buttons.map(({ label, url }) => html` <a class="button" rel="noreferrer" href="${url}">${label}</a>`)}</p>`
      : ''
  return html`<div>
    <h2>Calendar and feed</h2>
    <p>Add these addresses to your calendar or feed reader. They are secret: whoever has one can read what it shows. If one
      got out, renew it. The old one then stops working, and you have to add the new one.</p>
    ${(Object.keys(TEXTS) as FeedName[]).map(
      (feed) => html`<section>
        <h3>${TEXTS[feed].title}</h3>
        <label class="field"><span>${TEXTS[feed].text}</span>
          <input type="text" readonly value="${urls[feed]}" class="address"></label>
        ${linksTo(feed)}
        <form method="post" action="" class="plain"><input type="hidden" name="form" value="renew ${feed}">
          <input type="hidden" name="address" value="${urls[feed]}">
          <button>${TEXTS[feed].renew}</button></form>
      </section>`,
    )}
  </div>`
}
