import { cut } from '../src/lib/cut.ts'

/** What a terminal would obey, or show in another order, instead of printing it. */
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const LONGEST_LINE = 4_000

/** A text that members or servers wrote, as one line. */
export const printable = (text: string): string =>
  cut(text, LONGEST_LINE)
    .replace(/[\t\n\v\f\r\u2028\u2029]+/g, ' ')
    .replace(CONTROLS, '�')

/** Prints lines, each as one. */
export function say(...lines: string[]): void {
  for (const line of lines) console.log(printable(line).trimEnd())
}

/** Prints an object as JSON, which escapes no control characters above 0x7e. */
export function sayJson(value: unknown): void {
  const escaped = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`
  console.log(
    JSON.stringify(value, undefined, 2).replace(/[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escaped),
  )
}
