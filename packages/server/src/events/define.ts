import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { Addressee } from './addressee.ts'
import type { Chain } from './chain.ts'
import type { DeadlineKey } from './deadlines/keys.ts'
import type { Fact } from './facts.ts'
import type { EntityKindName, GeneralKindName, KindName } from './kinds.ts'
import type { Source } from './withdrawal.ts'

/** One reason to notify members of an event. Members' settings are applied later, in SQL. */
export type Rule =
  | { audience: 'everyone'; kind: GeneralKindName; except?: readonly string[]; unless?: Choice }
  | { audience: 'members'; kind: GeneralKindName; memberIds: readonly string[] }
  | { audience: 'watchers'; kind: EntityKindName; entityId: string }
  | { audience: 'muters'; kind: EntityKindName; entityId: string }

/** What an operator can choose: rules that name it do not count then. */
export type Choice = 'onlyVotersOfRevealing'

export const everyone = (kind: GeneralKindName): Rule => ({ audience: 'everyone', kind })

/**
 * Everyone but members whom it does not concern, such as those who have voted already. Another rule can still notify
 * them.
 */
export const everyoneBut = (kind: GeneralKindName, memberIds: readonly string[]): Rule =>
  memberIds.length ? { audience: 'everyone', kind, except: memberIds } : everyone(kind)

/** A rule for everyone that the operator can switch off. */
export const unless = (choice: Choice, rule: Rule): Rule =>
  rule.audience === 'everyone' ? { ...rule, unless: choice } : rule

/** Ignores missing ids, so that "the author of the replied-to post" needs no condition. */
export const members = (kind: GeneralKindName, ids: readonly (string | null | undefined)[]): Rule => ({
  audience: 'members',
  kind,
  memberIds: ids.filter((id) => id != null),
})

export const watchersOf = (kind: EntityKindName, entityId: string): Rule => ({ audience: 'watchers', kind, entityId })

/** Notifies nobody. Lets a mute of the entity silence the other rules. */
export const exceptMutersOf = (kind: EntityKindName, entityId: string): Rule => ({ audience: 'muters', kind, entityId })

/** The text of an email and of an inbox entry: plain text, never markup. */
export type Words = {
  /** One line: who did what, and where. */
  title: string
  /** What the title does not say, in one or two full sentences. */
  summary?: string | null | undefined
  /** What one needs to know, the most important first. A list of notifications seldom shows it. */
  facts?: () => readonly Fact[]
  /** The beginning of the text that a member wrote. */
  excerpt?: string | null | undefined
  /** The link, relative to PIONEER_URL: begins with `/#/`. */
  path: string
  /** The label of the button. */
  action: string
  /** The name of the working group, for kinds whose reason mentions it. */
  group?: string
  /** The conversation that this is a part of, so that mail programs show it as one. */
  conversation?: Conversation | undefined
}

export type Conversation = {
  /** Unique among all conversations. */
  id: string
  title: string
  /** Whether it begins with this. */
  opens: boolean
  /** Who did what, without the title: "alice replied to you". */
  action: string
}

type Part = Pick<Conversation, 'action'> & Partial<Pick<Conversation, 'opens'>>

/** @param title null when it is hidden: then there is nothing to group by */
export const threadConversation = (
  threadId: string,
  title: string | null,
  { opens = false, action }: Part,
): Conversation | undefined => (title === null ? undefined : { id: `thread-${threadId}`, title, opens, action })

export const proposalConversation = (proposalId: string, title: string, { action }: Part): Conversation => ({
  id: `proposal-${proposalId}`,
  title,
  opens: false,
  action,
})

/** The fields that all events have. */
export type EventMeta = {
  /** Assigned by the query node; unique within a type only. */
  id: string
  block: number
  indexInBlock: number
  time: Date
}

/** The input of `words`, stored as JSON with the event. */
export type EventData = Record<string, string | number | boolean | null | undefined | readonly string[]>

type NullableField<Row> = { [Field in keyof Row]-?: null extends Row[Field] ? Field : never }[keyof Row] & string

export type EventDefinition<Row, Facts, Data extends EventData> = {
  /** The name of the query node's type, without "Event". */
  type: string
  /** The event's own flat fields. Omitted if the type alone says everything. */
  fields?: TypedDocumentNode<Row>
  /** Fields that may be null. A null in any other field sets the event aside. */
  nullable?: NullableField<Row>[]
  /** Looks up what the rules and the words need. The only part with side effects. */
  read: (row: Row, chain: Chain, meta: EventMeta) => Promise<Facts>
  /** The id of the member who acted, whom the event never notifies. */
  actor?: (facts: Facts) => string | undefined
  /** The id of the entity that the notification refers to. */
  entity: (facts: Facts) => string
  /** Most important reason first. */
  rules: (facts: Facts) => Rule[]
  /**
   * Events of one block that report the same fact share a key. A member is notified once per key, of the event with
   * the highest rank that concerns them. `block`: where the fact counts as reported, if not in the event's own block.
   */
  fact?: (facts: Facts) => { key: string; rank: number; block?: number }
  /** What members wrote that the words repeat. */
  sources?: (facts: Facts) => Source[]
  /** What is hidden by now. Its text leaves every recorded event, and waiting emails about it are cancelled. */
  withdraws?: (facts: Facts) => Source[]
  /** Members whose controller account has changed: the tokens of the one before it end. */
  endsTokensOf?: (facts: Facts) => number[]
  /** In ISO 8601: after it, nobody can do any more what it reminds of. A digest that comes later does not get it. */
  overAt?: (facts: Facts) => string
  data: (facts: Facts) => Data
  words: (data: Data, kind: KindName, addressee: Addressee) => Words
  /**
   * The deadline that it is about: emails bring it along for calendars. Undefined: none, or an earlier version stored
   * too little. There need not be such a deadline.
   */
  deadline?: (data: Data, event: Pick<EventMeta, 'id' | 'block'>) => DeadlineKey | undefined
  /** For email previews and the contract test. */
  sample: () => Facts
}

/** A definition with its type parameters erased, so that definitions fit into one list. */
export type AnyEventDefinition = EventDefinition<unknown, unknown, EventData>

/** Declares an event. Its types are inferred from `fields` and `read`. */
export function defineEvent<Row, Facts, Data extends EventData>(
  definition: EventDefinition<Row, Facts, Data>,
): AnyEventDefinition {
  // Safe: nulls are checked before rows reach `read`, and `words` only ever gets the output of `data`.
  return definition as unknown as AnyEventDefinition
}

type Effect<Row, Facts> = Pick<
  EventDefinition<Row, Facts, EventData>,
  'type' | 'fields' | 'nullable' | 'read' | 'sample'
> &
  (
    | Required<Pick<EventDefinition<Row, Facts, EventData>, 'withdraws'>>
    | Required<Pick<EventDefinition<Row, Facts, EventData>, 'endsTokensOf'>>
  )

/** Declares an event that concerns nobody, but has an effect. */
export function defineEffect<Row, Facts>(effect: Effect<Row, Facts>): AnyEventDefinition {
  return defineEvent<Row, Facts, EventData>({
    ...effect,
    entity: () => '',
    rules: () => [],
    data: () => ({}),
    words: () => ({ title: '', path: '/#/', action: '' }),
  })
}
