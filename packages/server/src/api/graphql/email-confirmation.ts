import { ASCII_ONLY } from '../../config/email-providers.ts'
import { hasUnicodeMailbox, parseAddress } from '../../lib/email-address.ts'
import { apiError } from '../errors.ts'
import type { Context } from './builder.ts'

/**
 * Reads an address as a form sends it.
 * @returns undefined for an empty field
 * @throws BAD_USER_INPUT if the text is not an email address, or the email provider cannot send to it
 */
export function readAddress(text: string | null | undefined, { emailProviders }: Context): string | undefined {
  if (!text?.trim()) return undefined
  const address = parseAddress(text)
  if (address === undefined) throw apiError('BAD_USER_INPUT', 'This is not a valid email address: check it.')
  if (hasUnicodeMailbox(address) && emailProviders.some((name) => ASCII_ONLY.includes(name))) {
    throw apiError(
      'BAD_USER_INPUT',
      'This service can only send to addresses with the letters a to z before the @: enter another address.',
    )
  }
  return address
}
