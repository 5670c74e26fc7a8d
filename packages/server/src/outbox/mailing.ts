import { randomBytes } from 'node:crypto'
import { hasUnicodeMailbox } from '../lib/email-address.ts'
import type { Personal, PersonalParts } from './email-types.ts'
import type { BatchSending, Mailing } from './provider.ts'
import type { Ready } from './ready.ts'

/** What one request hands over: never nothing. */
export type Parcel = readonly Ready[]

/** Of what stands for one recipient: SendGrid takes 10,000 bytes. */
const MOST_PERSONAL_BYTES = 9_000

/**
 * Emails that differ by recipient only share a parcel, in the order of the first of each. No address stands in a parcel
 * twice. An email that has failed before goes alone: the fault may be its own.
 * @param most recipients in a parcel
 */
export function parcelsOf(emails: readonly Ready[], most: number): Parcel[] {
  const parcels: Ready[][] = []
  const open = new Map<string, { parcel: Ready[]; addresses: Set<string> }[]>()
  for (const ready of emails) {
    if (most < 2 || goesAlone(ready)) {
      parcels.push([ready])
      continue
    }
    const { likeness } = ready.draft
    const alike = open.get(likeness) ?? []
    open.set(likeness, alike)
    const address = ready.asciiTo.toLowerCase()
    const fitting = alike.find(({ parcel, addresses }) => parcel.length < most && !addresses.has(address))
    if (fitting) {
      fitting.parcel.push(ready)
      fitting.addresses.add(address)
    } else {
      const parcel = [ready]
      parcels.push(parcel)
      alike.push({ parcel, addresses: new Set([address]) })
    }
  }
  return parcels
}

/**
 * Writes the emails of a parcel as one.
 * @throws what keeps them from being written
 */
export function mailingOf(parcel: Parcel, { placeholder }: BatchSending): Mailing {
  const [first] = parcel
  if (!first) throw new Error('Nobody gets this email')
  // Random, so that nothing that a member wrote is one.
  const prefix = `v${randomBytes(8).toString('hex')}`
  const variable = (part: keyof PersonalParts, field: keyof Personal) => prefix + part + field
  const parts = first.draft.personal()
  const placeholders = (part: keyof PersonalParts) =>
    personal((field) => (parts[part][field] === null ? null : placeholder(variable(part, field))))
  return {
    ...first.draft.composeShared({ html: placeholders('html'), text: placeholders('text') }),
    recipients: parcel.map(({ email: { id }, asciiTo: to, messageId, key, draft }) => {
      const { html, text } = draft.personal()
      const values = (part: keyof PersonalParts, own: Personal) =>
        FIELDS.flatMap((field) => (own[field] === null ? [] : [[variable(part, field), own[field]] as const]))
      return { id, to, messageId, key, values: Object.fromEntries([...values('html', html), ...values('text', text)]) }
    }),
  }
}

const FIELDS = ['name', 'unsubscribe', 'preferences'] as const satisfies (keyof Personal)[]

const personal = (value: (field: keyof Personal) => string | null): Personal => ({
  name: value('name'),
  unsubscribe: value('unsubscribe'),
  preferences: value('preferences'),
})

function goesAlone({ email, asciiTo, draft }: Ready): boolean {
  if (email.hasFailed || hasUnicodeMailbox(asciiTo)) return true
  try {
    const { html, text } = draft.personal()
    const bytes = [...Object.values(html), ...Object.values(text)].map((value) => Buffer.byteLength(value ?? ''))
    return bytes.reduce((sum, each) => sum + each, 0) > MOST_PERSONAL_BYTES
  } catch {
    // It fails by itself.
    return true
  }
}
