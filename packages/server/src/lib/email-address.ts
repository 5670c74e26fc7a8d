import { domainToASCII } from 'node:url'
import { isEmailValid } from '@hapi/address'

/** In characters: what is longer is not searched. A domain can get longer, but hardly shorter, in ASCII. */
const LONGEST_TEXT = 1_000
/** RFC 5321, 4.5.3.1: a path is at most 256 octets, brackets included. */
const MOST_BYTES = 254
/** With them, two addresses look the same. Joiners are parts of words in some scripts. */
const INVISIBLE = /(?![\u200c\u200d])[\p{C}\p{Z}]/u
const NON_ASCII = /\P{ASCII}/u

/**
 * An email address as it is stored: trimmed, and a domain of ASCII in lower case. An internationalised one is stored as
 * typed. What stands before the @ is the mailbox's own business.
 */
export function parseAddress(text: string): string | undefined {
  const address = text.trim()
  if (address.length > LONGEST_TEXT || INVISIBLE.test(address)) return undefined
  const [local, domain] = split(address)
  const sent = addressAsSent(address)
  // The first alone would not see what the conversion makes too long, the second not what it cuts off, such as a path.
  const isValid = isEmailValid(address, { ignoreLength: true }) && isEmailValid(sent)
  if (!isValid || Buffer.byteLength(sent) > MOST_BYTES) return undefined
  return `${local}@${NON_ASCII.test(domain) ? domain : domain.toLowerCase()}`
}

/** An address with its domain in ASCII (`xn--`), as every mail server understands it. */
export function addressAsSent(address: string): string {
  const [local, domain] = split(address)
  const ascii = domainToASCII(domain)
  return ascii ? `${local}@${ascii}` : address
}

/** For comparing addresses: as it is sent, in lower case. */
export const comparable = (address: string): string => addressAsSent(address).toLowerCase()

/** `bob+news@example.org` and `Bob@example.org` are the same person's. */
export const mailboxOf = (address: string): string =>
  addressAsSent(address)
    .normalize('NFKC')
    .replace(/[+][^@]*@/, '@')
    .toLowerCase()

/** Whether there are letters outside ASCII before the @, which not every mail server takes (RFC 6531). */
export const hasUnicodeMailbox = (address: string): boolean => NON_ASCII.test(split(address)[0])

export type Sender = { name: string; address: string }

const CONTROL = /\p{Cc}/u

/**
 * Whom emails come from: an address as it is sent, or a name and the address in brackets. The name has no quotes.
 * @returns undefined if the text is neither
 */
export function parseSender(text: string): Sender | undefined {
  const [, before = '', bracketed] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? []
  const address = addressAsSent(bracketed ?? text.trim())
  if (!/^[^\s<>@]+@[^\s<>@]+$/.test(address) || NON_ASCII.test(split(address)[1])) return undefined
  const [, quoted] = /^"(.*)"$/.exec(before.trim()) ?? []
  const name = quoted?.replace(/\\(.)/g, '$1') ?? before.trim()
  return CONTROL.test(text.trim()) || !text.isWellFormed() ? undefined : { name, address }
}

function split(address: string): [local: string, domain: string] {
  const at = address.lastIndexOf('@')
  return at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)]
}
