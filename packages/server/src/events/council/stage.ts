import { type AnyEventDefinition, defineEvent, everyone, type Words } from '../define.ts'
import type { GeneralKindName } from '../kinds.ts'

/** A stage of the council's election that begins; its event says nothing but that. */
export function stageEvent(type: string, kind: GeneralKindName, words: Words): AnyEventDefinition {
  return defineEvent<Record<string, never>, { eventId: string }, Record<string, never>>({
    type,
    read: async (_row, _chain, { id }) => ({ eventId: id }),
    entity: ({ eventId }) => eventId,
    rules: () => [everyone(kind)],
    // A failed election starts the next one: should both say so in one block, members hear why it starts again.
    fact: () => ({ key: kind, rank: type === 'AnnouncingPeriodStarted' ? 1 : 2 }),
    data: () => ({}),
    words: () => words,
    sample: () => ({ eventId: 'OLYMPIA-1234-5' }),
  })
}
