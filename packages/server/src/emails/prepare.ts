import type { DeadlineKey } from '../events/deadlines/keys.ts'
import { type LinkBase, readLinkBase } from '../members/email-links.ts'
import type { ClaimedEmail } from '../outbox/claim.ts'
import type { EmailTypes, PreparedEmail } from '../outbox/email-types.ts'
import { type Calendar, loadCalendar } from './calendar.ts'
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
      { base, calendar }: { base: LinkBase | undefined; calendar: Calendar },
    ): PreparedEmail => {
      const { lifetimeSeconds } = type
      if (content instanceof Error) return { error: content }
      if (lifetimeSeconds !== undefined && ageSeconds >= lifetimeSeconds) return { expired: 'LINK_EXPIRED' }
      const decision = type.decide(content, context)
      if ('whyNot' in decision || 'notBefore' in decision) return decision
      const isPatient = lifetimeSeconds !== undefined
      return {
        ...decision,
        isPatient,
        draft: () => draft(type.compose(content, context), base, calendar(deadlinesOf(type, content))),
      }
    }

    return async (pool, claimed) => {
      const base = await readLinkBase(pool)
      const byType = Map.groupBy<string, ClaimedEmail>(claimed, ({ type }) => type)
      const loaded = await Promise.all(
        emailTypes.map(async (type) => {
          const emails = byType.get(type.name)
          if (!emails) return []
          const contents = await type.load(pool, emails, context)
          return emails.flatMap(({ id, ageSeconds }) =>
            contents.has(id) ? [{ id, type, ageSeconds, content: contents.get(id) }] : [],
          )
        }),
      )
      const contents = loaded.flat()
      const calendar = await loadCalendar(
        pool,
        contents.flatMap(({ type, content }) => deadlinesOf(type, content)),
      )
      const prepared = contents.map(
        ({ id, type, ageSeconds, content }) => [id, prepareOne(type, content, ageSeconds, { base, calendar })] as const,
      )
      return holdBack(pool, claimed, new Map(prepared))
    }
  },
})

const deadlinesOf = (type: AnyEmailType, content: unknown): DeadlineKey[] =>
  content instanceof Error ? [] : (type.deadlines?.(content) ?? [])
