import type { EventData } from './define.ts'
import type { EntityKindName } from './kinds.ts'

/** A thread or proposal, which members watch and mute as a whole. */
export type Thing = { type: keyof typeof THINGS; id: string }

/** The field of an event's data that names it, and the kinds that one mutes with it. */
const THINGS = {
  thread: { field: 'threadId', kinds: ['FORUM_THREAD_ENTITY_POST'] },
  proposal: {
    field: 'proposalId',
    kinds: ['PROPOSAL_ENTITY_STATUS', 'PROPOSAL_ENTITY_VOTE', 'PROPOSAL_ENTITY_DISCUSSION'],
  },
} as const satisfies Record<string, { field: string; kinds: readonly EntityKindName[] }>

const TYPES = Object.keys(THINGS) as Thing['type'][]

export const isThingType = (type: string): type is Thing['type'] => Object.hasOwn(THINGS, type)

/** The thread or proposal that an event is about. */
export function thingOf(data: EventData): Thing | undefined {
  for (const type of TYPES) {
    const id = data[THINGS[type].field]
    if (typeof id === 'string') return { type, id }
  }
  return undefined
}

/** Null: it is hidden. */
export function titleIn(data: EventData, { type }: Thing): string | null {
  const title = data[type]
  return typeof title === 'string' ? title : null
}

export const fieldOf = ({ type }: Thing): string => THINGS[type].field

export const kindsOfThing = ({ type }: Thing): readonly EntityKindName[] => THINGS[type].kinds

/** Its page in the app, relative to PIONEER_URL. */
export const pathOf = ({ type, id }: Thing): string =>
  type === 'thread' ? `/#/forum/thread/${id}` : `/#/proposals/preview/${id}`
