import type { Ledger } from './ledger.ts'
import type { Member } from './members.ts'
import type { ChainEvent, Columns } from './types.ts'
import type { Application, GroupId, Opening, Worker } from './working-groups.ts'

export type Proposal = {
  readonly type: 'Proposal'
  readonly id: string
  readonly title: string
  readonly creatorId: string
  readonly event: ChainEvent
}

type ById = Pick<Proposal, 'id'>

export type DiscussionPost = {
  readonly type: 'ProposalDiscussionPost'
  readonly id: string
  readonly authorId: string
  readonly event: ChainEvent
}

export type Destination = { account: string; amount: bigint }

/** Amounts are in base units: 1 JOY is 10^10 of them. */
export type ProposalDetails =
  | { kind: 'Signal' | 'AmendConstitution'; text: string }
  | { kind: 'RuntimeUpgrade' | 'UpdateTokenPalletTokenConstraints' | 'UpdateArgoBridgeConstraints' }
  | { kind: 'FundingRequest'; destinations: readonly Destination[] }
  | { kind: 'SetMaxValidatorCount'; newMaxValidatorCount: number }
  | {
      kind: 'CreateWorkingGroupLeadOpening'
      group: GroupId
      title?: string
      stakeAmount?: bigint
      rewardPerBlock?: bigint
    }
  | { kind: 'FillWorkingGroupLeadOpening'; application: Application; opening: Opening }
  | { kind: 'CancelWorkingGroupLeadOpening'; opening: Opening }
  | { kind: 'UpdateWorkingGroupBudget'; group: GroupId; amount: bigint }
  | { kind: 'DecreaseWorkingGroupLeadStake' | 'SlashWorkingGroupLead'; lead: Worker; amount: bigint }
  | { kind: 'SetWorkingGroupLeadReward'; lead: Worker; newRewardPerBlock: bigint }
  | { kind: 'TerminateWorkingGroupLead'; lead: Worker; slashingAmount?: bigint }
  | { kind: 'SetMembershipPrice'; newPrice: bigint }
  | { kind: 'SetCouncilBudgetIncrement'; newAmount: bigint }
  | { kind: 'SetCouncilorReward'; newRewardPerBlock: bigint }
  | { kind: 'SetInitialInvitationBalance'; newInitialInvitationBalance: bigint }
  | { kind: 'SetInitialInvitationCount'; newInitialInvitationsCount: number }
  | { kind: 'SetMembershipLeadInvitationQuota'; newLeadInvitationQuota: number }
  | { kind: 'SetReferralCut'; newReferralCut: number }
  | { kind: 'Veto'; proposal: Proposal }
  | {
      kind: 'UpdateChannelPayouts'
      minCashoutAllowed?: bigint
      maxCashoutAllowed?: bigint
      channelCashoutsEnabled?: boolean
    }
  | { kind: 'UpdatePalletFrozenStatus'; pallet: string; frozen: boolean }
  | { kind: 'UpdateGlobalNftLimit'; newDailyNftLimit?: number; newWeeklyNftLimit?: number }
  | { kind: 'DecreaseCouncilBudget'; amount: bigint }
  | { kind: 'SetEraPayoutDampingFactor'; dampingFactor: number }

export type ProposalOptions = {
  by: Member
  title: string
  description: string
  /** Default: a signal with the description as its text. */
  details?: ProposalDetails
  exactExecutionBlock?: number
  /** Null: it needs no stake. Default: the creator's account. */
  stakingAccount?: string | null
  id?: string
}

export type VoteKind = 'APPROVE' | 'REJECT' | 'SLASH' | 'ABSTAIN'
type FinalDecision = 'Rejected' | 'Slashed' | 'Expired' | 'Vetoed' | 'CanceledByRuntime'

export function proposalBuilders(ledger: Ledger) {
  const takeId = (counter: string, wanted?: string): string =>
    String(ledger.takeNumber(counter, 1, wanted === undefined ? undefined : Number(wanted)))

  const detailsColumns = (details: ProposalDetails, proposalId: string): Columns => {
    const { kind, ...values } = details
    const __typename = `${kind}ProposalDetails`
    switch (details.kind) {
      case 'FundingRequest':
        addDestinations(proposalId, details.destinations)
        return { __typename, destinationsListId: proposalId }
      case 'CreateWorkingGroupLeadOpening':
        ledger.add('WorkingGroupOpeningMetadata', `proposal-${proposalId}`, {
          originallyValid: true,
          title: details.title ?? null,
        })
        return {
          __typename,
          metadataId: `proposal-${proposalId}`,
          groupId: details.group,
          stakeAmount: details.stakeAmount ?? 0n,
          unstakingPeriod: 43_200,
          rewardPerBlock: details.rewardPerBlock ?? 0n,
        }
      case 'FillWorkingGroupLeadOpening':
        return { __typename, openingId: details.opening.id, applicationId: details.application.id }
      case 'CancelWorkingGroupLeadOpening':
        return { __typename, openingId: details.opening.id }
      case 'UpdateWorkingGroupBudget':
        return { __typename, groupId: details.group, amount: details.amount }
      case 'DecreaseWorkingGroupLeadStake':
      case 'SlashWorkingGroupLead':
      case 'SetWorkingGroupLeadReward':
      case 'TerminateWorkingGroupLead':
        return { __typename, ...values, lead: undefined, leadId: details.lead.id }
      case 'Veto':
        return { __typename, proposalId: details.proposal.id }
      default:
        return { __typename, ...values }
    }
  }

  const addDestinations = (listId: string, destinations: readonly Destination[]): void => {
    ledger.add('FundingRequestDestinationsList', listId, {})
    for (const [n, destination] of destinations.entries()) {
      ledger.add('FundingRequestDestination', `${listId}-${n}`, { ...destination, listId })
    }
  }

  const setStatus = (proposal: ById, status: Columns, columns: Columns = {}): void =>
    ledger.change('Proposal', proposal.id, {
      status,
      statusSetAtBlock: ledger.openBlock,
      statusSetAtTime: ledger.timeOf(ledger.openBlock),
      ...columns,
    })

  const decide = (proposal: ById, decision: string, byHook: boolean): ChainEvent =>
    ledger.raise(
      'ProposalDecisionMadeEvent',
      { proposalId: proposal.id, decisionStatus: { __typename: `ProposalStatus${decision}` } },
      byHook,
    )

  const moveTo = (proposal: ById, status: 'Deciding' | 'Gracing' | 'Dormant', columns: Columns = {}): ChainEvent => {
    const __typename = `ProposalStatus${status}`
    const event = ledger.raise(
      'ProposalStatusUpdatedEvent',
      { proposalId: proposal.id, newStatus: { __typename } },
      true,
    )
    setStatus(proposal, { __typename, proposalStatusUpdatedEventId: event.id }, columns)
    return event
  }

  const approve = (proposal: Proposal, status: 'Gracing' | 'Dormant'): ChainEvent => {
    const approvals = Number(ledger.get('Proposal', proposal.id).councilApprovals) + 1
    const decision = decide(proposal, status, true)
    moveTo(proposal, status, { councilApprovals: approvals })
    return decision
  }

  const end =
    (decision: FinalDecision) =>
    (proposal: ById): ChainEvent => {
      const event = decide(proposal, decision, decision !== 'Vetoed')
      const status = { __typename: `ProposalStatus${decision}`, proposalDecisionMadeEventId: event.id }
      setStatus(proposal, status, { isFinalized: true })
      return event
    }

  const execute = (proposal: Proposal, result: Columns): ChainEvent => {
    const event = ledger.raise('ProposalExecutedEvent', { proposalId: proposal.id, executionStatus: result }, true)
    setStatus(proposal, { ...result, proposalExecutedEventId: event.id }, { isFinalized: true })
    return event
  }

  return {
    /** Rejects what is being decided and takes up what is dormant. */
    underNewCouncil(): void {
      for (const { id, status } of ledger.where('Proposal', 'isFinalized', false)) {
        const { __typename } = Object(status)
        if (__typename === 'ProposalStatusDeciding') end('Rejected')({ id })
        if (__typename === 'ProposalStatusDormant') moveTo({ id }, 'Deciding')
      }
    },

    /** Creates a proposal in the deciding stage, with a discussion. */
    proposalCreated(options: ProposalOptions): Proposal {
      const { by, title, description, details = { kind: 'Signal', text: description } } = options
      const id = takeId('proposal', options.id)
      const event = ledger.raise('ProposalCreatedEvent', { proposalId: id })
      ledger.add('ProposalDiscussionThread', id, { proposalId: id })
      ledger.add('Proposal', id, {
        title,
        description,
        details: detailsColumns(details, id),
        stakingAccount: options.stakingAccount === undefined ? () => by.address : options.stakingAccount,
        creatorId: by.id,
        createdInEventId: event.id,
        exactExecutionBlock: options.exactExecutionBlock ?? null,
        discussionThreadId: id,
        councilApprovals: 0,
        status: { __typename: 'ProposalStatusDeciding' },
        isFinalized: false,
        statusSetAtBlock: ledger.openBlock,
        statusSetAtTime: ledger.timeOf(ledger.openBlock),
      })
      return { type: 'Proposal', id, title, creatorId: by.id, event }
    },

    proposalVoted(proposal: Proposal, options: { by: Member; kind: VoteKind; rationale?: string }): ChainEvent {
      return ledger.raise('ProposalVotedEvent', {
        proposalId: proposal.id,
        voterId: options.by.id,
        voteKind: options.kind,
        rationale: options.rationale ?? '',
        votingRound: Number(ledger.get('Proposal', proposal.id).councilApprovals) + 1,
      })
    },

    discussionPostCreated(options: {
      by: Member
      on: Proposal
      text: string
      repliesTo?: DiscussionPost
      id?: string
    }): DiscussionPost {
      const { by, text } = options
      const id = takeId('discussion post', options.id)
      const event = ledger.raise('ProposalDiscussionPostCreatedEvent', { postId: id, text })
      ledger.add('ProposalDiscussionPost', id, {
        discussionThreadId: options.on.id,
        authorId: by.id,
        isVisible: true,
        text,
        repliesToId: options.repliesTo?.id ?? null,
        createdInEventId: event.id,
      })
      return { type: 'ProposalDiscussionPost', id, authorId: by.id, event }
    },

    /** Hides the post unless told otherwise. */
    discussionPostDeleted(post: DiscussionPost, { hides = true } = {}): ChainEvent {
      if (hides) ledger.change('ProposalDiscussionPost', post.id, { isVisible: false })
      return ledger.raise('ProposalDiscussionPostDeletedEvent', { postId: post.id })
    },

    discussionPostEdited(post: DiscussionPost, { text }: { text: string }): ChainEvent {
      ledger.change('ProposalDiscussionPost', post.id, { text })
      return ledger.raise('ProposalDiscussionPostUpdatedEvent', { postId: post.id, text })
    },

    /** Starts the grace period. Raises ProposalDecisionMade, which it returns, and ProposalStatusUpdated. */
    proposalApproved: (proposal: Proposal): ChainEvent => approve(proposal, 'Gracing'),

    /** The next council must approve too. Raises ProposalDecisionMade, which it returns, and ProposalStatusUpdated. */
    proposalDormant: (proposal: Proposal): ChainEvent => approve(proposal, 'Dormant'),

    /** The next council decides on a dormant proposal. */
    proposalDecidingAgain: (proposal: Proposal): ChainEvent => moveTo(proposal, 'Deciding'),

    proposalExecuted: (proposal: Proposal): ChainEvent => execute(proposal, { __typename: 'ProposalStatusExecuted' }),

    proposalExecutionFailed: (proposal: Proposal, { error }: { error: string }): ChainEvent =>
      execute(proposal, { __typename: 'ProposalStatusExecutionFailed', errorMessage: error }),

    proposalRejected: end('Rejected'),
    proposalSlashed: end('Slashed'),
    proposalExpired: end('Expired'),
    proposalVetoed: end('Vetoed'),
    proposalCanceledByRuntime: end('CanceledByRuntime'),

    /** Raises ProposalDecisionMade and then ProposalCancelled, which it returns. */
    proposalCancelled(proposal: Proposal): ChainEvent {
      decide(proposal, 'Cancelled', false)
      const event = ledger.raise('ProposalCancelledEvent', { proposalId: proposal.id })
      const status = { __typename: 'ProposalStatusCancelled', cancelledInEventId: event.id }
      setStatus(proposal, status, { isFinalized: true })
      return event
    },
  }
}
