import { shorten, type TextLimit } from '../lib/text.ts'
import type { ComposedEmail } from '../outbox/email-types.ts'
import type { Letter } from './define.ts'
import { plain, SUBJECT, SUMMARY } from './plain.ts'

const NAME: TextLimit = { graphemes: 100, units: 100 }

/**
 * Compiles the templates, the first time: filling them takes microseconds.
 * @returns turns what an email says into the email
 * @throws Error when a template has a mistake
 */
export async function createComposer({ pioneerUrl }: { pioneerUrl: string }) {
  // Loaded late: the template compilers take longer to start than the rest of the process.
  const { loadTemplate } = await import('./template.ts')
  const fill = await loadTemplate()
  const settings = `${pioneerUrl}/#/settings`
  return (letter: Letter): ComposedEmail => {
    const headline = shorten(plain(letter.headline), SUBJECT)
    const summary = shorten(plain(letter.summary), SUMMARY)
    const reason = plain(letter.reason)
    const excerpt = letter.excerpt ? plain(letter.excerpt) : null
    const content = {
      ...letter,
      name: letter.name === null ? null : shorten(plain(letter.name), NAME),
      headline,
      summary,
      excerpt,
      reason,
      preview: excerpt ?? previewOf(headline, summary, reason),
      settings,
    }
    return { subject: headline, ...fill(content) }
  }
}

/** What a mailbox shows beside the subject: a summary that begins like it would say the same again. */
const previewOf = (headline: string, summary: string, reason: string) =>
  summary.startsWith(headline.slice(0, 40)) ? `You receive this because ${reason}.` : summary
