import type { Ledger } from './ledger.ts'
import type { Member } from './members.ts'
import type { ChainEvent, Columns } from './types.ts'

export const groupIds = [
  'contentWorkingGroup',
  'forumWorkingGroup',
  'storageWorkingGroup',
  'distributionWorkingGroup',
  'membershipWorkingGroup',
  'appWorkingGroup',
  'operationsWorkingGroupAlpha',
  'operationsWorkingGroupBeta',
  'operationsWorkingGroupGamma',
] as const

export type GroupId = (typeof groupIds)[number]

export type Opening = {
  readonly type: 'WorkingGroupOpening'
  readonly id: string
  readonly group: GroupId
  readonly forLead: boolean
  readonly event: ChainEvent
}

export type Application = {
  readonly type: 'WorkingGroupApplication'
  readonly id: string
  readonly applicant: Member
  readonly event: ChainEvent
}

export type Worker = {
  readonly type: 'Worker'
  readonly id: string
  readonly group: GroupId
  readonly isLead: boolean
  readonly member: Member
}

export type OpeningOptions = {
  group: GroupId
  forLead?: boolean
  title?: string
  shortDescription?: string
  description?: string
  hiringLimit?: number
  /** When applications are expected to end. */
  expectedEnding?: Date
  /** In base units: 1 JOY is 10^10 of them. Also `rewardPerBlock`. */
  stake?: bigint
  rewardPerBlock?: bigint
}

const JOY = 10n ** 10n

export function workingGroupBuilders(ledger: Ledger) {
  const takeId = (group: GroupId, what: string) => {
    const runtimeId = ledger.takeNumber(`${group} ${what}`, 0)
    return { runtimeId, id: `${group}-${runtimeId}` }
  }

  const changeBudget = (group: GroupId, by: bigint): void => {
    const { budget } = ledger.get('WorkingGroup', group)
    ledger.change('WorkingGroup', group, { budget: (typeof budget === 'bigint' ? budget : 0n) + by })
  }

  const unsetLeader = (group: GroupId): ChainEvent => {
    const { leaderId } = ledger.get('WorkingGroup', group)
    if (leaderId === null) throw new Error(`The ${group} has no leader`)
    ledger.change('WorkingGroup', group, { leaderId: null })
    return ledger.raise('LeaderUnsetEvent', { groupId: group, leaderId })
  }

  const leadsNow = (worker: Worker): boolean => ledger.get('WorkingGroup', worker.group).leaderId === worker.id

  const slash = (
    { id, group }: Worker,
    { amount, rationale }: { amount: bigint; rationale?: string | undefined },
  ): ChainEvent => {
    const stake = BigInt(String(ledger.get('Worker', id).stake))
    const slashedAmount = amount < stake ? amount : stake
    ledger.change('Worker', id, { stake: stake - slashedAmount })
    return ledger.raise('StakeSlashedEvent', {
      groupId: group,
      workerId: id,
      requestedAmount: amount,
      slashedAmount,
      rationale: rationale ?? null,
    })
  }

  const hire = (opening: Opening, application: Application, openingFilledId: string): Worker => {
    const { id, runtimeId } = takeId(opening.group, 'worker')
    const applied = ledger.get('WorkingGroupApplication', application.id)
    ledger.add('Worker', id, {
      runtimeId,
      groupId: opening.group,
      membershipId: application.applicant.id,
      roleAccount: applied.roleAccount,
      rewardAccount: applied.rewardAccount,
      stakeAccount: applied.stakingAccount,
      status: { __typename: 'WorkerStatusActive' },
      isLead: opening.forLead,
      isActive: true,
      stake: applied.stake,
      rewardPerBlock: ledger.get('WorkingGroupOpening', opening.id).rewardPerBlock,
      entryId: openingFilledId,
      applicationId: application.id,
    })
    return { type: 'Worker', id, group: opening.group, isLead: opening.forLead, member: application.applicant }
  }

  const settle = (application: Columns & { id: string }, hired: boolean, openingFilledEventId: string): void =>
    ledger.change('WorkingGroupApplication', application.id, {
      status: { __typename: hired ? 'ApplicationStatusAccepted' : 'ApplicationStatusRejected', openingFilledEventId },
    })

  const isWithdrawn = ({ status }: Columns): boolean => (status as Columns).__typename === 'ApplicationStatusWithdrawn'

  const builders = {
    openingAdded(options: OpeningOptions): Opening {
      const { group, forLead = false } = options
      const { id, runtimeId } = takeId(group, 'opening')
      const event = ledger.raise('OpeningAddedEvent', { groupId: group, openingId: id })
      ledger.add('WorkingGroupOpeningMetadata', id, {
        originallyValid: true,
        title: options.title ?? null,
        shortDescription: options.shortDescription ?? null,
        description: options.description ?? null,
        hiringLimit: options.hiringLimit ?? 1,
        expectedEnding: options.expectedEnding?.getTime() ?? null,
        applicationDetails: null,
      })
      ledger.add('WorkingGroupOpening', id, {
        runtimeId,
        groupId: group,
        type: forLead ? 'LEADER' : 'REGULAR',
        status: { __typename: 'OpeningStatusOpen' },
        metadataId: id,
        stakeAmount: options.stake ?? 5_000n * JOY,
        unstakingPeriod: 43_200,
        rewardPerBlock: options.rewardPerBlock ?? JOY / 20n,
        createdInEventId: event.id,
      })
      return { type: 'WorkingGroupOpening', id, group, forLead, event }
    },

    appliedOnOpening({ by, to }: { by: Member; to: Opening }): Application {
      const { id, runtimeId } = takeId(to.group, 'application')
      const event = ledger.raise('AppliedOnOpeningEvent', { groupId: to.group, openingId: to.id, applicationId: id })
      const account = (): string => by.address
      ledger.add('WorkingGroupApplication', id, {
        runtimeId,
        openingId: to.id,
        applicantId: by.id,
        stake: ledger.get('WorkingGroupOpening', to.id).stakeAmount,
        roleAccount: account,
        rewardAccount: account,
        stakingAccount: account,
        status: { __typename: 'ApplicationStatusPending' },
        createdInEventId: event.id,
      })
      return { type: 'WorkingGroupApplication', id, applicant: by, event }
    },

    applicationWithdrawn({ id }: Application): ChainEvent {
      const { openingId } = ledger.get('WorkingGroupApplication', id)
      const { groupId } = ledger.get('WorkingGroupOpening', String(openingId))
      const event = ledger.raise('ApplicationWithdrawnEvent', { groupId, applicationId: id })
      ledger.change('WorkingGroupApplication', id, {
        status: { __typename: 'ApplicationStatusWithdrawn', applicationWithdrawnEventId: event.id },
      })
      return event
    },

    /** Rejects all other applicants. Filling an opening for a lead also raises LeaderSet. */
    openingFilled(opening: Opening, { hires }: { hires: readonly Application[] }): Worker[] {
      const event = ledger.raise('OpeningFilledEvent', { groupId: opening.group, openingId: opening.id })
      const hiredIds = new Set(hires.map((application) => application.id))
      for (const application of ledger.where('WorkingGroupApplication', 'openingId', opening.id))
        if (!isWithdrawn(application)) settle(application, hiredIds.has(application.id), event.id)
      ledger.change('WorkingGroupOpening', opening.id, {
        status: { __typename: 'OpeningStatusFilled', openingFilledEventId: event.id },
      })
      const workers = hires.map((application) => hire(opening, application, event.id))
      if (opening.forLead) for (const worker of workers) builders.leaderSet(worker)
      return workers
    },

    /** Opens, applies for and fills an opening, all in the open block. */
    workerHired(options: { member: Member; group: GroupId; asLead?: boolean }): Worker {
      const opening = builders.openingAdded({ group: options.group, forLead: options.asLead })
      const application = builders.appliedOnOpening({ by: options.member, to: opening })
      const [worker] = builders.openingFilled(opening, { hires: [application] })
      if (!worker) throw new Error('Nobody was hired')
      return worker
    },

    /** Changes the budget by an amount in base units, which can be negative. */
    budgetUpdated(group: GroupId, { by }: { by: bigint }): ChainEvent {
      changeBudget(group, by)
      return ledger.raise('BudgetUpdatedEvent', { groupId: group, budgetChangeAmount: by })
    },

    /** Sets the budget to an amount in base units. */
    budgetSet(group: GroupId, { to }: { to: bigint }): ChainEvent {
      ledger.change('WorkingGroup', group, { budget: to })
      return ledger.raise('BudgetSetEvent', { groupId: group, newBudget: to })
    },

    /** Pays an amount in base units from the budget. */
    budgetSpent(group: GroupId, options: { to: Member; amount: bigint; rationale?: string }): ChainEvent {
      changeBudget(group, -options.amount)
      return ledger.raise('BudgetSpendingEvent', {
        groupId: group,
        reciever: () => options.to.address,
        amount: options.amount,
        rationale: options.rationale ?? null,
      })
    },

    leaderSet(worker: Worker): ChainEvent {
      ledger.change('WorkingGroup', worker.group, { leaderId: worker.id })
      return ledger.raise('LeaderSetEvent', { groupId: worker.group, workerId: worker.id })
    },

    /** Throws if the group has no leader. */
    leaderUnset: unsetLeader,

    workerStartedLeaving(worker: Worker, { rationale }: { rationale?: string } = {}): ChainEvent {
      const event = ledger.raise('WorkerStartedLeavingEvent', {
        groupId: worker.group,
        workerId: worker.id,
        rationale: rationale ?? null,
      })
      ledger.change('Worker', worker.id, {
        startedLeavingEventId: event.id,
        status: { __typename: 'WorkerStatusLeaving', workerStartedLeavingEventId: event.id },
      })
      return event
    },

    /** Changes the reward to an amount in base units. */
    workerRewardSet({ id, group }: Worker, { perBlock }: { perBlock: bigint }): ChainEvent {
      ledger.change('Worker', id, { rewardPerBlock: perBlock })
      return ledger.raise('WorkerRewardAmountUpdatedEvent', {
        groupId: group,
        workerId: id,
        newRewardPerBlock: perBlock,
      })
    },

    /** The budget was too small for the reward. @param owed in base units, with what was missed before; 0: all is paid */
    workerRewardMissed({ id, group }: Worker, { owed }: { owed: bigint }): ChainEvent {
      ledger.change('Worker', id, { missingRewardAmount: owed || null })
      return ledger.raise(
        'NewMissedRewardLevelReachedEvent',
        { groupId: group, workerId: id, newMissedRewardAmount: owed },
        true,
      )
    },

    /** Takes an amount in base units of the worker's stake, or all that is there. */
    workerSlashed(worker: Worker, options: { amount: bigint; rationale?: string }): ChainEvent {
      return slash(worker, options)
    },

    /** A lead raises LeaderUnset first. */
    workerExited(worker: Worker): ChainEvent {
      if (leadsNow(worker)) unsetLeader(worker.group)
      const event = ledger.raise('WorkerExitedEvent', { groupId: worker.group, workerId: worker.id })
      const workerStartedLeavingEventId = ledger.get('Worker', worker.id).startedLeavingEventId
      ledger.change('Worker', worker.id, {
        isActive: false,
        status: { __typename: 'WorkerStatusLeft', workerStartedLeavingEventId, workerExitedEventId: event.id },
      })
      return event
    },

    /** Raises TerminatedWorker. A lead raises LeaderUnset and then TerminatedLeader. A penalty raises StakeSlashed before. */
    workerTerminated(worker: Worker, options: { penalty?: bigint; rationale?: string } = {}): ChainEvent {
      const leads = leadsNow(worker)
      if (leads) unsetLeader(worker.group)
      if (options.penalty) slash(worker, { amount: options.penalty, rationale: options.rationale })
      const event = ledger.raise(leads ? 'TerminatedLeaderEvent' : 'TerminatedWorkerEvent', {
        groupId: worker.group,
        workerId: worker.id,
        penalty: options.penalty ?? null,
        rationale: options.rationale ?? null,
      })
      ledger.change('Worker', worker.id, {
        isActive: false,
        status: { __typename: 'WorkerStatusTerminated', terminatedWorkerEventId: leads ? null : event.id },
      })
      return event
    },
  }
  return builders
}

export function addWorkingGroups(ledger: Ledger): void {
  for (const group of groupIds)
    ledger.add('WorkingGroup', group, { name: group, leaderId: null, budget: 1_000_000n * JOY })
}
