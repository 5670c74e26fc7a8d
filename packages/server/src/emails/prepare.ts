import type { ClaimedEmail } from '../outbox/claim.ts'
import type { EmailTypes, PreparedEmail } from '../outbox/email-types.ts'
import { createComposer } from './compose.ts'
import type { AnyEmailType, EmailContext } from './define.ts'
import { emailTypes } from './list.ts'

export const createEmailTypes = (context: EmailContext): EmailTypes => ({
  names: emailTypes.map(({ name }) => name),

  async open() {
    const compose = await createComposer(context)

    const prepareOne = (type: AnyEmailType, content: unknown): PreparedEmail => {
      if (content instanceof Error) return { error: content }
      const decision = type.decide(content, context)
      return 'whyNot' in decision ? decision : { ...decision, compose: () => compose(type.compose(content, context)) }
    }

    return async (pool, claimed) => {
      const byType = Map.groupBy<string, ClaimedEmail>(claimed, ({ type }) => type)
      const loaded = await Promise.all(
        emailTypes.map(async (type) => {
          const emails = byType.get(type.name)
          const contents = emails ? await type.load(pool, emails) : new Map()
          return [...contents].map(([id, content]) => [id, prepareOne(type, content)] as const)
        }),
      )
      return new Map(loaded.flat())
    }
  },
})
