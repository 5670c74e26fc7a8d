import { domainToASCII } from 'node:url'
import { z } from 'zod'

// RFC 5321, 4.5.3.1: a path is at most 256 octets, brackets included.
const address = z.email().max(254)

/** In characters: what is longer is not searched. A domain can get longer, but hardly shorter, in ASCII. */
const LONGEST_TEXT = 1_000

/**
 * An email address as it is stored: trimmed, its domain in lower case. What stands before the @ is the mailbox's own
 * business.
 */
export function parseAddress(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_TEXT) return undefined
  const at = trimmed.lastIndexOf('@')
  if (at < 0) return undefined
  return address.safeParse(`${trimmed.slice(0, at)}@${domainToASCII(trimmed.slice(at + 1))}`).data
}
