import { printable } from '../src/lib/printable.ts'

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

/** Says why a command cannot answer. @returns the exit code */
export function sayError(error: string, { asJson }: { asJson: boolean }): 1 {
  if (asJson) sayJson({ error })
  else say(error)
  return 1
}
