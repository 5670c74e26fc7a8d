import MarkdownIt, { type Token } from 'markdown-it'
import { beginningOf } from '../lib/text.ts'

const parser = new MarkdownIt('default', { linkify: false, html: true })

export type Mention =
  | { memberId: string }
  | { role: 'dao' | 'council' | 'leads' }
  | { role: 'workers' | 'lead'; groupId: string }

const MENTION = '#mention?'

/**
 * The members and roles that a Markdown text mentions. Pioneer writes a mention as a link to `#mention?`, such as
 * `[@bob](#mention?member-id=2)` or `[@Council](#mention?role=council)`. Mentions of other things are ignored, and
 * quotations: what stands there was said before.
 */
export function mentionsIn(text: string): Mention[] {
  // Most posts mention nobody, and parsing is slow.
  if (!text.includes('mention')) return []
  const links = [...piecesOf(text)].filter(({ token, quoted }) => token.type === 'link_open' && !quoted)
  const mentions = links
    .map(({ token }) => String(token.attrGet('href')))
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

/** Most excerpts need little; behind a long quotation the author's own words begin late. */
const PARSED_LENGTHS = [4_000, 64_000]

/**
 * The beginning of what the author of a Markdown text wrote, as one line of plain text: without quotations, unless there
 * is nothing else. Links become their text, bare addresses their host, images their description.
 * @param length in UTF-16 code units; a longer text is cut between words and ends with "…"
 */
export function excerptOf(text: string, length = 240): string {
  const whole = withoutPastedImages(text)
  let said = { own: '', quoted: '', complete: false }
  for (const parsedLength of PARSED_LENGTHS) {
    said = read(whole, parsedLength)
    if (said.complete || said.own.length > length) break
  }
  const { own, quoted, complete } = said
  if (own || !quoted) return beginningWords(own, length, complete)
  return `Quoting “${beginningWords(quoted, length - QUOTING.length, complete)}”`
}

const QUOTING = 'Quoting “”'

function read(text: string, parsedLength: number) {
  const parsed = beginningOf(text, parsedLength)
  const pieces = [...piecesOf(parsed)]
  const textOf = (inQuotation: boolean) =>
    pieces
      .filter(({ quoted }) => quoted === inQuotation)
      .map(({ token }) => plainText(token))
      .join('')
      .replace(/\s+/g, ' ')
      .trim()
  return { own: textOf(false), quoted: textOf(true), complete: parsed === text }
}

function beginningWords(plain: string, length: number, complete: boolean): string {
  if (plain.length <= length && complete) return plain
  const cut = beginningOf(plain, length)
  const space = cut.lastIndexOf(' ')
  return `${space > length / 2 ? cut.slice(0, space) : cut}…`
}

/** Stands for an image that was pasted as data: a target for its link, nothing to read. */
const PASTED = '\ufffc'

export const withoutPastedImages = (text: string) =>
  text.replace(/\bdata:[\w.+-]{1,50}\/[\w.+-]{1,50}[;,][^\s()"'<>]*(?:\r?\n[\w+/=]{40,})*/gi, PASTED)

type Piece = { token: Token; quoted: boolean }

/** The tokens of a text in their order; an `inline` token follows its children. */
function* piecesOf(text: string): Generator<Piece> {
  let depth = 0
  for (const block of parser.parse(text, {})) {
    if (block.type === 'blockquote_close') depth--
    for (const token of [...(block.children ?? []), block]) {
      yield { token, quoted: depth > 0 }
      if (token.type.startsWith('html_')) depth = Math.max(0, depth + quotationsLeftOpen(token.content))
    }
    if (block.type === 'blockquote_open') depth++
  }
}

const quotationsLeftOpen = (html: string) =>
  (html.match(/<blockquote\b/gi)?.length ?? 0) - (html.match(/<\/blockquote\b/gi)?.length ?? 0)

function plainText(token: Token): string {
  switch (token.type) {
    case 'text':
    case 'text_special':
      return token.content.replaceAll(PASTED, '').replace(/\bhttps?:\/\/\S+|\bwww\.\S+/gi, hostOf)
    case 'code_inline':
    case 'image':
      return token.content
    case 'html_inline':
    case 'html_block':
      return textOfHtml(token.content)
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

/** `https://example.org/a/long/address,` becomes `example.org,`. */
function hostOf(address: string): string {
  const after = /[.,;:!?)\]}'"”’*_]{0,3}$/.exec(address)?.[0] ?? ''
  const host = /^(?:\w+:\/\/)?(?:[^/?#@]*@)?([^/?#@]+)/.exec(address.slice(0, address.length - after.length))?.[1]
  return host ? host + after : address
}

/** What a reader sees of it. Descriptions of images count, quotations do not. */
function textOfHtml(html: string): string {
  const shown = html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replace(/<(script|style|blockquote)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(/<img\b[^<>]*?\balt="([^"<>]*)"[^<>]*>/gi, ' $1 ')
    .replace(/<\/?(?:br|p|div|h\d|li|tr|td|th)\b[^<>]*>/gi, ' ')
    .replace(/<[/!?]?[a-z][^<>]*>?/gi, '')
  return parser.utils.unescapeAll(shown.replaceAll(PASTED, ''))
}
