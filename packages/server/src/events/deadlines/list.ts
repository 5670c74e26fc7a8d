import type { Deadline } from './define.ts'
import { councilIdleEnding, proposalGraceEnding } from './listed.ts'
import { openingEnding } from './opening-ending.ts'
import { proposalDecidingEnding } from './proposal-deciding-ending.ts'

/** Everything that ends, and of which members can be told before. */
export const deadlines: readonly Deadline[] = [
  councilIdleEnding,
  proposalDecidingEnding,
  proposalGraceEnding,
  openingEnding,
]
