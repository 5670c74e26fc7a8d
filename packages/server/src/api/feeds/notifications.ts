import type { Words } from '../../events/define.ts'
import { valueText } from '../../events/facts.ts'
import { isKind, reasonOf } from '../../events/kinds.ts'
import { type Entry, readInbox } from '../../inbox/read.ts'
import { wordsOf } from '../../inbox/words.ts'
import { html } from '../../lib/html.ts'
import { plain } from '../../lib/plain.ts'
import type { FeedDefinition } from './define.ts'

const MOST_ENTRIES = 50
/** Of a feed without entries. */
const NEVER = new Date(0)
/** What XML 1.0 has no way to write, besides control characters. */
const NOT_IN_XML = /[\ufffe\uffff]/g

/** The newest notifications in the app, as the inbox shows them, in Atom (RFC 4287). */
export const notificationsFeed: FeedDefinition = {
  name: 'notifications',
  contentType: 'application/atom+xml; charset=utf-8',
  maxAgeSeconds: 300,
  async compose(deps, reader) {
    const page = { limit: MOST_ENTRIES, withOutcome: false }
    // Whether they do is not known, and a feed is read seldom.
    const entries = await readInbox(deps, { ...reader, watchesAccounts: true }, { isArchived: false }, page)
    return atom(
      deps,
      reader.id,
      entries.flatMap((entry) => toldOf(entry, wordsOf(entry, deps)) ?? []),
    )
  },
}

type Told = { entry: Entry; words: Words; published: Date; updated: Date }

/** The replaced backend kept neither words nor times: its notifications are in the inbox alone. */
function toldOf(entry: Entry, words: Words | undefined): Told | undefined {
  const { createdAt: published, withdrawnAt } = entry
  if (!words || !published) return undefined
  // A reader takes the text away that it has stored only where the entry is newer.
  return { entry, words, published, updated: withdrawnAt && withdrawnAt > published ? withdrawnAt : published }
}

async function atom({ pioneerUrl }: { pioneerUrl: string }, memberId: number, told: readonly Told[]): Promise<string> {
  // Loaded late: most members never ask for a feed, and an idle API is kept small.
  const { Feed } = await import('feed')
  const tag = `tag:${new URL(pioneerUrl).hostname},2026:member/${memberId}`
  const feed = new Feed({
    id: tag,
    title: 'Joystream notifications',
    link: `${pioneerUrl}/#/`,
    generator: 'Joystream notifications',
    // Atom demands one.
    author: { name: 'Joystream' },
    updated: told.reduce((newest, { updated }) => (updated > newest ? updated : newest), NEVER),
  })
  for (const { entry, words, published, updated } of told) {
    feed.addItem({
      id: `${tag}/${entry.id}`,
      link: pioneerUrl + words.path,
      published,
      date: updated,
      // The library declares both to be HTML.
      title: html`${text(words.title)}`.markup,
      content: contentOf(entry, words),
    })
  }
  return feed.atom1()
}

/** Feed readers make links of addresses in texts, as mail programs do. */
const text = (written: string) => plain(written).replace(NOT_IN_XML, '')

function contentOf({ kind }: Entry, { summary, facts = () => [], excerpt, group }: Words): string {
  const listed = facts()
  return html`${summary ? html`<p>${text(summary)}</p>` : ''}
    ${listed.length ? html`<ul>${listed.map((fact) => html`<li>${fact.label}: ${text(valueText(fact))}</li>`)}</ul>` : ''}
    ${excerpt ? html`<blockquote>${text(excerpt)}</blockquote>` : ''}
    ${isKind(kind) ? html`<p>You receive this because ${text(reasonOf(kind, group))}.</p>` : ''}`.markup
}
