import { beginningOf } from '../lib/text.ts'
import { ANYBODY } from './addressee.ts'
import type { AnyEventDefinition } from './define.ts'
import { events } from './list.ts'
import { groupAt } from './working-groups/group.ts'

/** What a page of Pioneer shows: fields of the events about it, or types of event. */
export type LinkedPage = { fields: Record<string, string> } | { types: string[] }

const LONGEST = 500

/** Pages of one thing: the pattern of their path, and the field of an event's data that has the thing's id. */
const THINGS: [RegExp, string][] = [
  [/^\/forum\/thread\/(\w+)$/, 'threadId'],
  [/^\/proposals\/preview\/(\w+)$/, 'proposalId'],
  [/^\/working-groups\/openings\/([\w-]+)$/, 'openingId'],
]

/** Whether a text looks like a link to Pioneer. */
export const isLink = (text: string): boolean => text.includes('#/')

/**
 * Reads a link that the words of an event contain, or one that a reader copied from the app.
 * @param text a link to any host, or what follows the host
 * @returns undefined for a page that no event links to
 */
export function readLink(text: string): LinkedPage | undefined {
  const [, whole = ''] = /#(\/.*)$/s.exec(beginningOf(text.trim(), LONGEST)) ?? []
  const [page = '', search = ''] = whole.split('?')
  const path = page.replace(/(?<=.)\/+$/, '')
  for (const [pattern, field] of THINGS) {
    const [, id] = pattern.exec(path) ?? []
    const postId = new URLSearchParams(search).get('post')
    if (id) return { fields: { [field]: id, ...(postId && field !== 'openingId' ? { postId } : {}) } }
  }
  const [, group = ''] = /^\/working-groups\/([\w-]+)$/.exec(path) ?? []
  const groupId = groupAt(group)
  if (groupId) return { fields: { groupId } }
  const types = events.filter((event) => pathsOf(event).has(`/#${path}`)).map(({ type }) => type)
  return types.length ? { types } : undefined
}

/** Of its sample: those of a page that is the same for all events of a type. */
const pathsOf = (event: AnyEventDefinition): Set<string> => {
  const sample = event.sample()
  const data = event.data(sample)
  return new Set(event.rules(sample).map(({ kind }) => event.words(data, kind, ANYBODY).path))
}
