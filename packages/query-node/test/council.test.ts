import { expect, test } from 'vitest'
import { createChain } from '../src/index.ts'
import { ask, serve } from './support.ts'

const present = `{
  stage: councilStageUpdates(orderBy: [changedAt_DESC], limit: 1) {
    changedAt
    electionProblem
    stage {
      __typename
      ... on CouncilStageAnnouncing { endsAt }
      ... on CouncilStageElection { candidatesCount }
      ... on CouncilStageIdle { endsAt }
    }
  }
  round: electionRounds(where: { isFinished_eq: false }) {
    cycleId
    referendumStageVoting { endsAt }
    referendumStageRevealing { endsAt }
    candidates { memberId status }
  }
  council: electedCouncils(where: { isResigned_eq: false }) { councilMembers { memberId } }
}`

function candidates() {
  const chain = createChain()
  const members = ['alice', 'bob', 'carla', 'dmitri'].map((handle) => chain.memberJoins(handle))
  chain.commitBlock()
  return { chain, members }
}

test('the chain starts with an empty council and an announcing stage, without events', async () => {
  const node = await serve(createChain({ firstBlock: 101 }))
  expect(await ask(node, present)).toEqual({
    stage: [
      {
        changedAt: '100',
        electionProblem: null,
        stage: { __typename: 'CouncilStageAnnouncing', endsAt: 100 + 86_400 },
      },
    ],
    round: [{ cycleId: 0, referendumStageVoting: null, referendumStageRevealing: null, candidates: [] }],
    council: [{ councilMembers: [] }],
  })
  expect(await ask(node, '{ announcingPeriodStartedEvents { id } }')).toEqual({ announcingPeriodStartedEvents: [] })
})

test('an election goes through voting and revealing to a new council, and each stage has an end', async () => {
  const { chain, members } = candidates()
  const node = await serve(chain)

  chain.block(() => chain.votingPeriodStarted({ candidates: members, endsAt: 500 }))
  expect(
    await ask(
      node,
      '{ votingPeriodStartedEvents { inBlock inExtrinsic numOfCandidates } referendumStartedEvents { inBlock winningTargetCount } }',
    ),
  ).toEqual({
    votingPeriodStartedEvents: [{ inBlock: 2, inExtrinsic: null, numOfCandidates: '4' }],
    referendumStartedEvents: [{ inBlock: 2, winningTargetCount: '3' }],
  })
  expect(await ask(node, present)).toMatchObject({
    stage: [{ stage: { __typename: 'CouncilStageElection', candidatesCount: '4' } }],
    round: [{ referendumStageVoting: { endsAt: 500 }, referendumStageRevealing: null }],
  })

  chain.block(() => chain.revealingStageStarted())
  expect(await ask(node, present)).toMatchObject({
    round: [{ referendumStageVoting: { endsAt: 500 }, referendumStageRevealing: { endsAt: 3 + 57_600 } }],
  })

  chain.block(() => chain.newCouncilElected({ members: members.slice(0, 3), endsAt: 900 }))
  expect(await ask(node, present)).toEqual({
    stage: [{ changedAt: '4', electionProblem: null, stage: { __typename: 'CouncilStageIdle', endsAt: 900 } }],
    round: [{ cycleId: 1, referendumStageVoting: null, referendumStageRevealing: null, candidates: [] }],
    council: [{ councilMembers: [{ memberId: '0' }, { memberId: '1' }, { memberId: '2' }] }],
  })
  const outcome = `{
    newCouncilElectedEvents { electedCouncilId electedCouncil { electedAtBlock } }
    memberships(where: { isCouncilMember_eq: true }) { id }
    electionRounds(where: { isFinished_eq: true }) { endedAtBlock nextElectedCouncilId candidates { status } }
  }`
  expect(await ask(node, outcome)).toEqual({
    newCouncilElectedEvents: [{ electedCouncilId: '00000002', electedCouncil: { electedAtBlock: 4 } }],
    memberships: [{ id: '0' }, { id: '1' }, { id: '2' }],
    electionRounds: [
      {
        endedAtBlock: 4,
        nextElectedCouncilId: '00000002',
        candidates: [{ status: 'ELECTED' }, { status: 'ELECTED' }, { status: 'ELECTED' }, { status: 'FAILED' }],
      },
    ],
  })
})

test('a new council replaces the previous one', async () => {
  const { chain, members } = candidates()
  chain.block(() => chain.newCouncilElected({ members: members.slice(0, 2) }))
  chain.block(() => chain.newCouncilElected({ members: members.slice(1, 3) }))
  const query = `{
    electedCouncils(orderBy: [electedAtBlock_ASC]) { isResigned endedAtBlock }
    memberships(where: { isCouncilMember_eq: true }, orderBy: [handle_ASC]) { handle }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    electedCouncils: [
      { isResigned: true, endedAtBlock: 2 },
      { isResigned: true, endedAtBlock: 3 },
      { isResigned: false, endedAtBlock: null },
    ],
    memberships: [{ handle: 'bob' }, { handle: 'carla' }],
  })
})

test('a failed election restarts the announcing stage without AnnouncingPeriodStarted', async () => {
  const { chain, members } = candidates()
  const node = await serve(chain)
  chain.block(() => chain.notEnoughCandidates({ endsAt: 70 }))
  expect(await ask(node, present)).toMatchObject({
    stage: [{ electionProblem: 'NOT_ENOUGH_CANDIDATES', stage: { __typename: 'CouncilStageAnnouncing', endsAt: 70 } }],
    round: [{ cycleId: 0 }],
  })
  chain.block(() => chain.votingPeriodStarted({ candidates: members }))
  chain.block(() => chain.newCouncilNotElected())
  expect(await ask(node, present)).toMatchObject({
    stage: [{ electionProblem: 'NEW_COUNCIL_NOT_ELECTED', stage: { __typename: 'CouncilStageAnnouncing' } }],
    round: [{ cycleId: 1, candidates: [] }],
    council: [{ councilMembers: [] }],
  })
  const query =
    '{ announcingPeriodStartedEvents { id } notEnoughCandidatesEvents { id } newCouncilNotElectedEvents { id } }'
  expect(await ask(node, query)).toEqual({
    announcingPeriodStartedEvents: [],
    notEnoughCandidatesEvents: [{ id: 'OLYMPIA-2-0' }],
    newCouncilNotElectedEvents: [{ id: 'OLYMPIA-4-0' }],
  })
})

test('AnnouncingPeriodStarted ends the idle stage', async () => {
  const { chain, members } = candidates()
  chain.block(() => chain.newCouncilElected({ members }))
  chain.block(() => chain.announcingPeriodStarted({ endsAt: 40 }))
  const node = await serve(chain)
  expect(await ask(node, present)).toMatchObject({
    stage: [{ changedAt: '3', stage: { __typename: 'CouncilStageAnnouncing', endsAt: 40 } }],
  })
  expect(await ask(node, '{ announcingPeriodStartedEvents { inBlock } }')).toEqual({
    announcingPeriodStartedEvents: [{ inBlock: 3 }],
  })
})

test('a candidate who withdraws neither wins nor loses', async () => {
  const { chain, members } = candidates()
  chain.block(() => chain.votingPeriodStarted({ candidates: members, endsAt: 70 }))
  const [first, , , last] = members
  if (!first || !last) throw new Error('There are four members')
  chain.block(() => chain.candidacyWithdrawn(last))
  chain.block(() => chain.revealingStageStarted({ endsAt: 90 }))
  chain.block(() => chain.newCouncilElected({ members: [first] }))
  const query = `{
    candidates(where: { electionRound: { isFinished_eq: true } }, orderBy: [createdAt_ASC]) { memberId status }
    referendumStageVotings(where: { startedAtBlock_in: ["2"] }) { endsAt electionRound { candidates { memberId } } }
    referendumStageRevealings(where: { startedAtBlock_in: ["4", "5"] }) { endsAt }
    councilStageUpdates(where: { changedAt_in: ["5"] }) { stage { __typename } }
  }`
  expect(await ask(await serve(chain), query)).toMatchObject({
    candidates: expect.arrayContaining([
      { memberId: first.id, status: 'ELECTED' },
      { memberId: last.id, status: 'WITHDRAWN' },
    ]),
    referendumStageVotings: [
      {
        endsAt: 70,
        electionRound: { candidates: expect.arrayContaining(members.map(({ id }) => ({ memberId: id }))) },
      },
    ],
    referendumStageRevealings: [{ endsAt: 90 }],
    councilStageUpdates: [{ stage: { __typename: 'CouncilStageIdle' } }],
  })
})

test('accounts vote in an election, and reveal for whom', async () => {
  const { chain, members } = candidates()
  const [alice, bob] = members
  if (!alice || !bob) throw new Error('Nobody joined')
  const query = `query ($isFinished: Boolean) {
    castVotes(where: { electionRound: { isFinished_eq: $isFinished } }, orderBy: [createdAt_ASC]) {
      castBy
      voteFor { memberId }
    }
  }`
  const node = await serve(chain)
  chain.block(() => chain.votingPeriodStarted({ candidates: members }))
  const vote = chain.block(() => chain.voteCast(bob.address))
  chain.block(() => chain.voteCast('5Stranger'))
  chain.block(() => chain.revealingStageStarted())
  chain.block(() => chain.voteRevealed(vote, alice))
  const votes = [
    { castBy: bob.address, voteFor: { memberId: alice.id } },
    { castBy: '5Stranger', voteFor: null },
  ]
  expect(await ask(node, query, { isFinished: false })).toEqual({ castVotes: votes })
  chain.block(() => chain.newCouncilNotElected())
  expect(await ask(node, query, { isFinished: false })).toEqual({ castVotes: [] })
  expect(await ask(node, query, { isFinished: true })).toEqual({ castVotes: votes })
})

test('a new council rejects what is being decided and takes up what is dormant', async () => {
  const chain = createChain()
  const [first] = [chain.memberJoins('first')]
  const propose = (title: string) => chain.proposalCreated({ by: first, title, description: 'Text' })
  propose('Open')
  chain.proposalDormant(propose('Dormant'))
  chain.proposalApproved(propose('Approved'))
  chain.proposalExpired(propose('Expired'))
  chain.block(() => chain.newCouncilElected({ members: [first] }))
  expect(await ask(await serve(chain), '{ proposals { title isFinalized status { __typename } } }')).toEqual({
    proposals: expect.arrayContaining([
      { title: 'Open', isFinalized: true, status: { __typename: 'ProposalStatusRejected' } },
      { title: 'Dormant', isFinalized: false, status: { __typename: 'ProposalStatusDeciding' } },
      { title: 'Approved', isFinalized: false, status: { __typename: 'ProposalStatusGracing' } },
      { title: 'Expired', isFinalized: true, status: { __typename: 'ProposalStatusExpired' } },
    ]),
  })
})

test('the end of each stage can move', async () => {
  const chain = createChain()
  const [first] = [chain.memberJoins('first')]
  const node = await serve(chain)
  const ends = `{
    stage: councilStageUpdates(orderBy: [changedAt_DESC], limit: 1) { stage { ... on CouncilStageAnnouncing { endsAt } } }
    round: electionRounds(where: { isFinished_eq: false }) {
      referendumStageVoting { endsAt }
      referendumStageRevealing { endsAt }
    }
  }`
  chain.block(() => chain.stageEndMoved(71))
  expect(await ask(node, ends)).toMatchObject({ stage: [{ stage: { endsAt: 71 } }] })
  chain.block(() => chain.votingPeriodStarted({ candidates: [first] }))
  chain.block(() => chain.stageEndMoved(72))
  expect(await ask(node, ends)).toMatchObject({ round: [{ referendumStageVoting: { endsAt: 72 } }] })
  chain.block(() => chain.revealingStageStarted())
  chain.block(() => chain.stageEndMoved(73))
  expect(await ask(node, ends)).toMatchObject({
    round: [{ referendumStageVoting: { endsAt: 72 }, referendumStageRevealing: { endsAt: 73 } }],
  })
})
