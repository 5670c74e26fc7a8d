import { cut } from '../../lib/cut.ts'
import { parseAddress } from '../../lib/email-address.ts'

// What a provider sends is read field by field: one that is not as expected is as good as absent.

const MOST_REASON_LENGTH = 300
const MOST_ID_LENGTH = 300
/** The database stores no NUL and no half of a character. */
const CONTROL = /[\p{Cc}\p{Cs}]/u
const CONTROLS = new RegExp(CONTROL, 'gu')

export type Fields = Record<string, unknown>

/** @returns undefined when the bytes are no JSON */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** An object's fields; none of anything else. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A provider's id, as the database can store it. */
export const idOf = (value: unknown): string | undefined => {
  const text = textOf(value)
  return text && text.length <= MOST_ID_LENGTH && !CONTROL.test(text) ? text : undefined
}

export function addressOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined ? undefined : parseAddress(text)
}

/** The first text, in one line. */
export function reasonOf(...values: unknown[]): string | null {
  const text = values.map(textOf).find((text) => text?.trim())
  return text === undefined ? null : cut(text, MOST_REASON_LENGTH).replace(CONTROLS, ' ').trim()
}

/** A time in seconds since 1970. What is none, or lies ahead, happened now. */
export function timeMsOf(value: unknown): number {
  const ms = Number(typeof value === 'number' || typeof value === 'string' ? value : Number.NaN) * 1000
  return ms > 0 && ms < Date.now() ? ms : Date.now()
}

/** The entry of a table by what a provider wrote, which may be the name of what every object has. */
export const entryOf = <Value>(table: Readonly<Record<string, Value>>, key: string | undefined): Value | undefined =>
  key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined
