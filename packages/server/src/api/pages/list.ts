import { PREFERENCES_PATH, readUnsubscribe, UNSUBSCRIBE_PATH, VERIFY_EMAIL_PATH } from '../../members/email-links.ts'
import type { PageDefinition, PageDeps } from './deps.ts'
import { createPreferences } from './preferences.ts'
import { createUnsubscribe } from './unsubscribe.ts'
import { createVerifyEmail } from './verify-email.ts'

/** Every page. One more is one more file and one more entry here. */
export const createPages = (deps: PageDeps): PageDefinition[] => [
  {
    name: 'unsubscribe',
    path: UNSUBSCRIBE_PATH,
    handle: createUnsubscribe(deps),
    callerOf(key, token) {
      const about = readUnsubscribe(key, token)
      return about && `member ${about.memberId}`
    },
  },
  { name: 'preferences', path: PREFERENCES_PATH, handle: createPreferences(deps) },
  { name: 'verify email', path: VERIFY_EMAIL_PATH, handle: createVerifyEmail(deps) },
]
