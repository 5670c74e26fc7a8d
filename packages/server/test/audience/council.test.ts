import type { Chain, ChainEvent, Member } from 'query-node'
import { expect, test } from 'vitest'
import { type Story, stories } from '../support/story.ts'
import { people } from './people.ts'

const createStory = stories()

type Step = (chain: Chain, candidates: Member[]) => ChainEvent

/** Each election event, the kind that notifies members of it, and the subject of the email. */
const steps: [
  string,
  Step,
  'ANNOUNCING_STARTED' | 'VOTING_STARTED' | 'REVEALING_STARTED' | 'COUNCIL_ELECTED',
  string,
][] = [
  [
    'the announcing period begins',
    (chain) => chain.announcingPeriodStarted(),
    'ANNOUNCING_STARTED',
    'A council election has begun: candidates can stand',
  ],
  [
    'too few candidates stood',
    (chain) => chain.notEnoughCandidates(),
    'ANNOUNCING_STARTED',
    'Too few candidates: the council election begins again',
  ],
  [
    'no council was elected',
    (chain) => chain.newCouncilNotElected(),
    'ANNOUNCING_STARTED',
    'No council was elected: the election begins again',
  ],
  [
    'voting begins',
    (chain, candidates) => chain.votingPeriodStarted({ candidates }),
    'VOTING_STARTED',
    'Council election: voting has begun',
  ],
  [
    'votes must be revealed',
    (chain) => chain.revealingStageStarted(),
    'REVEALING_STARTED',
    'Council election: reveal your vote',
  ],
  [
    'a council is elected',
    (chain, members) => chain.newCouncilElected({ members }),
    'COUNCIL_ELECTED',
    'A new council was elected',
  ],
]

/** Alice has default settings, Bob has turned elections off, Carol wants them in the app only. */
async function election() {
  const story = await createStory()
  const cast = await people(story, 'alice', 'bob', 'carol')
  const candidates = [cast.carol, story.stranger('colin')]
  const { chain } = story
  chain.votingPeriodStarted({ candidates })
  for (const kind of ['ANNOUNCING_STARTED', 'VOTING_STARTED', 'REVEALING_STARTED', 'COUNCIL_ELECTED'] as const) {
    await story.refuses(cast.bob, `ELECTION_${kind}`)
    await story.sets(cast.carol, `ELECTION_${kind}`, { inApp: true, byEmail: false })
  }
  await story.begins()
  return { story, chain, ...cast, candidates }
}

const subjects = (story: Story) => story.sent.map(({ to, subject }) => `${to}: ${subject}`)

test.each(steps)('when %s, every member is notified unless they turned it off', async (_, step, kind, subject) => {
  const { story, chain, alice, carol, candidates } = await election()
  const event = step(chain, candidates)
  await story.notify()
  expect(await story.told()).toEqual([`alice: ELECTION_${kind}`, `carol: ELECTION_${kind}`])
  expect(subjects(story)).toEqual([`alice@example.org: ${subject}`])
  expect(await story.notificationOf(alice)).toMatchObject({ eventId: event.id, entityId: event.id, inApp: true })
  expect(await story.notificationOf(carol)).toMatchObject({ emailStatusReason: 'switched off for this kind' })
})

test('ReferendumStarted notifies nobody, because the voting period already did', async () => {
  const { story, chain } = await election()
  chain.raise('ReferendumStartedEvent', { winningTargetCount: 3n })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('the members of a new council are named, and they are notified too', async () => {
  const { story, chain, carol, candidates } = await election()
  await story.db.subscription.deleteMany({ where: { memberId: Number(carol.id) } })
  chain.newCouncilElected({ members: candidates })
  await story.notify()
  expect(await story.told()).toEqual(['alice: ELECTION_COUNCIL_ELECTED', 'carol: ELECTION_COUNCIL_ELECTED'])
  expect(story.sent[0]?.text).toContain('The new council: carol and colin.')
})

test('an election that fails and restarts in one block sends one notification, which gives the cause', async () => {
  const { story, chain } = await election()
  chain.announcingPeriodStarted()
  chain.notEnoughCandidates()
  await story.notify()
  expect(await story.told()).toEqual(['alice: ELECTION_ANNOUNCING_STARTED', 'carol: ELECTION_ANNOUNCING_STARTED'])
  expect(subjects(story)).toEqual(['alice@example.org: Too few candidates: the council election begins again'])
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
