/** The kinds of entity that the chain keeps, by their GraphQL type. */
export const entityTypes = [
  'Membership',
  'MemberMetadata',
  'ForumCategory',
  'ForumThread',
  'ForumPost',
  'Proposal',
  'ProposalDiscussionThread',
  'ProposalDiscussionPost',
  'ElectedCouncil',
  'CouncilMember',
  'ElectionRound',
  'Candidate',
  'ReferendumStageVoting',
  'ReferendumStageRevealing',
  'CouncilStageUpdate',
  'WorkingGroup',
  'WorkingGroupOpening',
  'WorkingGroupOpeningMetadata',
  'WorkingGroupApplication',
  'Worker',
] as const

/** The kinds of event that the chain raises, by their GraphQL type. */
export const eventTypes = [
  'PostAddedEvent',
  'PostTextUpdatedEvent',
  'ThreadCreatedEvent',
  'ProposalCreatedEvent',
  'ProposalStatusUpdatedEvent',
  'ProposalDecisionMadeEvent',
  'ProposalExecutedEvent',
  'ProposalCancelledEvent',
  'ProposalVotedEvent',
  'ProposalDiscussionPostCreatedEvent',
  'ProposalDiscussionPostUpdatedEvent',
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
] as const

export type EntityType = (typeof entityTypes)[number]
export type EventType = (typeof eventTypes)[number]
export type TypeName = EntityType | EventType

/** What the columns of a row hold: a scalar, a list, a union's variant, or a function that works the value out when asked. */
export type Columns = { readonly [column: string]: unknown }

/** A row to write. `block` is the block that created it. */
export type Draft = Columns & { readonly id: string; readonly block: number }

/** A row of a table; `written` counts the writes of the table. */
export type Row = Draft & { readonly written: number }

/** A reference to an event that was raised. */
export type ChainEvent = {
  readonly type: EventType
  readonly id: string
  readonly inBlock: number
  readonly indexInBlock: number
}
