import { parse } from 'dotenv'
import { readSmallFile } from './files.ts'

const MOST_BYTES = 100_000
const MOST_LINES_REPORTED = 10
/** Each look at a line parses the whole file. */
const MOST_LOOKS = 100

/** What a .env file says, and what is odd about it. */
export type EnvFile = {
  /** Of the variables that the environment does not have. */
  values: Record<string, string>
  names: readonly string[]
  /** Names that other values refer to. */
  referred: ReadonlySet<string>
  warnings: string[]
}

/**
 * Reads a .env file in the forms of the `dotenv` package, with `${OTHER}` in values.
 * @param file none: nothing is set
 * @param name of the file, for warnings
 * @param env what values may refer to; it comes before the file's own variables
 * @throws Error when the file cannot be read, or is larger than 100 kB
 */
export function readEnvFile(file: string, name: string, env: Record<string, string | undefined>): EnvFile {
  const text = textOf(file)
  const written = parse(text)
  const warnings: string[] = []
  const values = expand(written, env, (sentence) => warnings.push(`${name}: ${sentence}`))
  const odd = oddLines(text, written)
  for (const { line, says } of odd.slice(0, MOST_LINES_REPORTED)) warnings.push(`${name}, line ${line}: ${says}`)
  if (odd.length > MOST_LINES_REPORTED) warnings.push(`${name}: ${odd.length - MOST_LINES_REPORTED} more such lines`)
  return { values, names: Object.keys(written), referred: referencesIn(written), warnings }
}

/** Windows' editors write a byte-order mark, and UTF-16. */
function textOf(file: string): string {
  try {
    const bytes = readSmallFile(file, MOST_BYTES)
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
    return new TextDecoder(encoding).decode(bytes).replace(/\r\n?/g, '\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** `\$`, `${NAME}`, `${NAME:-otherwise}`, `$NAME`. */
const REFERENCE = /\\\$|\$\{([^{}]*)\}|\$(\w+)/g

/**
 * Replaces references once: what is inserted is never read again, since passwords contain any character. A `$` that
 * begins no name of the file is one too.
 */
function expand(
  written: Record<string, string>,
  env: Record<string, string | undefined>,
  warn: (says: string) => void,
) {
  const values: Record<string, string> = {}

  function resolve(name: string, users: string[]): string | undefined {
    const given = Object.hasOwn(env, name) ? env[name] : undefined
    if (given?.trim()) return given
    if (!Object.hasOwn(written, name)) return undefined
    if (users.includes(name)) {
      warn(`${name} refers to itself`)
      return ''
    }
    values[name] ??=
      written[name]?.replace(REFERENCE, (whole, braced?: string, bare?: string) => {
        if (braced === undefined && bare === undefined) return '$'
        const [, other = '', otherwise] = /^(\w+)(?::?-(.*))?$/s.exec(braced ?? bare ?? '') ?? []
        if (braced === undefined && !Object.hasOwn(written, other)) return whole
        if (!other) {
          warn(`\${ in ${name} is not understood: write \${NAME}, or \\\${ for the characters themselves`)
          return whole
        }
        const value = resolve(other, [...users, name]) ?? otherwise
        if (value === undefined) warn(`${name} refers to ${other}, which is not set`)
        return value ?? ''
      }) ?? ''
    if (values[name].length > MOST_BYTES) throw new Error(`${name} is too long`)
    return values[name]
  }

  for (const name of Object.keys(written)) resolve(name, [])
  return values
}

/** Also those of values that the environment replaces. */
const referencesIn = (written: Record<string, string>): ReadonlySet<string> =>
  new Set(
    Object.values(written).flatMap((text) =>
      [...text.matchAll(REFERENCE)].flatMap(([, braced, bare]) => /^\w+/.exec(braced ?? bare ?? '') ?? []),
    ),
  )

const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*|:(?:\s+|$))(.*)$/

/** The lines that the parser ignores, or understands in another way than they look. */
function oddLines(text: string, written: Record<string, string>): { line: number; says: string }[] {
  const lines = text.split('\n')
  const assignments = lines.map((line) => ASSIGNMENT.exec(line))
  const lastOf = new Map(assignments.flatMap((found, n) => (found?.[1] ? [[found[1], n] as const] : [])))
  const meaning = JSON.stringify(written)
  let looks = 0
  // The file says the same without it; the middle of a quoted text counts.
  const isIgnored = (n: number) =>
    looks++ < MOST_LOOKS && JSON.stringify(parse(lines.toSpliced(n, 1).join('\n'))) === meaning

  return lines.flatMap((text, n) => {
    if (/^\s*(#|$)/.test(text)) return []
    const [, name = '', value = ''] = assignments[n] ?? []
    const isKnown = Object.hasOwn(written, name)
    const says =
      isKnown && lastOf.get(name) === n
        ? misunderstood(name, value, written[name] ?? '')
        : isIgnored(n) && (isKnown ? `${name} is given again further down, which counts` : NOT_UNDERSTOOD)
    return says ? [{ line: n + 1, says }] : []
  })
}

const NOT_UNDERSTOOD =
  'not understood, and ignored: write NAME=value, and put a value of several lines in single quotes'

/** @param value as it stands behind the name; @param meaning as the parser understands it */
function misunderstood(name: string, value: string, meaning: string): string | undefined {
  if (!value && meaning) return `${name} has no value, so the next line is taken for it`
  if (/^['"`]/.test(value) && meaning.startsWith(value.charAt(0)))
    return `the quotes of ${name} do not enclose its value`
  const [, before = ''] = /^([^#]*)#/.exec(value) ?? []
  if (/\S$/.test(before) && meaning === before) return `${name} ends before the #: if that is part of it, use quotes`
  return undefined
}
