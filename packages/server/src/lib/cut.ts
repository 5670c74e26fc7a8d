/** An address, a token or a signature is shorter. */
const LONGEST_WORD = 1_000

/**
 * The beginning of a text from outside, to be cut before anything is searched in it: a long text then costs no more than
 * a short one. The word at the cut is dropped, because half a secret would not be recognised as one.
 */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const start = text.slice(0, maxLength)
  const wordBegins = Math.max(start.lastIndexOf(' '), start.lastIndexOf('\n'), maxLength - LONGEST_WORD, 0)
  return `${start.slice(0, wordBegins).toWellFormed()}…`
}
