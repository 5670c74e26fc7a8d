import { type AnyEventDefinition, defineEvent, everyone, type Words } from '../define.ts'
import type { GeneralKindName } from '../kinds.ts'

/** An event that reports the start of an election stage and carries no other fields. */
export function stageEvent(type: string, kind: GeneralKindName, words: Words): AnyEventDefinition {
  return defineEvent<Record<string, never>, { eventId: string }, Record<string, never>>({
    type,
    read: async (_row, _chain, { id }) => ({ eventId: id }),
    entity: ({ eventId }) => eventId,
    rules: () => [everyone(kind)],
    // A failed election restarts the announcing period. If one block reports both, only the failure is sent.
    fact: () => ({ key: kind, rank: type === 'AnnouncingPeriodStarted' ? 1 : 2 }),
    data: () => ({}),
    words: () => words,
    sample: () => ({ eventId: 'OLYMPIA-1234-5' }),
  })
}
