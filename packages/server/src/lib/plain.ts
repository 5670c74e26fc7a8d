import { LinkifyIt } from 'linkify-it'
import tlds from 'tlds' with { type: 'json' }
import { beginningOf, shorten, type TextLimit } from './text.ts'

/** A mail program shows less of a subject. */
export const SUBJECT: TextLimit = { graphemes: 150, units: 150 }
export const SUMMARY: TextLimit = { graphemes: 400, units: 400 }

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, fuzzyIP: true, urlAuth: true, tlds })

/** In UTF-16 code units: more than any part of an email shows, and little enough to be searched. */
const MAX_SEARCHED = 1_000

/** Member-written text as one line in which mail programs find no links and providers no placeholders. */
export const plain = (text: string): string =>
  withoutLinks(withoutPlaceholders(oneLine(beginningOf(text, MAX_SEARCHED))))

/** Line breaks could begin another header, control characters confuse, direction overrides turn the rest of a line. */
const oneLine = (text: string) =>
  text
    .toWellFormed()
    .replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()

/** `https://example.org` becomes `https[://]example[.]org`, which people can still read. */
function withoutLinks(line: string): string {
  if (!LIKE_A_LINK.test(line)) return line
  // Signs of a link that linkify-it recognises in some surroundings only.
  let defanged = line
    .replace(/(?<=\w):\/\/|(?<=\b(?:https?|ftp|mailto)):\/?|(?<=\bwww)\.|(?<=[^\s[])@(?=[^\s\]])/gi, '[$&]')
    .replace(/(?<=[\p{L}\p{N}])\.(?=([\p{L}\p{N}-]+))/gu, (dot, label) => (endsDomains(label) ? '[.]' : dot))
  for (let links = linkify.match(defanged); links; links = linkify.match(defanged)) {
    const before = defanged
    for (const { index, lastIndex } of links.reverse()) {
      const link = defanged.slice(index, lastIndex).replace(/[.:@]|\/\//g, '[$&]')
      defanged = defanged.slice(0, index) + link + defanged.slice(lastIndex)
    }
    if (defanged === before) throw new Error('A link cannot be defanged')
  }
  return defanged
}

const topLevelDomains = new Set(tlds)
const endsDomains = (label: string) => topLevelDomains.has(label.toLowerCase()) || label.startsWith('xn--')

/** Searching for links takes longer than the rest of an email, and most lines have none. */
const LIKE_A_LINK = /\.[^\s.\]]|[^\s[]@\S|\/\/|\b(?:https?|ftp|mailto):/i

/** Mailgun replaces `%recipient%` wherever it stands. A word joiner, which nobody sees, keeps it from doing so. */
const withoutPlaceholders = (line: string) => line.replace(/%(?=[\w.-]+%)/g, '%\u2060')

/**
 * A sentence that fits: what stands in it is cut, before the sentence itself is.
 * @param sentence with texts of up to so many UTF-16 code units in it
 */
export function fitting(limit: TextLimit, sentence: (length: number) => string): string {
  for (const length of LENGTHS) {
    const text = plain(sentence(length))
    if (shorten(text, limit) === text) return text
  }
  return shorten(plain(sentence(SHORTEST)), limit)
}

const SHORTEST = 40
const LENGTHS = [Number.POSITIVE_INFINITY, 120, 110, 100, 90, 80, 70, 60, 50, SHORTEST]
