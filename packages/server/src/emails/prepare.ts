import { type LinkBase, readLinkBase } from '../members/email-links.ts'
import type { ClaimedEmail } from '../outbox/claim.ts'
import type { EmailTypes, PreparedEmail } from '../outbox/email-types.ts'
import { createDrafter } from './compose.ts'
import type { AnyEmailType, EmailContext } from './define.ts'
import { holdBack } from './hold-back.ts'
import { emailTypes } from './list.ts'

export const createEmailTypes = (context: EmailContext): EmailTypes => ({
  names: emailTypes.map(({ name }) => name),

  async open() {
    const draft = await createDrafter(context)

    const prepareOne = (
      type: AnyEmailType,
      content: unknown,
      ageSeconds: number,
      base: LinkBase | undefined,
    ): PreparedEmail => {
      const { lifetimeSeconds } = type
      if (content instanceof Error) return { error: content }
      if (lifetimeSeconds !== undefined && ageSeconds >= lifetimeSeconds) return { expired: 'LINK_EXPIRED' }
      const decision = type.decide(content, context)
      if ('whyNot' in decision || 'notBefore' in decision) return decision
      const isPatient = lifetimeSeconds !== undefined
      return { ...decision, isPatient, draft: () => draft(type.compose(content, context), base) }
    }

    return async (pool, claimed) => {
      const base = await readLinkBase(pool)
      const byType = Map.groupBy<string, ClaimedEmail>(claimed, ({ type }) => type)
      const loaded = await Promise.all(
        emailTypes.map(async (type) => {
          const emails = byType.get(type.name)
          if (!emails) return []
          const contents = await type.load(pool, emails)
          return emails.flatMap(({ id, ageSeconds }) =>
            contents.has(id) ? [[id, prepareOne(type, contents.get(id), ageSeconds, base)] as const] : [],
          )
        }),
      )
      return holdBack(pool, claimed, new Map(loaded.flat()))
    }
  },
})
