import type { Ledger } from './ledger.ts'
import type { Member } from './members.ts'
import type { ChainEvent, Columns, EntityType } from './types.ts'

type StageBlocks = { announcing: number; voting: number; revealing: number; idle: number }

/** `endsAt`: the last block of the stage (default: its length on mainnet). */
export type StageOptions = { endsAt?: number }

/** `candidatesSoFar`: how many stand when the query node is asked (0). */
export type AnnouncingOptions = StageOptions & { candidatesSoFar?: number }

// The lengths on mainnet since November 2025: six, four, four and fourteen days.
const stageBlocks: StageBlocks = { announcing: 86_400, voting: 57_600, revealing: 57_600, idle: 201_600 }
const winningTargetCount = 3n
const stake = 1_666_660_000_000_000n

/** @param proposals what a new council does to them */
export function councilBuilders(ledger: Ledger, proposals: { underNewCouncil: () => void }) {
  // The real indexer numbers these entities in eight digits of base 36.
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

  const endOf = (stage: keyof StageBlocks, { endsAt }: StageOptions): number =>
    endsAt ?? ledger.openBlock + stageBlocks[stage]

  const enterStage = (stage: Columns, electionProblem: string | null = null): void => {
    add('CouncilStageUpdate', {
      stage,
      changedAt: BigInt(ledger.openBlock),
      electedCouncilId: council().id,
      electionProblem,
    })
  }

  const announce = ({ candidatesSoFar = 0, ...options }: AnnouncingOptions, problem: string | null = null): void => {
    const candidatesCount = BigInt(candidatesSoFar)
    enterStage({ __typename: 'CouncilStageAnnouncing', candidatesCount, endsAt: endOf('announcing', options) }, problem)
  }

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
    endedAtBlock: ledger.openBlock,
    endedAtTime: ledger.timeOf(ledger.openBlock),
    endedAtNetwork: 'OLYMPIA',
  })

  const finishRound = (nextElectedCouncilId: string | null, winners: ReadonlySet<string> = new Set()): void => {
    const { id, cycleId, electedCouncilId } = round()
    ledger.change('ElectionRound', id, { isFinished: true, nextElectedCouncilId, ...ended() })
    for (const candidate of ledger.where('Candidate', 'electionRoundId', id)) {
      if (candidate.status === 'WITHDRAWN') continue
      const elected = winners.has(String(candidate.memberId))
      ledger.change('Candidate', candidate.id, { status: elected ? 'ELECTED' : 'FAILED' })
    }
    startRound(nextElectedCouncilId ?? String(electedCouncilId), Number(cycleId) + 1)
  }

  const startReferendumStage = (type: 'ReferendumStageVoting' | 'ReferendumStageRevealing', endsAt: number): void => {
    const { id } = round()
    const startedAtBlock = BigInt(ledger.openBlock)
    const stageId = add(type, { startedAtBlock, winningTargetCount, electionRoundId: id, endsAt })
    ledger.change('ElectionRound', id, { [`${type.charAt(0).toLowerCase()}${type.slice(1)}Id`]: stageId })
  }

  const startCouncil = (members: readonly Member[]): string => {
    const electedCouncilId = add('ElectedCouncil', {
      electedAtBlock: ledger.openBlock,
      endedAtBlock: null,
      electedAtTime: ledger.timeOf(ledger.openBlock),
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
        lastPaymentBlock: BigInt(ledger.openBlock),
        unpaidReward: 0n,
        accumulatedReward: 0n,
        electedInCouncilId: electedCouncilId,
      })
      ledger.change('Membership', member.id, { isCouncilMember: true })
    }
    return electedCouncilId
  }

  return {
    /** Creates an empty council and an announcing stage, without events. */
    genesis(): void {
      const electedCouncilId = startCouncil([])
      startRound(electedCouncilId, 0)
      announce({})
    },

    /** Ends the idle stage. */
    announcingPeriodStarted(options: AnnouncingOptions = {}): ChainEvent {
      announce(options)
      return ledger.raise('AnnouncingPeriodStartedEvent', {}, true)
    },

    /** Ends the announcing stage. Raises VotingPeriodStarted, which it returns, and ReferendumStarted. */
    votingPeriodStarted({ candidates, ...options }: StageOptions & { candidates: readonly Member[] }): ChainEvent {
      const candidatesCount = BigInt(candidates.length)
      const electionRoundId = round().id
      for (const { id: memberId } of candidates)
        add('Candidate', { memberId, electionRoundId, stake, status: 'ACTIVE', votePower: 0n })
      enterStage({ __typename: 'CouncilStageElection', candidatesCount })
      startReferendumStage('ReferendumStageVoting', endOf('voting', options))
      const event = ledger.raise('VotingPeriodStartedEvent', { numOfCandidates: candidatesCount }, true)
      ledger.raise('ReferendumStartedEvent', { winningTargetCount }, true)
      return event
    },

    /** Takes back a candidacy of this election. Raises no event. */
    candidacyWithdrawn({ id }: Member): void {
      const candidate = ledger.where('Candidate', 'electionRoundId', round().id).find(({ memberId }) => memberId === id)
      if (!candidate) throw new Error(`Member ${id} is no candidate`)
      ledger.change('Candidate', candidate.id, { status: 'WITHDRAWN' })
    },

    /** An account votes in this election, for whom is not known yet. Raises no event. @returns the vote's id */
    voteCast(account: string): string {
      const commitment = `0x${Buffer.from(account).toString('hex')}`
      const vote = { commitment, electionRoundId: round().id, stake, stakeLocked: true, castBy: account }
      return add('CastVote', { ...vote, voteForId: null, votePower: stake })
    },

    /** Raises no event. */
    voteRevealed(voteId: string, { id }: Member): void {
      const candidate = ledger.where('Candidate', 'electionRoundId', round().id).find(({ memberId }) => memberId === id)
      if (!candidate) throw new Error(`Member ${id} is no candidate`)
      ledger.change('CastVote', voteId, { voteForId: candidate.id })
    },

    /** Ends the voting stage. */
    revealingStageStarted(options: StageOptions = {}): ChainEvent {
      startReferendumStage('ReferendumStageRevealing', endOf('revealing', options))
      return ledger.raise('RevealingStageStartedEvent', {}, true)
    },

    /** Ends the election and starts the idle stage. What the council before did not decide is rejected. */
    newCouncilElected({ members, ...options }: StageOptions & { members: readonly Member[] }): ChainEvent {
      const outgoing = council().id
      for (const { memberId } of ledger.where('CouncilMember', 'electedInCouncilId', outgoing))
        if (ledger.find('Membership', String(memberId)))
          ledger.change('Membership', String(memberId), { isCouncilMember: false })
      ledger.change('ElectedCouncil', outgoing, { isResigned: true, ...ended() })
      const electedCouncilId = startCouncil(members)
      finishRound(electedCouncilId, new Set(members.map((member) => member.id)))
      enterStage({ __typename: 'CouncilStageIdle', endsAt: endOf('idle', options) })
      const event = ledger.raise('NewCouncilElectedEvent', { electedCouncilId }, true)
      proposals.underNewCouncil()
      return event
    },

    /** Moves the end of the current stage, as a runtime upgrade can. Raises no event. */
    stageEndMoved(endsAt: number): void {
      const { referendumStageVotingId: voting, referendumStageRevealingId: revealing } = round()
      const [newest] = ledger
        .where('CouncilStageUpdate', 'electedCouncilId', council().id)
        .sort((a, b) => Number(b.changedAt) - Number(a.changedAt))
      if (revealing) ledger.change('ReferendumStageRevealing', String(revealing), { endsAt })
      else if (voting) ledger.change('ReferendumStageVoting', String(voting), { endsAt })
      else if (newest) ledger.change('CouncilStageUpdate', newest.id, { stage: { ...Object(newest.stage), endsAt } })
    },

    /** Restarts the announcing stage, without AnnouncingPeriodStarted. */
    notEnoughCandidates(options: AnnouncingOptions = {}): ChainEvent {
      announce(options, 'NOT_ENOUGH_CANDIDATES')
      return ledger.raise('NotEnoughCandidatesEvent', {}, true)
    },

    /** Restarts the announcing stage, without AnnouncingPeriodStarted. */
    newCouncilNotElected(options: AnnouncingOptions = {}): ChainEvent {
      finishRound(null)
      announce(options, 'NEW_COUNCIL_NOT_ELECTED')
      return ledger.raise('NewCouncilNotElectedEvent', {}, true)
    },
  }
}
