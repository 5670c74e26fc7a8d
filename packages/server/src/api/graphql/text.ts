import { apiError } from '../errors.ts'

/**
 * A text that goes to the database, which has no way to hold NUL.
 *
 * @throws BAD_USER_INPUT when there is one in it
 */
export function storable(text: string | null | undefined): string | undefined {
  if (text?.includes('\0')) throw apiError('BAD_USER_INPUT', 'A text cannot have the character NUL in it.')
  return text ?? undefined
}
