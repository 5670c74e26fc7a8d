import { type AuthorList, AuthorsUnknown } from '../../chain/authors.ts'
import { QueryNodeError } from '../../chain/client.ts'
import { StoreUnreadable } from '../../chain/stored.ts'
import type { ReadEvent } from '../../chain/window.ts'
import { type Chain, MissingEntity, NotUnderstood } from '../../events/chain.ts'
import type { AnyEventDefinition, EventData, EventMeta, Rule } from '../../events/define.ts'
import { eventOfType } from '../../events/list.ts'
import type { Source } from '../../events/withdrawal.ts'

/** An event with everything that its audience and its words need. */
export type UnderstoodEvent = EventMeta & {
  type: string
  entityId: string
  actorId: string | undefined
  rules: Rule[]
  /** Events with the same key say the same; the highest rank tells most. */
  fact: { key: string; rank: number }
  /** In ISO 8601. */
  overAt?: string | undefined
  data: EventData
  sources: Source[]
  withdraws: Source[]
  endsTokensOf: number[]
  source: ReadEvent
}

/** `logText`: the error without texts of members. `mayPass`: a later run may understand the event. */
export type SetAside = { event: ReadEvent; error: string; logText: string; mayPass: boolean }

/** An event that waits until the authors of a long thread or discussion are read. */
export type Waiting = { event: ReadEvent; list: Pick<AuthorList, 'kind' | 'id'> }

/**
 * Reads what events mean. One that cannot be understood (a missing entity, an unexpected null) is set aside with its
 * error and does not stop the others.
 * @throws QueryNodeError when the query node stops answering: then no event is understood
 */
export async function understand(events: ReadEvent[], chain: Chain) {
  const results = await Promise.all(
    events.map(async (event) => {
      try {
        return { event: await understandOne(event, eventOfType(event.type), chain) }
      } catch (error) {
        if (error instanceof QueryNodeError) throw error
        if (error instanceof StoreUnreadable) throw error.cause
        if (error instanceof AuthorsUnknown) return { waiting: { event, list: error.list } }
        return { setAside: toSetAside(event, error) }
      }
    }),
  )
  return {
    understood: results.flatMap(({ event }) => event ?? []),
    setAside: results.flatMap(({ setAside }) => setAside ?? []) satisfies SetAside[],
    waiting: results.flatMap(({ waiting }) => waiting ?? []) satisfies Waiting[],
  }
}

/** An unexpected error can quote a member's text, which the log must not. */
export function toSetAside(event: ReadEvent, error: unknown): SetAside {
  const mayPass = error instanceof MissingEntity
  if (!(error instanceof Error)) return { event, error: String(error), logText: 'unexpected error', mayPass }
  const { name, message } = error
  const logText = error instanceof NotUnderstood ? message : `${name}, see the table SetAsideEvent`
  return { event, error: message, logText, mayPass }
}

async function understandOne(
  source: ReadEvent,
  definition: AnyEventDefinition,
  chain: Chain,
): Promise<UnderstoodEvent> {
  const { row, malformed, ...event } = source
  if (malformed) throw new NotUnderstood(malformed)
  const nullable: readonly string[] = definition.nullable ?? []
  const missing = Object.keys(row).filter((field) => row[field] === null && !nullable.includes(field))
  if (missing.length) throw new NotUnderstood(`The query node gave no ${missing.join(', ')}`)

  const facts = await definition.read(row, chain, event)
  const { key, rank, block = event.block } = definition.fact?.(facts) ?? { key: `${event.type}:${event.id}`, rank: 0 }
  return {
    ...event,
    entityId: definition.entity(facts),
    actorId: definition.actor?.(facts),
    rules: definition.rules(facts),
    // A proposal can have the same status again, in another block.
    fact: { key: `${block}:${key}`, rank },
    overAt: definition.overAt?.(facts),
    data: definition.data(facts),
    sources: definition.sources?.(facts) ?? [],
    withdraws: definition.withdraws?.(facts) ?? [],
    endsTokensOf: definition.endsTokensOf?.(facts) ?? [],
    source,
  }
}
