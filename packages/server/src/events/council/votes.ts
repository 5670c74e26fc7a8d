import type { Addressee } from '../addressee.ts'
import type { Voter } from '../chain.ts'
import { fact, type MaybeFact, MOST_LISTED } from '../facts.ts'

/** Of one event. */
const MOST_ACCOUNTS = 500
const MOST_MEMBERS = 2_000

/**
 * What an event's data says of the accounts whose votes it is about. It is not shown: readers get their own labels of
 * them (inbox/own-votes.ts), because nobody else is to know who watches what.
 */
export type VotesData = {
  /** Those that members watch. */
  accounts: string[]
  /** The ids of members who watch some of these, and have votes of other accounts as well. */
  withOtherVotes: string[]
}

export const votersOf = (votes: readonly Voter[]): string[] => [...new Set(votes.flatMap(({ memberIds }) => memberIds))]

export function votesData(votes: readonly Voter[]): VotesData {
  const named = new Set(votes.filter(({ watcherIds }) => watcherIds.length).slice(0, MOST_ACCOUNTS))
  const readers = new Set([...named].flatMap(({ watcherIds }) => watcherIds))
  const withOtherVotes = new Set<string>()
  for (const vote of votes) {
    const told = new Set(named.has(vote) ? vote.watcherIds : [])
    for (const id of vote.memberIds) if (readers.has(id) && !told.has(id)) withOtherVotes.add(id)
  }
  // A label must not read as if it were the only vote.
  if (withOtherVotes.size > MOST_MEMBERS) return { accounts: [], withOtherVotes: [] }
  return { accounts: [...named].map(({ account }) => account), withOtherVotes: [...withOtherVotes] }
}

type YourVotes = { votes: string; count: string; areSeveral: boolean; accounts: MaybeFact }

/** A reader's votes for a sentence: such as "your vote with “cold wallet”", and what votes do that are not revealed. */
export function yourVotes({ votes }: Addressee): YourVotes {
  const [first, ...others] = votes?.labels ?? []
  if (first === undefined || !votes) {
    return { votes: 'your vote', count: 'it does not count', areSeveral: false, accounts: undefined }
  }
  const label = `“${first}”`
  if (!others.length && !votes.hasOthers) {
    return { votes: `your vote with ${label}`, count: 'it does not count', areSeveral: false, accounts: undefined }
  }
  const rest = votes.hasOthers ? 'other accounts' : others.length === 1 ? 'another account' : `${others.length} others`
  return {
    votes: `your votes with ${label} and ${rest}`,
    count: 'they do not count',
    areSeveral: true,
    accounts: fact('Accounts that voted', listOf(votes)),
  }
}

function listOf({ labels, hasOthers }: NonNullable<Addressee['votes']>): string {
  const listed = labels.slice(0, MOST_LISTED).map((label) => `“${label}”`)
  const more = labels.length - listed.length
  return [...listed, ...(more ? [`${more} more`] : []), ...(hasOthers ? ['accounts of your membership'] : [])].join(
    ', ',
  )
}
