import { parseAddress } from '../../members/email-address.ts'
import { apiError } from '../errors.ts'

/**
 * Reads an address as a form sends it.
 * @returns undefined for an empty field
 * @throws BAD_USER_INPUT if the text is not an email address
 */
export function readAddress(text: string | null | undefined): string | undefined {
  if (!text?.trim()) return undefined
  const address = parseAddress(text)
  if (address === undefined) throw apiError('BAD_USER_INPUT', 'This is not a valid email address: check it.')
  return address
}
