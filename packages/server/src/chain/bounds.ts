import { withoutPastedImages } from '../events/markdown.ts'
import { beginningOf, shorten, type TextLimit } from '../lib/text.ts'

// The chain limits no text: whatever a stranger writes has to fit into memory, an email and an inbox.
const HANDLE: TextLimit = { graphemes: 100, units: 400 }
const SHORT: TextLimit = { graphemes: 300, units: 1_200 }
const LONG_UNITS = 64 * 1024
const LONG_FIELDS = new Set(['text', 'newText', 'spendingRationale', 'rationale', 'description'])

/** Cuts every text of a query node's answer, so that no later code meets one without a bound. */
export function boundTexts<Value>(value: Value, field = ''): Value {
  if (typeof value === 'string') return boundText(value, field) as Value
  if (Array.isArray(value)) return value.map((item) => boundTexts(item, field)) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, boundTexts(inner, name)])) as Value
}

function boundText(text: string, field: string): string {
  if (LONG_FIELDS.has(field)) {
    // What a member wrote behind a pasted image counts.
    return beginningOf(text.length > LONG_UNITS ? withoutPastedImages(text) : text, LONG_UNITS)
  }
  return shorten(text, field === 'handle' ? HANDLE : SHORT)
}
