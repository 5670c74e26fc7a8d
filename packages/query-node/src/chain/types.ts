/** The entities that the chain stores, by GraphQL type. */
export const entityTypes = [
  'Membership',
  'MemberMetadata',
  'ForumCategory',
  'ForumThread',
  'ForumPost',
  'Proposal',
  'FundingRequestDestinationsList',
  'FundingRequestDestination',
  'ProposalDiscussionThread',
  'ProposalDiscussionPost',
  'ElectedCouncil',
  'CouncilMember',
  'ElectionRound',
  'Candidate',
  'CastVote',
  'ReferendumStageVoting',
  'ReferendumStageRevealing',
  'CouncilStageUpdate',
  'WorkingGroup',
  'WorkingGroupOpening',
  'WorkingGroupOpeningMetadata',
  'WorkingGroupApplication',
  'Worker',
] as const

/** The events that the chain raises, by GraphQL type. */
export const eventTypes = [
  'PostAddedEvent',
  'PostTextUpdatedEvent',
  'ThreadCreatedEvent',
  'PostModeratedEvent',
  'PostDeletedEvent',
  'ThreadModeratedEvent',
  'ThreadDeletedEvent',
  'MemberAccountsUpdatedEvent',
  'ProposalCreatedEvent',
  'ProposalStatusUpdatedEvent',
  'ProposalDecisionMadeEvent',
  'ProposalExecutedEvent',
  'ProposalCancelledEvent',
  'ProposalVotedEvent',
  'ProposalDiscussionPostCreatedEvent',
  'ProposalDiscussionPostUpdatedEvent',
  'ProposalDiscussionPostDeletedEvent',
  'AnnouncingPeriodStartedEvent',
  'NotEnoughCandidatesEvent',
  'NewCouncilNotElectedEvent',
  'VotingPeriodStartedEvent',
  'ReferendumStartedEvent',
  'RevealingStageStartedEvent',
  'NewCouncilElectedEvent',
  'OpeningAddedEvent',
  'AppliedOnOpeningEvent',
  'OpeningFilledEvent',
  'BudgetUpdatedEvent',
  'BudgetSetEvent',
  'BudgetSpendingEvent',
  'LeaderSetEvent',
  'LeaderUnsetEvent',
  'WorkerStartedLeavingEvent',
  'WorkerExitedEvent',
  'TerminatedWorkerEvent',
  'TerminatedLeaderEvent',
  'StakeSlashedEvent',
  'WorkerRewardAmountUpdatedEvent',
  'NewMissedRewardLevelReachedEvent',
  'ApplicationWithdrawnEvent',
] as const

export type EntityType = (typeof entityTypes)[number]
export type EventType = (typeof eventTypes)[number]
export type TypeName = EntityType | EventType

/** The columns of a row. A value is a scalar, a list, a variant of a union, or a function that computes the value. */
export type Columns = { readonly [column: string]: unknown }

/** A row before it is committed. `block` is the block that created it. */
export type Draft = Columns & { readonly id: string; readonly block: number }

/** A committed row. Later writes to its table have higher numbers. */
export type Row = Draft & { readonly writeNumber: number }

export type ChainEvent = {
  readonly type: EventType
  readonly id: string
  readonly inBlock: number
  readonly indexInBlock: number
}
