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
