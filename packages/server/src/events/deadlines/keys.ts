/** Names a deadline: its type, and a key that stays the same until it has ended. */
export type DeadlineKey = { type: string; key: string }

// Events that a deadline begins with know it by the same keys.

export const announcingEnd = (fromBlock: number): DeadlineKey => ({
  type: 'ElectionAnnouncingEnding',
  key: `from-${fromBlock}`,
})

export const votingEnd = (roundId: string): DeadlineKey => ({ type: 'ElectionVotingEnding', key: `round-${roundId}` })

export const revealingEnd = (roundId: string): DeadlineKey => ({
  type: 'ElectionRevealingEnding',
  key: `round-${roundId}`,
})

/** A new council decides again, from another block. */
export const decidingEnd = (proposalId: string, fromBlock: number): DeadlineKey => ({
  type: 'ProposalDecidingEnding',
  key: `${proposalId}-${fromBlock}`,
})

export const graceEnd = (proposalId: string, fromBlock: number): DeadlineKey => ({
  type: 'ProposalGraceEnding',
  key: `${proposalId}-${fromBlock}`,
})

export const openingEnd = (openingId: string): DeadlineKey => ({ type: 'OpeningEnding', key: openingId })
