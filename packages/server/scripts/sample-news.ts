import type { News } from '../src/emails/compose.ts'
import type { AnyEventDefinition } from '../src/events/define.ts'
import type { KindName } from '../src/events/kinds.ts'
import { events } from '../src/events/list.ts'

/** Every email that there is, with sample data: one for each event and each kind that its rules give. */
export const sampleNews = (): News[] => events.flatMap((event) => kindsOf(event).map((kind) => newsOf(event, kind)))

export function kindsOf(event: AnyEventDefinition): KindName[] {
  return [...new Set(event.rules(event.sample()).map(({ kind }) => kind))]
}

const newsOf = (event: AnyEventDefinition, kind: KindName): News => ({
  memberName: 'bob',
  type: event.type,
  kind,
  data: event.data(event.sample()),
})
