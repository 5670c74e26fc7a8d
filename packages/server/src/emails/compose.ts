import type { EventData } from '../events/define.ts'
import { type KindName, reasonOf } from '../events/kinds.ts'
import { eventOfType } from '../events/list.ts'

/** What one member is told: which event, why them, and what its words need. */
export type News = { memberName: string; type: string; kind: KindName; data: EventData }

/** The question whether a member reads emails to an address. */
export type Verification = { memberName: string; confirmationToken: string }

export type ComposedEmail = { subject: string; html: string; text: string }

/** @throws Error when no event has this type, or its words cannot be made of this data */
export type Compose = (message: News | Verification) => ComposedEmail

/** For a subject: a mail client shows less, and a thread's title can be of any length. */
const SUBJECT_LENGTH = 150

/**
 * Prepares what turns news into emails. Templates are compiled the first time: filling them takes microseconds.
 *
 * @param pioneerUrl the app's address, without a slash at its end
 */
export async function createComposer({ pioneerUrl }: { pioneerUrl: string }): Promise<Compose> {
  // Loaded late: the template compilers take longer to start than the rest of the process.
  const { loadTemplate } = await import('./template.ts')
  const fill = await loadTemplate()

  const settings = `${pioneerUrl}/#/settings`
  return (message) => {
    const content = 'kind' in message ? newsContent(message, pioneerUrl) : verificationContent(message, settings)
    return { subject: content.headline, ...fill({ ...content, name: oneLine(message.memberName), settings }) }
  }
}

function newsContent({ type, kind, data }: News, pioneerUrl: string) {
  const words = eventOfType(type).words(data, kind)
  return {
    headline: shorten(oneLine(words.title)),
    summary: oneLine(words.summary),
    excerpt: words.excerpt ? oneLine(words.excerpt) : null,
    action: words.action,
    link: pioneerUrl + words.path,
    reason: reasonOf(kind, words.group),
  }
}

function verificationContent({ confirmationToken }: Verification, settings: string) {
  return {
    headline: 'Confirm your email address',
    summary: 'Follow the link to have news of the Joystream DAO sent to this address. It is valid for seven days.',
    excerpt: null,
    action: 'Confirm this address',
    // Pioneer reads it from there and passes it on to the API.
    link: `${settings}?emailVerificationToken=${confirmationToken}`,
    reason: 'somebody, probably you, gave this address for their membership; if it was not you, ignore it',
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
  return characters.length <= SUBJECT_LENGTH ? line : `${characters.slice(0, SUBJECT_LENGTH - 1).join('')}…`
}
