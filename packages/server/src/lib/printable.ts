import { cut } from './cut.ts'

/** What a terminal would obey, or show in another order, instead of printing it. */
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const LONGEST_LINE = 4_000

/** A text that members or servers wrote, as one line. */
export const printable = (text: string): string =>
  cut(text, LONGEST_LINE)
    .replace(/[\t\n\v\f\r\u2028\u2029]+/g, ' ')
    .replace(CONTROLS, '�')
