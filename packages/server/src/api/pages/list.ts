import { readUnsubscribe, UNSUBSCRIBE_PATH } from '../../members/email-links.ts'
import type { PageDefinition, PageDeps } from './deps.ts'
import { createUnsubscribe } from './unsubscribe.ts'

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
]
