import { parseAddress } from '../../members/email-address.ts'
import { apiError } from '../errors.ts'

/** @throws BAD_USER_INPUT if the text is not an email address */
export function requireAddress(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) throw apiError('BAD_USER_INPUT', 'This is not a valid email address: check it.')
  return address
}
