import type { CalendarDeadline } from '../calendar/deadline.ts'
import { plain, SUBJECT, SUMMARY } from '../lib/plain.ts'
import { shorten, type TextLimit } from '../lib/text.ts'
import { isEmailKind, type LinkBase, linksOf, VERIFY_EMAIL_PATH } from '../members/email-links.ts'
import type { ComposedEmail, Draft, Personal, PersonalParts } from '../outbox/email-types.ts'
import { attachmentOf, noteOf } from './calendar.ts'
import type { EmailContext, Letter, LetterFact } from './define.ts'
import { headersOf, unsubscribing } from './headers.ts'

const NAME: TextLimit = { graphemes: 100, units: 100 }

type Compose = (letter: Letter, base?: LinkBase, deadlines?: readonly CalendarDeadline[]) => ComposedEmail

/**
 * Compiles the templates, the first time: filling them takes microseconds.
 * @returns turns what an email says into the email. Without a base of links, it has none to unsubscribe. Deadlines are
 * attached for calendars
 * @throws Error when a template has a mistake
 */
export async function createComposer(context: Pick<EmailContext, 'pioneerUrl' | 'emailSender'>): Promise<Compose> {
  const draft = await createDrafter(context)
  return (letter, base, deadlines) => draft(letter, base, deadlines).compose()
}

/** The same in two steps, for emails that are alike. */
export async function createDrafter({ pioneerUrl, emailSender }: Pick<EmailContext, 'pioneerUrl' | 'emailSender'>) {
  // Loaded late: the template compilers take longer to start than the rest of the process.
  const { loadTemplate, escapeHtml } = await import('./template.ts')
  const fill = await loadTemplate()
  const settings = `${pioneerUrl}/#/settings`

  function write({ letter, page, deadlines }: Content, { html, text }: PersonalParts): ComposedEmail {
    const headline = shorten(plain(letter.headline), SUBJECT)
    const summary = letter.summary ? shorten(plain(letter.summary), SUMMARY) : null
    const facts = factsOf(letter)
    const reason = plain(letter.reason)
    const excerpt = letter.excerpt ? plain(letter.excerpt) : null
    const content = {
      ...letter,
      headline,
      summary,
      facts,
      excerpt,
      reason,
      preview: previewOf(letter, { headline, summary, facts, excerpt, reason }),
      settings,
      page,
      sections: sectionsOf(letter),
      more: letter.more ?? null,
      calendar: noteOf(deadlines),
    }
    const headers = { ...headersOf(letter, emailSender), ...(text.unsubscribe && unsubscribing(text.unsubscribe)) }
    return {
      subject: subjectOf(letter, headline),
      headers,
      ...fill({ ...content, ...html }, { ...content, ...text }),
      ...(deadlines.length && { attachments: [attachmentOf(deadlines, pioneerUrl)] }),
    }
  }

  return (letter: Letter, base?: LinkBase, deadlines: readonly CalendarDeadline[] = []): Draft => {
    const page = base && letter.confirmation ? `${base.publicUrl}${VERIFY_EMAIL_PATH}${letter.confirmation}` : null
    const content = { letter, page, deadlines }
    let known: Personal | undefined
    const own = (): Personal => {
      known ??= {
        name: letter.name === null ? null : shorten(plain(letter.name), NAME),
        ...(linksFor(letter, base) ?? { unsubscribe: null, preferences: null }),
      }
      return known
    }
    return {
      likeness: JSON.stringify({ ...letter, memberId: null, name: letter.name !== null, page, deadlines }),
      compose() {
        const text = own()
        return write(content, { html: text, text })
      },
      composeShared: (placeholders) => write(content, placeholders),
      personal() {
        const text = own()
        const escaped = (value: string | null) => value && escapeHtml(value)
        const { name, unsubscribe, preferences } = text
        return {
          html: { name: escaped(name), unsubscribe: escaped(unsubscribe), preferences: escaped(preferences) },
          text,
        }
      },
    }
  }
}

/** What is the same for all who get it. `page`: where a confirmation is made without the app. */
type Content = { letter: Letter; page: string | null; deadlines: readonly CalendarDeadline[] }

/** An email about the account itself can have gone to somebody else: it leads to nobody's settings. */
const linksFor = ({ memberId, kind, thing }: Letter, base: LinkBase | undefined) =>
  base && isEmailKind(kind) ? linksOf(base, { memberId, kind, thing }) : undefined

/** Of each of fifty pieces of news: Gmail clips an email of more than 102 KB. */
const SHORT: TextLimit = { graphemes: 120, units: 120 }

/** Of a fact: what members wrote, such as a rationale, is longest. */
const VALUE: TextLimit = { graphemes: 300, units: 300 }

const factsOf = ({ facts = [] }: Letter): LetterFact[] =>
  facts.map(({ label, value }) => ({
    label: shorten(plain(label), SHORT),
    value: value.map(({ text, link }) => ({ text: shorten(plain(text), VALUE), link })),
  }))

const sectionsOf = ({ sections = [] }: Letter) =>
  sections.map(({ title, items }) => ({
    title: shorten(plain(title), SHORT),
    items: items.map(({ title, link, excerpt, reason }) => ({
      title: shorten(plain(title), SHORT),
      excerpt: excerpt ? shorten(plain(excerpt), SHORT) : null,
      reason: plain(reason),
      link,
    })),
  }))

/** Mail programs group equal subjects only, apart from "Re:". */
function subjectOf({ conversation }: Letter, headline: string): string {
  if (!conversation) return headline
  const { title, opens } = conversation

  const room = 'Re: '.length
  const subject = shorten(plain(title), { graphemes: SUBJECT.graphemes - room, units: SUBJECT.units - room })
  return opens ? subject : `Re: ${subject}`
}

type Parts = {
  headline: string
  summary: string | null
  facts: LetterFact[]
  excerpt: string | null
  reason: string
}

/** What a mailbox shows beside the subject. A summary that begins like the headline would say the same again. */
function previewOf({ conversation }: Letter, { headline, summary, facts, excerpt, reason }: Parts): string {
  const [first] = facts
  const told = first && `${first.label}: ${first.value.map(({ text }) => text).join(', ')}`
  const said = summary?.startsWith(headline.slice(0, 40)) ? null : summary
  const rest = excerpt ?? said ?? told ?? `You receive this because ${reason}.`
  return conversation ? `${shorten(plain(conversation.action), SUBJECT)}. ${rest}` : rest
}
