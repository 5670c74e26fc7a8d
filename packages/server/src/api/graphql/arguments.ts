import { isDay } from '../../lib/day.ts'
import { apiError } from '../errors.ts'

const MAX_ID = 2 ** 31 - 1
const NO_ID = -1

/** Reads an id, which deployed clients send as text. @returns an id that no row has if the text cannot be one */
export const parseId = (text: string): number =>
  /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : NO_ID

/** @throws BAD_USER_INPUT if the text contains NUL, which PostgreSQL cannot store */
export function parseText(text: string | null | undefined): string | undefined {
  if (text?.includes('\0')) throw apiError('BAD_USER_INPUT', 'A text contains the character NUL: remove it.')
  return text ?? undefined
}

/** @throws BAD_USER_INPUT unless the text is a time of ISO 8601 with its offset, such as `2026-12-24T18:00:00Z` */
export function parseTime(text: string): Date {
  const time = new Date(text)
  if (!isDay(text.slice(0, DAY_LENGTH)) || !TIME.test(text) || Number.isNaN(time.getTime())) {
    throw apiError('BAD_USER_INPUT', 'A time has to be written as in 2026-12-24T18:00:00Z.')
  }
  return time
}

const DAY_LENGTH = '2026-12-24'.length
const TIME = /^.{10}T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/
