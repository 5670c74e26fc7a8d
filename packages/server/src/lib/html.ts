/** Markup as it is, where other text would be escaped. */
export type Html = { markup: string }

type Part = string | number | Html | readonly Html[]

/** A template for HTML: what is put into it is escaped, unless it is HTML that was written here too. */
export const html = (pieces: TemplateStringsArray, ...parts: Part[]): Html => ({
  markup: pieces.map((piece, n) => piece + render(parts[n] ?? '')).join(''),
})

function render(part: Part): string {
  if (typeof part !== 'object') return String(part).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return 'markup' in part ? part.markup : part.map(render).join('')
}
