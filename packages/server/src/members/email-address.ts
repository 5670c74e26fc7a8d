import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { apiError } from '../api/errors.ts'

// RFC 5321, 4.5.3.1: a path is at most 256 octets, brackets included.
const address = z.email().max(254)

/**
 * An email address as it is stored: trimmed, its domain in lower case. What stands before the @ is the mailbox's own
 * business.
 *
 * @throws BAD_USER_INPUT when it is none
 */
export function parseAddress(text: string): string {
  const [, local, domain] = /^\s*(.*)@([^@]*?)\s*$/s.exec(text) ?? []
  const parsed = address.safeParse(`${local}@${domainToASCII(domain ?? '')}`)
  if (!parsed.success) throw apiError('BAD_USER_INPUT', 'This is not an email address.')
  return parsed.data
}
