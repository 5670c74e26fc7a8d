import MarkdownIt, { type Token } from 'markdown-it'

const parser = new MarkdownIt('default', { linkify: false, html: true })

/** Whom a text mentions. */
export type Mention =
  | { memberId: string }
  | { role: 'dao' | 'council' | 'leads' }
  | { role: 'workers' | 'lead'; groupId: string }

const MENTION = '#mention?'

/**
 * The people whom a Markdown text mentions, in Pioneer's form: a link whose target begins with `#mention?`, such as
 * `[@bob](#mention?member-id=2)` or `[@Council](#mention?role=council)`. Targets that are no people are left out.
 */
export function mentionsIn(text: string): Mention[] {
  // Most posts mention nobody, and parsing is what costs.
  if (!text.includes('mention')) return []
  return inlineTokens(text)
    .filter((token) => token.type === 'link_open')
    .map((token) => String(token.attrGet('href')))
    .filter((href) => href.startsWith(MENTION))
    .map((href) => mentioned(new URLSearchParams(href.slice(MENTION.length))))
    .filter((mention) => mention !== undefined)
}

function mentioned(target: URLSearchParams): Mention | undefined {
  const memberId = target.get('member-id')
  if (memberId !== null) return /^\d+$/.test(memberId) ? { memberId } : undefined
  const role = target.get('role') ?? ''
  if (role === 'dao' || role === 'council' || role === 'leads') return { role }
  const [, of, groupId] = /^(workers|lead)_(\w+)$/.exec(role) ?? []
  return groupId ? { role: of as 'workers' | 'lead', groupId } : undefined
}

/** Only the beginning is parsed: texts can be long, and nobody sees the rest of them. */
const READ_LENGTH = 4_000

/**
 * The beginning of a Markdown text as one line of plain text. Links become their text, images their description.
 *
 * @param length in characters; a longer text is cut at a word and ends with "…"
 */
export function excerptOf(text: string, length = 240): string {
  const read = beginningOf(text, READ_LENGTH)
  const plain = inlineTokens(read, true).map(plainText).join('').replace(/\s+/g, ' ').trim()
  if (plain.length <= length && read === text) return plain
  const cut = beginningOf(plain, length)
  const space = cut.lastIndexOf(' ')
  return `${space > length / 2 ? cut.slice(0, space) : cut}…`
}

const characters = new Intl.Segmenter('en')

/** No more than this of a text, and no half character at its end: a flag is one to its reader, though stored as four. */
const beginningOf = (text: string, length: number) =>
  text.length <= length ? text : text.slice(0, characters.segment(text).containing(length)?.index)

function inlineTokens(text: string, withBlocks = false): Token[] {
  return parser.parse(text, {}).flatMap((token) => {
    if (token.type === 'inline') return withBlocks ? [...(token.children ?? []), token] : (token.children ?? [])
    return withBlocks ? [token] : []
  })
}

function plainText(token: Token): string {
  switch (token.type) {
    case 'text':
    case 'text_special':
    case 'code_inline':
    case 'image':
    case 'html_inline':
    case 'html_block':
      return token.content
    case 'fence':
    case 'code_block':
      return `${token.content} `
    case 'softbreak':
    case 'hardbreak':
    case 'inline':
      return ' '
    default:
      return ''
  }
}
