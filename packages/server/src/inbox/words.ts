import { addressee } from '../events/addressee.ts'
import type { EventData, Words } from '../events/define.ts'
import { isKind } from '../events/kinds.ts'
import { eventOfType } from '../events/list.ts'
import type { Logger } from '../lib/logger.ts'
import type { Entry } from './read.ts'

/** Logged once per type of event: every notification in every inbox would repeat the error. */
const typesWithoutWords = new Set<string>()

/** Of entries that are being answered: each of their fields asks for the words. */
const known = new WeakMap<Entry, { words: Words | undefined }>()

/**
 * The words of a notification. One that cannot be rendered must not break the whole inbox.
 * @returns undefined for it, and for those of the replaced backend, which kept no events
 */
export function wordsOf(entry: Entry, deps: { log: Logger }): Words | undefined {
  const found = known.get(entry) ?? { words: render(entry, deps) }
  known.set(entry, found)
  return found.words
}

function render({ id, type, data, kind, ...reader }: Entry, { log }: { log: Logger }): Words | undefined {
  if (type === null || !isKind(kind)) return undefined
  try {
    return eventOfType(type).words(data as EventData, kind, addressee(reader))
  } catch (error) {
    if (!typesWithoutWords.has(type)) {
      log.error(
        { err: error },
        `Cannot render notifications of ${type}, such as ${id}: members see them without a title`,
      )
    }
    typesWithoutWords.add(type)
    return undefined
  }
}
