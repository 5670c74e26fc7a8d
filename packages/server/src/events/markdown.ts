import MarkdownIt, { type Token } from 'markdown-it'

const parser = new MarkdownIt('default', { linkify: false, html: true })

export type Mention =
  | { memberId: string }
  | { role: 'dao' | 'council' | 'leads' }
  | { role: 'workers' | 'lead'; groupId: string }

const MENTION = '#mention?'

/**
 * The members and roles that a Markdown text mentions. Pioneer writes a mention as a link to `#mention?`, such as
 * `[@bob](#mention?member-id=2)` or `[@Council](#mention?role=council)`. Mentions of other things are ignored.
 */
export function mentionsIn(text: string): Mention[] {
  // Most posts mention nobody, and parsing is slow.
  if (!text.includes('mention')) return []
  const mentions = inlineTokens(text)
    .filter((token) => token.type === 'link_open')
    .map((token) => String(token.attrGet('href')))
    .filter((href) => href.startsWith(MENTION))
    .map((href) => mentioned(new URLSearchParams(href.slice(MENTION.length))))
    .filter((mention) => mention !== undefined)
  // Each may stand for hundreds of members, and a text can repeat it thousands of times.
  return [...new Map(mentions.map((mention) => [JSON.stringify(mention), mention])).values()]
}

function mentioned(target: URLSearchParams): Mention | undefined {
  const memberId = target.get('member-id')
  if (memberId !== null) return /^\d+$/.test(memberId) ? { memberId } : undefined
  const role = target.get('role') ?? ''
  if (role === 'dao' || role === 'council' || role === 'leads') return { role }
  const [, of, groupId] = /^(workers|lead)_(\w+)$/.exec(role) ?? []
  return groupId ? { role: of as 'workers' | 'lead', groupId } : undefined
}

const PARSED_LENGTH = 4_000

/**
 * The beginning of a Markdown text as one line of plain text. Links become their text, images their description.
 * @param length in UTF-16 code units; a longer text is cut between words and ends with "…"
 */
export function excerptOf(text: string, length = 240): string {
  const parsed = beginningOf(text, PARSED_LENGTH)
  const plain = inlineTokens(parsed, true).map(plainText).join('').replace(/\s+/g, ' ').trim()
  if (plain.length <= length && parsed === text) return plain
  const cut = beginningOf(plain, length)
  const space = cut.lastIndexOf(' ')
  return `${space > length / 2 ? cut.slice(0, space) : cut}…`
}

const characters = new Intl.Segmenter('en')

/** Never cuts a character in half: a flag is one character to the reader, but four code units long. */
export const beginningOf = (text: string, length: number) =>
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
