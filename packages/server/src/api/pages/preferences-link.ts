import { PREFERENCES_PATH, signPreferences } from '../../members/email-links.ts'
import type { PageDeps } from './deps.ts'

/** The address of a member's preferences, relative to any other page with a token: a proxy may add a path. */
export async function preferencesLink({ findKey, pioneerUrl }: PageDeps, memberId: number): Promise<string> {
  const key = await findKey()
  return key ? `..${PREFERENCES_PATH}${signPreferences(key, memberId, Date.now())}` : `${pioneerUrl}/#/settings`
}
