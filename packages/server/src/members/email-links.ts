import type { KeyObject } from 'node:crypto'
import type { Pool } from '../db/client.ts'
import { isKind, type KindName } from '../events/kinds.ts'
import { isThingType, type Thing } from '../events/thing.ts'
import { readLink, readLinkKey, signLink } from './links.ts'
import { readPublicUrl } from './public-url.ts'

/** What makes the links of an email: where they lead, and what signs them. */
export type LinkBase = { publicUrl: string; key: KeyObject }

/** An email that its member may want no more of. */
export type EmailAbout = {
  memberId: number
  /** "digest": of many kinds. */
  kind: KindName | 'digest'
  thing?: Thing | undefined
}

/** Of a link that was opened. */
export type ReadLink = EmailAbout & { issuedAtMs: number }

const LIFETIME_SECONDS = 365 * 24 * 60 * 60

export const UNSUBSCRIBE_PATH = '/unsubscribe/'
export const PREFERENCES_PATH = '/preferences/'
export const VERIFY_EMAIL_PATH = '/verify-email/'

export const isEmailKind = (kind: string): kind is EmailAbout['kind'] => isKind(kind) || kind === 'digest'

/** @returns undefined while the API has no address that others can reach */
export async function readLinkBase(pool: Pool): Promise<LinkBase | undefined> {
  const publicUrl = await readPublicUrl(pool)
  return publicUrl === undefined ? undefined : { publicUrl, key: await readLinkKey(pool) }
}

/** The links of an email: valid for a year, for whoever has them. */
export function linksOf({ publicUrl, key }: LinkBase, { memberId, kind, thing }: EmailAbout) {
  const issuedAtMs = Date.now()
  const subject = thing ? `${kind} ${thing.type} ${thing.id}` : kind
  const unsubscribe = signLink(key, 'unsubscribe', { memberId, subject, issuedAtMs }, LIFETIME_SECONDS)
  return {
    unsubscribe: `${publicUrl}${UNSUBSCRIBE_PATH}${unsubscribe}`,
    preferences: `${publicUrl}${PREFERENCES_PATH}${signPreferences(key, memberId, issuedAtMs)}`,
  }
}

/** @returns the token of the page on which a member sets everything about their emails */
export const signPreferences = (key: KeyObject, memberId: number, issuedAtMs: number): string =>
  signLink(key, 'preferences', { memberId, subject: '', issuedAtMs }, LIFETIME_SECONDS)

/** @returns what the token's email was about; nothing when the token is invalid or has expired */
export function readUnsubscribe(key: KeyObject, token: string): ReadLink | undefined {
  const link = readLink(key, 'unsubscribe', token)
  if (!link) return undefined
  const [kind = '', type = '', id] = link.subject.split(' ')
  if (!isEmailKind(kind)) return undefined
  const thing = isThingType(type) && id ? { type, id } : undefined
  return { memberId: link.memberId, issuedAtMs: link.issuedAtMs, kind, thing }
}

/** @returns whose page the token opens, and since when; nothing when it is invalid or has expired */
export const readPreferences = (key: KeyObject, token: string) => readLink(key, 'preferences', token)
