import type { Member } from '../chain.ts'
import { MOST_LISTED, MOST_PEOPLE } from '../facts.ts'

/** Candidates as the data of an event. */
export const candidateData = (candidates: readonly Member[]) => ({
  candidateIds: candidates.slice(0, MOST_PEOPLE).map(({ id }) => id),
  candidates: candidates.slice(0, MOST_LISTED).map(({ handle }) => handle),
})
