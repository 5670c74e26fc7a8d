import type { Transaction } from '../../db/client.ts'
import { askForConfirmation } from '../../members/confirmation.ts'
import { parseAddress } from '../../members/email-address.ts'
import { apiError } from '../errors.ts'
import { rateLimited } from '../rate-limit.ts'

/** @throws BAD_USER_INPUT when it is no email address */
export function requireAddress(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) throw apiError('BAD_USER_INPUT', 'This is not an email address.')
  return address
}

/** @throws RATE_LIMITED when the last confirmation is less than a minute old */
export async function requireConfirmation(transaction: Transaction, memberId: number, address: string): Promise<void> {
  if (await askForConfirmation(transaction, memberId, address)) return
  throw rateLimited('confirmation email', 'A confirmation was sent just now: wait a minute before the next one.')
}
