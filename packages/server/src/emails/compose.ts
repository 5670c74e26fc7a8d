import type { ComposedEmail } from '../outbox/email-types.ts'
import type { Letter } from './define.ts'

/** For a subject: a mail client shows less, and a thread's title can be of any length. */
const MAX_SUBJECT_CHARACTERS = 150

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
    const content = {
      ...letter,
      name: letter.name === null ? null : oneLine(letter.name),
      headline: shorten(oneLine(letter.headline)),
      summary: oneLine(letter.summary),
      excerpt: letter.excerpt ? oneLine(letter.excerpt) : null,
      settings,
    }
    return { subject: content.headline, ...fill(content) }
  }
}

/** Line breaks could begin another header, control characters confuse, direction overrides turn the rest of a line. */
const oneLine = (text: string) =>
  text
    .toWellFormed()
    .replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()

function shorten(line: string): string {
  const characters = [...line]
  return characters.length <= MAX_SUBJECT_CHARACTERS
    ? line
    : `${characters.slice(0, MAX_SUBJECT_CHARACTERS - 1).join('')}…`
}
