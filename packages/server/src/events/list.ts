import { announcingPeriodStarted } from './council/announcing-period-started.ts'
import { newCouncilElected } from './council/new-council-elected.ts'
import { newCouncilNotElected } from './council/new-council-not-elected.ts'
import { notEnoughCandidates } from './council/not-enough-candidates.ts'
import { revealingStageStarted } from './council/revealing-stage-started.ts'
import { votingPeriodStarted } from './council/voting-period-started.ts'
import { deadlines } from './deadlines/list.ts'
import type { AnyEventDefinition } from './define.ts'
import { postAdded } from './forum/post-added.ts'
import { postDeleted } from './forum/post-deleted.ts'
import { postModerated } from './forum/post-moderated.ts'
import { postTextUpdated } from './forum/post-text-updated.ts'
import { threadCreated } from './forum/thread-created.ts'
import { threadDeleted } from './forum/thread-deleted.ts'
import { threadModerated } from './forum/thread-moderated.ts'
import { memberAccountsUpdated } from './members/accounts-updated.ts'
import { proposalCreated } from './proposals/proposal-created.ts'
import { proposalDecisionMade } from './proposals/proposal-decision-made.ts'
import { proposalDiscussionPostCreated } from './proposals/proposal-discussion-post-created.ts'
import { proposalDiscussionPostDeleted } from './proposals/proposal-discussion-post-deleted.ts'
import { proposalDiscussionPostUpdated } from './proposals/proposal-discussion-post-updated.ts'
import { proposalExecuted } from './proposals/proposal-executed.ts'
import { proposalStatusUpdated } from './proposals/proposal-status-updated.ts'
import { proposalVoted } from './proposals/proposal-voted.ts'
import { appliedOnOpening } from './working-groups/applied-on-opening.ts'
import { budgetSet } from './working-groups/budget-set.ts'
import { budgetSpending } from './working-groups/budget-spending.ts'
import { budgetUpdated } from './working-groups/budget-updated.ts'
import { leaderSet } from './working-groups/leader-set.ts'
import { leaderUnset } from './working-groups/leader-unset.ts'
import { newMissedRewardLevelReached } from './working-groups/new-missed-reward-level-reached.ts'
import { openingAdded } from './working-groups/opening-added.ts'
import { openingFilled } from './working-groups/opening-filled.ts'
import { stakeSlashed } from './working-groups/stake-slashed.ts'
import { terminatedLeader } from './working-groups/terminated-leader.ts'
import { terminatedWorker } from './working-groups/terminated-worker.ts'
import { workerExited } from './working-groups/worker-exited.ts'
import { workerRewardAmountUpdated } from './working-groups/worker-reward-amount-updated.ts'
import { workerStartedLeaving } from './working-groups/worker-started-leaving.ts'

/** Every event of the chain that can notify members, or has an effect. */
export const chainEvents: readonly AnyEventDefinition[] = [
  threadCreated,
  postModerated,
  postDeleted,
  threadModerated,
  threadDeleted,
  memberAccountsUpdated,
  postAdded,
  postTextUpdated,
  proposalCreated,
  proposalStatusUpdated,
  proposalDecisionMade,
  proposalExecuted,
  proposalVoted,
  proposalDiscussionPostCreated,
  proposalDiscussionPostDeleted,
  proposalDiscussionPostUpdated,
  announcingPeriodStarted,
  notEnoughCandidates,
  newCouncilNotElected,
  votingPeriodStarted,
  revealingStageStarted,
  newCouncilElected,
  openingAdded,
  appliedOnOpening,
  openingFilled,
  budgetUpdated,
  budgetSet,
  budgetSpending,
  leaderSet,
  leaderUnset,
  workerStartedLeaving,
  workerExited,
  terminatedWorker,
  terminatedLeader,
  stakeSlashed,
  workerRewardAmountUpdated,
  newMissedRewardLevelReached,
]

/** These, and those that the clock raises. */
export const events: readonly AnyEventDefinition[] = [...chainEvents, ...deadlines.flatMap(({ event }) => event ?? [])]

const byType = new Map(events.map((event) => [event.type, event]))

/** @throws Error if no listed event has this type */
export function eventOfType(type: string): AnyEventDefinition {
  const event = byType.get(type)
  if (!event) throw new Error(`There is no event of type ${type}`)
  return event
}
