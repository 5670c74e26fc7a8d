import stringWidth from 'string-width'

const graphemes = new Intl.Segmenter()

/** Cuts or pads a text to a number of terminal columns, of which an emoji or a Chinese character takes two. */
export function fit(text: string, width: number): string {
  if (stringWidth(text) <= width) return pad(text, width)
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return pad(`${kept}…`, width)
}

const pad = (text: string, width: number) => text + ' '.repeat(width - stringWidth(text))

/** Narrows columns to a total width: always the column that is widest for its weight. */
export function narrow(widths: number[], weights: number[], total: number): number[] {
  const narrowed = [...widths]
  const wideness = (n: number) => (narrowed[n] ?? 0) / (weights[n] ?? 1)
  for (let excess = sum(widths) - total; excess > 0; excess -= 1) {
    const widest = narrowed.reduce((best, _, n) => (wideness(n) > wideness(best) ? n : best), 0)
    narrowed[widest] = (narrowed[widest] ?? 0) - 1
  }
  return narrowed
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
