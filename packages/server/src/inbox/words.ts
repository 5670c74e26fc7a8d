import { addressee } from '../events/addressee.ts'
import type { EventData, Words } from '../events/define.ts'
import { isKind } from '../events/kinds.ts'
import { eventOfType } from '../events/list.ts'
import type { Logger } from '../lib/logger.ts'
import type { Entry } from './read.ts'

/** Logged once per type of event: every notification in every inbox would repeat the error. */
const typesWithoutWords = new Set<string>()

/**
 * The words of a notification. One that cannot be rendered must not break the whole inbox, nor must its facts.
 * @returns undefined for it, and for those of the replaced backend, which kept no events
 */
export function wordsOf(entry: Entry, deps: { log: Logger }): Words | undefined {
  // Each field of an entry that is being answered asks for them.
  if (entry.words === undefined) entry.words = render(entry, deps) ?? null
  return entry.words ?? undefined
}

function render(entry: Entry, { log }: { log: Logger }): Words | undefined {
  const { id, data, kind, memberId, timeZone, votes } = entry
  if (entry.type === null || !isKind(kind)) return undefined
  const { type } = entry

  function attempt<Part>(part: () => Part): Part | undefined {
    try {
      return part()
    } catch (error) {
      if (!typesWithoutWords.has(type)) {
        log.error(
          { err: error },
          `Cannot render notifications of ${type}, such as ${id}: members see them without a title or facts`,
        )
      }
      typesWithoutWords.add(type)
      return undefined
    }
  }

  const words = attempt(() =>
    eventOfType(type).words(data as EventData, kind, addressee({ memberId, timeZone, votes })),
  )
  const facts = words?.facts
  if (facts) words.facts = () => attempt(facts) ?? []
  return words
}
