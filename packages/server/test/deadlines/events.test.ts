import { expect, test } from 'vitest'
import { eventIdOf } from '../../src/events/deadlines/define.ts'
import type { EventData } from '../../src/events/define.ts'
import { eventOfType, events } from '../../src/events/list.ts'
import { stories } from '../support/story.ts'
import { clockStory } from './clock-story.ts'

const createStory = stories()

async function scenarioOf() {
  const { story, looks } = await clockStory(createStory)
  const [alice, bob] = [await story.member('alice'), await story.member('bob')]
  story.chain.newCouncilElected({ members: [alice] })
  await story.begins()
  return { story, chain: story.chain, alice, bob, looks }
}

type Scenario = Awaited<ReturnType<typeof scenarioOf>>

/** How each event of the chain comes about that a deadline begins with. */
const scenarios: Record<string, (scenario: Scenario) => unknown> = {
  AnnouncingPeriodStarted: ({ chain }) => chain.announcingPeriodStarted(),
  NotEnoughCandidates: ({ chain }) => chain.notEnoughCandidates(),
  VotingPeriodStarted: ({ chain, bob }) => chain.votingPeriodStarted({ candidates: [bob] }),
  async RevealingStageStarted({ chain, story, bob }) {
    chain.votingPeriodStarted({ candidates: [bob] })
    chain.voteCast(bob.address)
    await story.notify()
    chain.revealingStageStarted()
  },
  async NewCouncilNotElected({ chain, story, bob }) {
    chain.votingPeriodStarted({ candidates: [bob] })
    await story.notify()
    chain.newCouncilNotElected()
  },
  ProposalCreated: ({ chain, bob }) => chain.proposalCreated({ by: bob, title: 'Plants', description: 'Water them.' }),
  async ProposalStatusUpdated({ chain, story, bob }) {
    const proposal = chain.proposalCreated({ by: bob, title: 'Reward', description: 'More.' })
    chain.proposalDormant(proposal)
    await story.notify()
    chain.proposalDecidingAgain(proposal)
  },
  async ProposalDecisionMade({ chain, story, bob }) {
    const proposal = chain.proposalCreated({ by: bob, title: 'Plants', description: 'Water them.' })
    await story.notify()
    chain.proposalApproved(proposal)
  },
  OpeningAdded({ chain }) {
    const expectedEnding = new Date(Date.now() + 40 * 24 * 3_600_000)
    chain.openingAdded({ group: 'forumWorkingGroup', title: 'Gardener', expectedEnding })
  },
}

test('every event names the deadline that the chain has then, and all that can are tried', async () => {
  const tried = new Set<string>()
  for (const [type, happens] of Object.entries(scenarios)) {
    const scenario = await scenarioOf()
    const { story, alice, looks } = scenario
    for (const kind of ['ELECTION_ANNOUNCING_LAST_DAY', 'WG_OPENING_LAST_DAY'] as const) await story.wants(alice, kind)
    await happens(scenario)
    await story.notify()
    await story.db.$executeRaw`UPDATE "Deadline" SET "remindAt" = '2020-01-01' WHERE "remindAt" IS NOT NULL`
    await looks()
    const deadlines = await story.db.deadline.findMany()
    const names = new Set(deadlines.filter(({ goneAt }) => !goneAt).map(eventIdOf))
    const told = await story.db.event.findMany()
    const newest = told.filter((event) => event.type === type).at(-1)
    const reminders = told.filter((event) => deadlines.some((deadline) => deadline.type === event.type))
    for (const { type, id, block, data } of [...(newest ? [newest] : []), ...reminders]) {
      const key = eventOfType(type).deadline?.(data as EventData, { id, block })
      expect(key, type).toBeDefined()
      if (key) expect(names, type).toContain(eventIdOf(key))
      tried.add(type)
    }
  }
  // An execution is reported like a decision, and begins nothing.
  const able = events.filter(({ type, deadline }) => deadline && type !== 'ProposalExecuted').map(({ type }) => type)
  expect([...tried].sort()).toEqual(able.sort())
})

test('a round that the query node cannot name is no deadline', async () => {
  const { story, chain, bob } = await scenarioOf()
  chain.votingPeriodStarted({ candidates: [bob] })
  story.node.faults.alter = (data) => {
    for (const { electionRound } of (data.voting ?? []) as { electionRound: { id: string } }[])
      electionRound.id = 'x'.repeat(1_000_000)
  }
  await story.notify()
  const { id, block, data } = await story.db.event.findFirstOrThrow({ where: { type: 'VotingPeriodStarted' } })
  expect(data).not.toHaveProperty('roundId')
  expect(eventOfType('VotingPeriodStarted').deadline?.(data as EventData, { id, block })).toBeUndefined()
})

test('what ends a proposal begins no deadline', () => {
  for (const status of ['Rejected', 'Executed', 'Dormant', 'Vetoed']) {
    const data = { proposalId: '1', status: `ProposalStatus${status}` }
    for (const type of ['ProposalDecisionMade', 'ProposalStatusUpdated', 'ProposalExecuted'])
      expect(eventOfType(type).deadline?.(data, { id: 'OLYMPIA-1-1', block: 1 })).toBeUndefined()
  }
})
