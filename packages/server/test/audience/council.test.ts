import type { Chain, ChainEvent, Member } from 'query-node'
import { expect, test } from 'vitest'
import { PIONEER_URL, type Story, stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()

type Step = (chain: Chain, candidates: Member[]) => ChainEvent

/** Each election event, the kind that notifies members of it, and the subject of the email. */
const steps: [
  string,
  Step,
  'ANNOUNCING_STARTED' | 'VOTING_STARTED' | 'REVEALING_STARTED' | 'COUNCIL_ELECTED',
  RegExp,
][] = [
  [
    'the announcing period begins',
    (chain) => chain.announcingPeriodStarted(),
    'ANNOUNCING_STARTED',
    /^Stand for the council by \w{3} \d+ \w{3}$/,
  ],
  [
    'too few candidates stood',
    (chain) => chain.notEnoughCandidates(),
    'ANNOUNCING_STARTED',
    /^Too few candidates: stand for the council by \w{3} \d+ \w{3}$/,
  ],
  [
    'no council was elected',
    (chain) => chain.newCouncilNotElected(),
    'ANNOUNCING_STARTED',
    /^No council was elected: stand by \w{3} \d+ \w{3}$/,
  ],
  [
    'voting begins',
    (chain, candidates) => chain.votingPeriodStarted({ candidates }),
    'VOTING_STARTED',
    /^Vote for the council by \w{3} \d+ \w{3}, \d\d:\d\d UTC$/,
  ],
  [
    'votes must be revealed',
    (chain) => chain.revealingStageStarted(),
    'REVEALING_STARTED',
    /^If you voted: reveal by \w{3} \d+ \w{3}, \d\d:\d\d UTC, or your vote does not count$/,
  ],
  [
    'a council is elected',
    (chain, [, colin]) => chain.newCouncilElected({ members: colin ? [colin] : [] }),
    'COUNCIL_ELECTED',
    /^A new council was elected$/,
  ],
]

/** Alice has default settings, Bob has turned elections off, Carol wants them in the app only. */
async function election() {
  const story = await createStory()
  const cast = await people(story, 'alice', 'bob', 'carol')
  const candidates = [story.stranger('chris'), story.stranger('colin')]
  const { chain } = story
  chain.votingPeriodStarted({ candidates })
  for (const kind of ['ANNOUNCING_STARTED', 'VOTING_STARTED', 'REVEALING_STARTED', 'COUNCIL_ELECTED'] as const) {
    await story.refuses(cast.bob, `ELECTION_${kind}`)
    await story.sets(cast.carol, `ELECTION_${kind}`, { inApp: true, byEmail: false })
  }
  await story.begins()
  return { story, chain, ...cast, candidates }
}

const subjects = (story: Story) => story.sent.map(({ to, subject }) => `${to}: ${subject}`).sort()

const newestEvent = ({ db }: Story) => db.event.findFirstOrThrow({ orderBy: { number: 'desc' } })

test.each(steps)('when %s, every member is notified unless they turned it off', async (_, step, kind, subject) => {
  const { story, chain, alice, carol, candidates } = await election()
  const event = step(chain, candidates)
  await story.notify()
  expect(await story.told()).toEqual([`alice: ELECTION_${kind}`, `carol: ELECTION_${kind}`])
  expect(story.sent.map(({ to }) => to)).toEqual(['alice@example.org'])
  expect(story.sent[0]?.subject).toMatch(subject)
  expect(await story.notificationOf(alice)).toMatchObject({ eventId: event.id, entityId: event.id, inApp: true })
  expect(await story.notificationOf(carol)).toMatchObject({ emailStatusReason: 'switched off for this kind' })
})

test('ReferendumStarted notifies nobody, because the voting period already did', async () => {
  const { story, chain } = await election()
  chain.raise('ReferendumStartedEvent', { winningTargetCount: 3n })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('who won, who lost, and whose term is over are told so, for a reason of their own', async () => {
  const story = await createStory()
  const { chain } = story
  const cast = await people(story, 'alice', 'bob', 'carol', 'dave', 'erin', 'zoe')
  const { alice, bob, carol, dave, erin } = cast
  chain.newCouncilElected({ members: [alice, carol, dave] })
  chain.block(() => chain.announcingPeriodStarted())
  chain.block(() => chain.votingPeriodStarted({ candidates: [alice, bob, carol, erin] }))
  chain.block(() => chain.candidacyWithdrawn(erin))
  await story.refuses(cast.zoe, 'COUNCIL_MY_SEAT')
  await story.refuses(dave, 'ELECTION_COUNCIL_ELECTED')
  await story.begins()
  chain.newCouncilElected({ members: [alice, bob] })
  await story.notify()
  expect(await story.told()).toEqual([
    'alice: COUNCIL_MY_SEAT',
    'bob: COUNCIL_MY_SEAT',
    'carol: COUNCIL_MY_SEAT',
    'dave: COUNCIL_MY_SEAT',
    'erin: ELECTION_COUNCIL_ELECTED',
    'zoe: ELECTION_COUNCIL_ELECTED',
  ])
  expect(subjects(story)).toEqual([
    'alice@example.org: You were elected to the council',
    'bob@example.org: You were elected to the council',
    'carol@example.org: You were not elected to the council',
    'dave@example.org: Your term on the council has ended',
    'erin@example.org: A new council was elected',
    'zoe@example.org: A new council was elected',
  ])
  const [first] = story.sent
  expect(first?.text).toContain('Council members: alice, bob')
  expect(first?.html).toContain(`href="${PIONEER_URL}/#/members/${bob.id}"`)
  expect(story.sent.find(({ to }) => to.startsWith('carol'))?.text).toContain('Your term on the council has ended.')
})

test('who wants no news of their own seat still hears of the new council', async () => {
  const { story, chain, alice } = await election()
  await story.refuses(alice, 'COUNCIL_MY_SEAT')
  chain.newCouncilElected({ members: [alice] })
  await story.notify()
  expect(await story.told()).toEqual(['alice: ELECTION_COUNCIL_ELECTED', 'carol: ELECTION_COUNCIL_ELECTED'])
  expect(subjects(story)).toEqual(['alice@example.org: You were elected to the council'])
})

test('the ends of stages are those on the chain, six seconds a block after the event', async () => {
  const { story, chain, candidates } = await election()
  const endsAt = chain.openBlock + 14_400
  const event = chain.votingPeriodStarted({ candidates, endsAt })
  await story.notify()
  const stored = await newestEvent(story)
  const at = (block: number) => chain.timeOf(block).toISOString()
  expect(stored.data).toMatchObject({ endsAt: at(endsAt), seats: '3', candidates: ['chris', 'colin'] })
  expect(stored.time.toISOString()).toBe(at(event.inBlock))
  const revealEndsAt = chain.openBlock + 600
  chain.revealingStageStarted({ endsAt: revealEndsAt })
  await story.notify()
  expect((await newestEvent(story)).data).toMatchObject({ endsAt: at(revealEndsAt) })
  const standUntil = chain.openBlock + 7_200
  chain.newCouncilNotElected({ endsAt: standUntil, candidatesSoFar: 2 })
  await story.notify()
  expect((await newestEvent(story)).data).toEqual({ endsAt: at(standUntil), candidates: '2' })
  expect(story.sent.at(-1)?.text).toContain('Candidates so far: 2')
})

test('events of a backlog are told with the stages that they began, by one more request', async () => {
  const { story, chain, candidates } = await election()
  chain.block(() => chain.revealingStageStarted({ endsAt: chain.openBlock + 10 }))
  chain.block(() => chain.newCouncilNotElected({ endsAt: chain.openBlock + 20 }))
  chain.block(() => chain.votingPeriodStarted({ candidates, endsAt: chain.openBlock + 30 }))
  story.node.requests.reset()
  await story.notify()
  const ends = (await story.db.event.findMany({ orderBy: { block: 'asc' } })).map(({ data, block }) => {
    const { endsAt } = data as { endsAt?: string }
    return (Date.parse(endsAt ?? '') - chain.timeOf(block).getTime()) / 6_000
  })
  expect(ends).toEqual([10, 20, 30])
  expect(story.node.requests.log.filter(({ operationName }) => operationName === 'ElectionStages')).toHaveLength(1)
})

test('a stage that the query node does not know is told without its end', async () => {
  const { story, chain } = await election()
  chain.raise('RevealingStageStartedEvent', {})
  chain.commitBlock()
  chain.raise('VotingPeriodStartedEvent', { numOfCandidates: 2n })
  chain.commitBlock()
  chain.raise('AnnouncingPeriodStartedEvent', {})
  await story.notify()
  expect(subjects(story)).toEqual([
    'alice@example.org: If you voted: reveal your vote, or it does not count',
    'alice@example.org: Stand for the council',
    'alice@example.org: Vote for the council: voting has begun',
  ])
})

test('a candidate whom the query node has no member of keeps nobody from hearing that voting has begun', async () => {
  const { story, chain, candidates } = await election()
  const [chris] = candidates
  chain.votingPeriodStarted({ candidates })
  if (chris) chain.forget(chris)
  await story.notify()
  expect(await story.told()).toEqual(['alice: ELECTION_VOTING_STARTED', 'carol: ELECTION_VOTING_STARTED'])
})

test('of thousands of candidates, few are named and a bounded number is stored', async () => {
  const { story, chain } = await election()
  const crowd = Array.from({ length: 500 }, (_, n) => story.stranger(`candidate-${n}-${'x'.repeat(1_000)}`))
  chain.votingPeriodStarted({ candidates: crowd })
  await story.notify()
  const { candidateIds, candidates } = (await newestEvent(story)).data as Record<string, string[]>
  expect([candidateIds?.length, candidates?.length]).toEqual([200, 15])
  expect(story.sent[0]?.text).toContain('185 more')
  expect(story.sent[0]?.subject.length).toBeLessThanOrEqual(150)
})

test('an election that fails and restarts in one block sends one notification, which gives the cause', async () => {
  const { story, chain } = await election()
  chain.announcingPeriodStarted()
  chain.notEnoughCandidates()
  await story.notify()
  expect(await story.told()).toEqual(['alice: ELECTION_ANNOUNCING_STARTED', 'carol: ELECTION_ANNOUNCING_STARTED'])
  expect(story.sent.map(({ subject }) => subject)).toEqual([expect.stringMatching(/^Too few candidates: stand/)])
})

test('each stage of an election sends its own notification', async () => {
  const { story, chain, candidates } = await election()
  chain.block(() => chain.notEnoughCandidates())
  chain.block(() => chain.notEnoughCandidates())
  chain.block(() => chain.votingPeriodStarted({ candidates }))
  chain.block(() => chain.revealingStageStarted())
  chain.block(() => chain.newCouncilElected({ members: candidates }))
  await story.notify()
  expect((await story.told()).filter((told) => told.startsWith('alice'))).toEqual([
    'alice: ELECTION_ANNOUNCING_STARTED',
    'alice: ELECTION_ANNOUNCING_STARTED',
    'alice: ELECTION_COUNCIL_ELECTED',
    'alice: ELECTION_REVEALING_STARTED',
    'alice: ELECTION_VOTING_STARTED',
  ])
})
