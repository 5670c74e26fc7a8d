import { PREFERENCES_PATH, type ReadLink, signPreferences } from '../../members/email-links.ts'
import type { PageDeps } from './deps.ts'

/**
 * The address of a member's preferences, relative to any other page with a token: a proxy may add a path. It is as old as
 * the link that leads to it, since an old one shows less.
 */
export async function preferencesLink(
  { findKey, pioneerUrl }: PageDeps,
  { memberId, issuedAtMs }: Pick<ReadLink, 'memberId' | 'issuedAtMs'>,
): Promise<string> {
  const key = await findKey()
  return key ? `..${PREFERENCES_PATH}${signPreferences(key, memberId, issuedAtMs)}` : `${pioneerUrl}/#/settings`
}
