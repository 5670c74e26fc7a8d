import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { Chain } from './chain.ts'
import type { EntityKindName, GeneralKindName, KindName } from './kinds.ts'

/** Whom an event concerns, and why. Rules know nothing of members' settings. */
export type Rule =
  | { audience: 'everyone'; kind: GeneralKindName }
  | { audience: 'members'; kind: GeneralKindName; memberIds: readonly string[] }
  | { audience: 'watchers'; kind: EntityKindName; entityId: string }
  | { audience: 'muters'; kind: EntityKindName; entityId: string }

export const everyone = (kind: GeneralKindName): Rule => ({ audience: 'everyone', kind })

/** Members by id; absent ones are left out, so that "the author of the post that it replies to" needs no condition. */
export const members = (kind: GeneralKindName, ids: readonly (string | null | undefined)[]): Rule => ({
  audience: 'members',
  kind,
  memberIds: ids.filter((id) => id != null),
})

export const watchersOf = (kind: EntityKindName, entityId: string): Rule => ({ audience: 'watchers', kind, entityId })

/** Nobody is told by this rule, but those who muted the entity are not told by any other either. */
export const exceptMutersOf = (kind: EntityKindName, entityId: string): Rule => ({ audience: 'muters', kind, entityId })

/** What an email and the inbox say of an event. All of it is plain text. */
export type Words = {
  /** One line: what happened, who did it, in what. */
  title: string
  /** One or two sentences that say it in full. */
  summary: string
  /** What somebody wrote, short and plain. */
  excerpt?: string | null | undefined
  /** Where to read it, under Pioneer's address: begins with `/#/`. */
  path: string
  /** What the button says. */
  action: string
  /** The working group's name, where the reason needs it. */
  group?: string
}

/** What every event has, whatever its type. */
export type EventMeta = {
  /** The query node's id, unique within a type. */
  id: string
  block: number
  indexInBlock: number
  /** The block's time. */
  time: Date
}

/** What the words need: JSON, stored with the event. */
export type EventData = Record<string, string | number | boolean | null | undefined | readonly string[]>

/** The fields of a row that the query node may leave empty. */
type NullableField<Row> = { [Field in keyof Row]-?: null extends Row[Field] ? Field : never }[keyof Row] & string

export type EventDefinition<Row, Facts, Data extends EventData> = {
  /** The query node's name of the type, without "Event". */
  type: string
  /** What we ask the query node: the event's own flat fields. None for an event that says it all by its type. */
  fields?: TypedDocumentNode<Row>
  /** Fields that may be null. In any other one a null means that the event is not understood. */
  nullable?: NullableField<Row>[]
  /** Looks up what the rules and words need beyond the event's own fields. The only part that is not pure. */
  read: (row: Row, chain: Chain, meta: EventMeta) => Promise<Facts>
  /** Who did it: never told of it. */
  actor?: (facts: Facts) => string | undefined
  /** What a reader would open. */
  entity: (facts: Facts) => string
  /** Most important reason first. */
  rules: (facts: Facts) => Rule[]
  /**
   * Several events of one block can say the same. Of those with the same key, a member is told once, of the one with
   * the highest rank that concerns them.
   */
  fact?: (facts: Facts) => { key: string; rank: number }
  data: (facts: Facts) => Data
  words: (data: Data, kind: KindName) => Words
  /** For previews, and for the test that every event passes. */
  sample: () => Facts
}

/** A definition whose types the list can hold: rows and data come from outside anyway, so they are checked there. */
export type AnyEventDefinition = EventDefinition<unknown, unknown, EventData>

/** Declares an event; the types of its parts follow from its fields and its `read`. */
export function defineEvent<Row, Facts, Data extends EventData>(
  definition: EventDefinition<Row, Facts, Data>,
): AnyEventDefinition {
  // Rows reach `read` only after their nulls were checked, and data reaches `words` only as `data` made it.
  return definition as unknown as AnyEventDefinition
}
