import type { Ledger } from './ledger.ts'
import type { Member } from './members.ts'
import type { ChainEvent, Columns, EntityType } from './types.ts'

/** How long the stages of an election last, in blocks. */
export type StageLengths = { announcing: number; voting: number; revealing: number; idle: number }

/** The last block of the stage that begins; by default the open block and the stage's usual length. */
export type StageOptions = { endsAt?: number }

/** The lengths on mainnet: nine, three, three and two days. */
const lengths: StageLengths = { announcing: 129_600, voting: 43_200, revealing: 43_200, idle: 28_800 }
const winningTargetCount = 3n
const stake = 1_666_660_000_000_000n

export function councilBuilders(ledger: Ledger) {
  /** Entities of the council are numbered by the indexer, in eight digits of base 36. */
  const add = (type: EntityType, columns: Columns): string => {
    const id = ledger.takeNumber(type, 1).toString(36).padStart(8, '0')
    ledger.add(type, id, columns)
    return id
  }

  const only = (type: EntityType, column: string, value: unknown) => {
    const [row] = ledger.where(type, column, value)
    if (!row) throw new Error(`There is no ${type} whose ${column} is ${value}`)
    return row
  }
  const council = () => only('ElectedCouncil', 'isResigned', false)
  const round = () => only('ElectionRound', 'isFinished', false)

  const ending = (stage: keyof StageLengths, { endsAt }: StageOptions): number => endsAt ?? ledger.open + lengths[stage]

  const enterStage = (stage: Columns, electionProblem: string | null = null): void => {
    add('CouncilStageUpdate', {
      stage,
      changedAt: BigInt(ledger.open),
      electedCouncilId: council().id,
      electionProblem,
    })
  }

  const announce = (options: StageOptions, problem: string | null = null): void =>
    enterStage(
      { __typename: 'CouncilStageAnnouncing', candidatesCount: 0n, endsAt: ending('announcing', options) },
      problem,
    )

  const startRound = (electedCouncilId: string, cycleId: number): void => {
    add('ElectionRound', {
      cycleId,
      isFinished: false,
      endedAtBlock: null,
      endedAtTime: null,
      endedAtNetwork: null,
      referendumStageVotingId: null,
      referendumStageRevealingId: null,
      electedCouncilId,
      nextElectedCouncilId: null,
    })
  }

  const ended = () => ({
    endedAtBlock: ledger.open,
    endedAtTime: ledger.timeOf(ledger.open),
    endedAtNetwork: 'OLYMPIA',
  })

  const finishRound = (nextElectedCouncilId: string | null, winners: ReadonlySet<string> = new Set()): void => {
    const { id, cycleId, electedCouncilId } = round()
    ledger.change('ElectionRound', id, { isFinished: true, nextElectedCouncilId, ...ended() })
    for (const candidate of ledger.where('Candidate', 'electionRoundId', id)) {
      const elected = winners.has(String(candidate.memberId))
      ledger.change('Candidate', candidate.id, { status: elected ? 'ELECTED' : 'FAILED' })
    }
    startRound(nextElectedCouncilId ?? String(electedCouncilId), Number(cycleId) + 1)
  }

  const startReferendumStage = (type: 'ReferendumStageVoting' | 'ReferendumStageRevealing', endsAt: number): void => {
    const { id } = round()
    const startedAtBlock = BigInt(ledger.open)
    const stageId = add(type, { startedAtBlock, winningTargetCount, electionRoundId: id, endsAt })
    ledger.change('ElectionRound', id, { [`${type.charAt(0).toLowerCase()}${type.slice(1)}Id`]: stageId })
  }

  const startCouncil = (members: readonly Member[]): string => {
    const electedCouncilId = add('ElectedCouncil', {
      electedAtBlock: ledger.open,
      endedAtBlock: null,
      electedAtTime: ledger.timeOf(ledger.open),
      endedAtTime: null,
      electedAtNetwork: 'OLYMPIA',
      endedAtNetwork: null,
      isResigned: false,
    })
    for (const member of members) {
      add('CouncilMember', {
        stakingAccountId: () => member.address,
        rewardAccountId: () => member.address,
        memberId: member.id,
        stake,
        lastPaymentBlock: BigInt(ledger.open),
        unpaidReward: 0n,
        accumulatedReward: 0n,
        electedInCouncilId: electedCouncilId,
      })
      ledger.change('Membership', member.id, { isCouncilMember: true })
    }
    return electedCouncilId
  }

  return {
    /** The chain begins with an empty council and an announcing stage, of which no event tells. */
    genesis(): void {
      const electedCouncilId = startCouncil([])
      startRound(electedCouncilId, 0)
      announce({})
    },

    /** The idle stage is over: candidates may announce themselves. */
    announcingPeriodStarted(options: StageOptions = {}): ChainEvent {
      announce(options)
      return ledger.raise('AnnouncingPeriodStartedEvent', {}, true)
    },

    /** The announcing stage is over: VotingPeriodStarted and ReferendumStarted. Gives the first. */
    votingPeriodStarted({ candidates, ...options }: StageOptions & { candidates: readonly Member[] }): ChainEvent {
      const candidatesCount = BigInt(candidates.length)
      const electionRoundId = round().id
      for (const { id: memberId } of candidates)
        add('Candidate', { memberId, electionRoundId, stake, status: 'ACTIVE', votePower: 0n })
      enterStage({ __typename: 'CouncilStageElection', candidatesCount })
      startReferendumStage('ReferendumStageVoting', ending('voting', options))
      const event = ledger.raise('VotingPeriodStartedEvent', { numOfCandidates: candidatesCount }, true)
      ledger.raise('ReferendumStartedEvent', { winningTargetCount }, true)
      return event
    },

    /** The voting stage is over: voters reveal their votes. */
    revealingStageStarted(options: StageOptions = {}): ChainEvent {
      startReferendumStage('ReferendumStageRevealing', ending('revealing', options))
      return ledger.raise('RevealingStageStartedEvent', {}, true)
    },

    /** The election is over: the new council takes office and the idle stage begins. */
    newCouncilElected({ members, ...options }: StageOptions & { members: readonly Member[] }): ChainEvent {
      const outgoing = council().id
      for (const { memberId } of ledger.where('CouncilMember', 'electedInCouncilId', outgoing))
        if (ledger.find('Membership', String(memberId)))
          ledger.change('Membership', String(memberId), { isCouncilMember: false })
      ledger.change('ElectedCouncil', outgoing, { isResigned: true, ...ended() })
      const electedCouncilId = startCouncil(members)
      finishRound(electedCouncilId, new Set(members.map((member) => member.id)))
      enterStage({ __typename: 'CouncilStageIdle', endsAt: ending('idle', options) })
      return ledger.raise('NewCouncilElectedEvent', { electedCouncilId }, true)
    },

    /** The announcing stage ended with too few candidates: it begins again, without AnnouncingPeriodStarted. */
    notEnoughCandidates(options: StageOptions = {}): ChainEvent {
      announce(options, 'NOT_ENOUGH_CANDIDATES')
      return ledger.raise('NotEnoughCandidatesEvent', {}, true)
    },

    /** The election failed: the announcing stage begins again, without AnnouncingPeriodStarted. */
    newCouncilNotElected(options: StageOptions = {}): ChainEvent {
      finishRound(null)
      announce(options, 'NEW_COUNCIL_NOT_ELECTED')
      return ledger.raise('NewCouncilNotElectedEvent', {}, true)
    },
  }
}
