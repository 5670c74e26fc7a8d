const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

export type TextLimit = { graphemes: number; units: number }

/**
 * Shortens a text to both limits and ends it with "…". A grapheme, what a reader sees as one character, is never cut in
 * half, unless it alone exceeds the limit: one letter can carry megabytes of accents.
 * @param limit the most graphemes and UTF-16 code units of the result
 */
export function shorten(text: string, limit: TextLimit): string {
  if (text.length <= Math.min(limit.graphemes, limit.units)) return text
  const examined = text.slice(0, limit.units + 1)
  const ends: number[] = []
  for (const { index, segment } of graphemes.segment(examined)) {
    ends.push(index + segment.length)
    if (ends.length > limit.graphemes) break
  }
  const isWhole = text.length <= limit.units && ends.length <= limit.graphemes
  if (isWhole) return text
  const kept = ends.slice(0, limit.graphemes - 1).findLast((end) => end < limit.units) ?? limit.units - 1
  return copyOf(`${wellFormed(examined.slice(0, kept)).trimEnd()}…`)
}

/**
 * The beginning of a text in UTF-16 code units. It never cuts a character in half: a flag is one to the reader, but four
 * code units long.
 */
export const beginningOf = (text: string, units: number): string =>
  text.length <= units ? text : copyOf(text.slice(0, graphemes.segment(text).containing(units)?.index))

const wellFormed = (text: string) => (/[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text)

/** A slice keeps the whole text that it was cut from in memory. */
const copyOf = (text: string) => Buffer.from(text, 'utf16le').toString('utf16le')
