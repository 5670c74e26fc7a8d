import type { Deadline } from './define.ts'
import { electionAnnouncingEnding } from './election-announcing-ending.ts'
import { electionRevealingEnding } from './election-revealing-ending.ts'
import { electionVotingEnding } from './election-voting-ending.ts'
import { councilIdleEnding, proposalGraceEnding } from './listed.ts'
import { openingEnding } from './opening-ending.ts'
import { proposalDecidingEnding } from './proposal-deciding-ending.ts'

/** Everything that ends, and of which members can be told before. */
export const deadlines: readonly Deadline[] = [
  electionAnnouncingEnding,
  electionVotingEnding,
  electionRevealingEnding,
  councilIdleEnding,
  proposalDecidingEnding,
  proposalGraceEnding,
  openingEnding,
]
