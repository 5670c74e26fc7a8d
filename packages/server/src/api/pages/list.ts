import { PREFERENCES_PATH, readUnsubscribe, UNSUBSCRIBE_PATH, VERIFY_EMAIL_PATH } from '../../members/email-links.ts'
import type { PageDefinition, PageDeps, PageHandler } from './deps.ts'

/** Loaded late: an API whose pages nobody opens takes less memory. */
function lazily(load: () => Promise<PageHandler>): PageHandler {
  let handler: Promise<PageHandler> | undefined
  return async (...request) => {
    handler ??= load()
    return (await handler)(...request)
  }
}

/** Every page. One more is one more file and one more entry here. */
export const createPages = (deps: PageDeps): PageDefinition[] => [
  {
    name: 'unsubscribe',
    path: UNSUBSCRIBE_PATH,
    handle: lazily(async () => (await import('./unsubscribe.ts')).createUnsubscribe(deps)),
    callerOf(key, token) {
      const about = readUnsubscribe(key, token)
      return about && `member ${about.memberId}`
    },
  },
  {
    name: 'preferences',
    path: PREFERENCES_PATH,
    handle: lazily(async () => (await import('./preferences.ts')).createPreferences(deps)),
  },
  {
    name: 'verify email',
    path: VERIFY_EMAIL_PATH,
    handle: lazily(async () => (await import('./verify-email.ts')).createVerifyEmail(deps)),
  },
]
