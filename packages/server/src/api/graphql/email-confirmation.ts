import type { Transaction } from '../../db/client.ts'
import { askForConfirmation } from '../../members/confirmation.ts'
import { parseAddress } from '../../members/email-address.ts'
import { apiError } from '../errors.ts'
import { rateLimited } from '../rate-limit.ts'

/** @throws BAD_USER_INPUT if the text is not an email address */
export function requireAddress(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) throw apiError('BAD_USER_INPUT', 'This is not a valid email address: check it.')
  return address
}

/** @throws RATE_LIMITED if the last one is less than a minute old */
export async function enqueueConfirmation(transaction: Transaction, memberId: number, address: string): Promise<void> {
  if (await askForConfirmation(transaction, memberId, address)) return
  throw rateLimited(
    'confirmation email',
    'A confirmation email was sent less than a minute ago: wait a minute, then try again.',
  )
}
