import { domainToASCII } from 'node:url'
import { z } from 'zod'

// RFC 5321, 4.5.3.1: a path is at most 256 octets, brackets included.
const address = z.email().max(254)

/**
 * An email address as it is stored: trimmed, its domain in lower case. What stands before the @ is the mailbox's own
 * business.
 */
export function parseAddress(text: string): string | undefined {
  const [, local, domain] = /^\s*(.*)@([^@]*?)\s*$/s.exec(text) ?? []
  return address.safeParse(`${local}@${domainToASCII(domain ?? '')}`).data
}
