import type { Member } from 'query-node'
import { expect, test } from 'vitest'
import { createWallet, watches } from '../support/accounts.ts'
import { stories } from '../support/story.ts'
import { clockStory } from './clock-story.ts'

const createStory = stories()

async function electionStory(age?: number) {
  const { story, ...rest } = await clockStory(createStory, age)
  const [alice, bob, carol, dave] = [
    await story.member('alice'),
    await story.member('bob'),
    await story.member('carol'),
    await story.member('dave'),
  ]
  await story.begins()
  const told = async (kind: string) => (await story.told()).filter((line) => line.endsWith(kind))
  return { story, alice, bob, carol, dave, told, ...rest }
}

/** In hours. */
const ANNOUNCING = 6 * 24
const VOTING = 4 * 24

test('an election reminds of each stage whoever can still act', async () => {
  const { story, chain, alice, bob, carol, dave, told, passes, looks } = await electionStory()
  for (const member of [alice, bob]) await story.wants(member, 'ELECTION_ANNOUNCING_LAST_DAY')
  chain.announcingPeriodStarted()
  await story.notify()
  passes(ANNOUNCING - 25)
  await looks()
  expect(await told('LAST_DAY')).toEqual([])
  passes(2)
  await looks()
  expect(await told('ANNOUNCING_LAST_DAY')).toEqual([
    'alice: ELECTION_ANNOUNCING_LAST_DAY',
    'bob: ELECTION_ANNOUNCING_LAST_DAY',
  ])

  chain.votingPeriodStarted({ candidates: [alice, bob, carol] })
  await story.notify()
  const vote = chain.voteCast(bob.address)
  chain.commitBlock()
  passes(VOTING - 25)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toEqual([])
  // Who votes in the last minute is not reminded.
  chain.voteCast(dave.address)
  chain.commitBlock()
  passes(2)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toEqual(['alice: ELECTION_VOTING_LAST_DAY', 'carol: ELECTION_VOTING_LAST_DAY'])
  const email = story.sent.find(({ subject }) => subject.startsWith('Last day to vote for the council: until '))
  expect(email?.text).toMatch(/^Candidates: alice, bob, carol$/m)

  chain.revealingStageStarted()
  await story.notify()
  chain.voteRevealed(vote, alice)
  chain.commitBlock()
  passes(VOTING - 23)
  await looks()
  expect(await told('REVEALING_LAST_DAY')).toEqual(['dave: ELECTION_REVEALING_LAST_DAY'])
  expect(story.sent.at(-1)?.subject).toMatch(
    /^Reveal your vote by \w{3} \d+ \w{3}, \d\d:\d\d UTC, or it does not count$/,
  )
})

test('a watched account that has voted is the member’s, and the last reminder names those whose votes are hidden', async () => {
  const { story, chain, alice, bob, carol, dave, told, passes, looks } = await electionStory()
  const [cold, ledger, phone] = [
    createWallet('cold'),
    createWallet('ledger', 'ed25519'),
    createWallet('phone', 'ecdsa'),
  ]
  for (const [wallet, label] of [
    [cold, 'cold wallet'],
    [ledger, 'ledger'],
  ] as const)
    await watches(story, alice, wallet, label)
  await watches(story, bob, phone, 'phone')
  for (const wallet of [cold, phone]) await watches(story, carol, wallet, 'ours')
  chain.votingPeriodStarted({ candidates: [dave] })
  await story.notify()
  const votes = [cold, ledger, phone].map((wallet) => chain.voteCast(wallet.address(126)))
  const own = chain.voteCast(alice.address)
  chain.commitBlock()
  passes(VOTING - 23)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toEqual(['dave: ELECTION_VOTING_LAST_DAY'])

  chain.revealingStageStarted()
  await story.notify()
  for (const vote of [votes[1], votes[2], own]) chain.voteRevealed(vote ?? '', dave)
  chain.commitBlock()
  passes(VOTING - 23)
  await looks()
  expect(await told('REVEALING_LAST_DAY')).toEqual([
    'alice: ELECTION_REVEALING_LAST_DAY',
    'carol: ELECTION_REVEALING_LAST_DAY',
  ])
  const subjects = story.sent.slice(-2).map(({ to, subject }) => [to, subject.replace(/ by .* UTC/, '')])
  expect(subjects.sort()).toEqual([
    ['alice@example.org', 'Reveal your vote with “cold wallet”, or it does not count'],
    ['carol@example.org', 'Reveal your vote with “ours”, or it does not count'],
  ])
})

test('the last reminder to reveal lists several accounts', async () => {
  const { story, chain, alice, dave, passes, looks } = await electionStory()
  const [cold, ledger] = [createWallet('cold'), createWallet('ledger')]
  await watches(story, alice, cold, 'cold wallet')
  await watches(story, alice, ledger, 'ledger')
  chain.votingPeriodStarted({ candidates: [dave] })
  await story.notify()
  for (const wallet of [cold, ledger]) chain.voteCast(wallet.address(126))
  chain.revealingStageStarted()
  await story.notify()
  passes(VOTING - 23)
  await looks()
  const email = story.sent.at(-1)
  expect(email?.subject).toMatch(
    /^Reveal your votes with “cold wallet” and another account by .*, or they do not count$/,
  )
  expect(email?.text).toContain('Accounts of yours have voted for the council, and the votes are still hidden.')
  expect(email?.text).toContain('Accounts that voted: “cold wallet”, “ledger”')
})

test('an election that fails and begins again is reminded of again, and not of the stage that failed', async () => {
  const { story, chain, alice, told, passes, looks } = await electionStory()
  await story.wants(alice, 'ELECTION_ANNOUNCING_LAST_DAY')
  chain.announcingPeriodStarted()
  await story.notify()
  passes(ANNOUNCING - 23)
  await looks()
  expect(await told('ANNOUNCING_LAST_DAY')).toHaveLength(1)
  chain.notEnoughCandidates()
  await story.notify()
  passes(2)
  await looks()
  expect(await told('ANNOUNCING_LAST_DAY')).toHaveLength(1)
  passes(ANNOUNCING - 24)
  await looks()
  expect(await told('ANNOUNCING_LAST_DAY')).toHaveLength(2)
})

test('an end that moves moves the reminder, which is sent once', async () => {
  const { story, chain, told, passes, looks, ...members } = await electionStory()
  const candidates: Member[] = [members.alice, members.bob, members.carol]
  chain.votingPeriodStarted({ candidates })
  await story.notify()
  const moveTo = (hours: number) => {
    chain.stageEndMoved(chain.openBlock + hours * 600)
    chain.commitBlock()
  }
  moveTo(120)
  await looks()
  passes(60)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toEqual([])
  moveTo(100)
  await looks()
  passes(75)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toEqual([])
  passes(2)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toHaveLength(4)
  moveTo(50)
  await looks()
  passes(40)
  await looks()
  expect(await told('VOTING_LAST_DAY')).toHaveLength(4)
})

test('a member reads the end in their own time zone', async () => {
  const { story, chain, bob, passes, looks } = await electionStory()
  await story.db.member.update({ where: { id: Number(bob.id) }, data: { timeZone: 'Asia/Kolkata' } })
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  passes(VOTING - 23)
  await looks()
  const subjects = story.sent.filter(({ to }) => to === 'bob@example.org').map(({ subject }) => subject)
  expect(subjects.at(-1)).toMatch(/ GMT\+5:30$/)
})

test('who asked for it hears of an election whose council decides on a proposal that needs two', async () => {
  const { story, chain, alice, bob, told } = await electionStory()
  await story.wants(bob, 'ELECTION_CONSTITUTIONAL_VOTE')
  const constitution = { kind: 'AmendConstitution', text: 'We water.' } as const
  const amend = chain.proposalCreated({ by: alice, title: 'Constitution', description: 'We.', details: constitution })
  chain.proposalCreated({ by: alice, title: 'A signal', description: 'Hello.' })
  chain.votingPeriodStarted({ candidates: [alice] })
  await story.notify()
  expect(await told('CONSTITUTIONAL_VOTE')).toEqual(['bob: ELECTION_CONSTITUTIONAL_VOTE'])
  expect(await told('ELECTION_VOTING_STARTED')).toHaveLength(3)
  const emails = story.sent.filter(({ subject }) => subject.startsWith('Vote for the council by '))
  expect(emails).toHaveLength(4)
  for (const { text } of emails) expect(text).toContain('The next council also decides on: “Constitution”\n')

  chain.proposalDormant(amend)
  chain.newCouncilNotElected()
  chain.votingPeriodStarted({ candidates: [alice] })
  await story.notify()
  expect(await told('CONSTITUTIONAL_VOTE')).toHaveLength(2)
  chain.proposalVetoed(amend)
  chain.newCouncilNotElected()
  chain.votingPeriodStarted({ candidates: [alice] })
  await story.notify()
  expect(await told('CONSTITUTIONAL_VOTE')).toHaveLength(2)
})

test('an end behind a change of daylight saving is right for those who change their clocks, and those who do not', async () => {
  // Europe changes its clocks on 25 October 2026 at 01:00 UTC, New York a week later.
  const genesis = Date.parse('2026-10-21T12:00:00Z')
  const { story, chain, alice, bob, carol, passes, looks } = await electionStory(Date.now() - genesis)
  for (const [{ id }, timeZone] of [
    [alice, 'Europe/Berlin'],
    [bob, 'America/New_York'],
    [carol, 'UTC'],
  ] as const)
    await story.db.member.update({ where: { id: Number(id) }, data: { timeZone } })
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  story.sent.length = 0
  passes(VOTING - 25)
  await looks()
  expect(story.sent).toEqual([])
  passes(2)
  await looks()
  const until = (name: string) =>
    / until (.*)$/.exec(story.sent.find(({ to }) => to.startsWith(name))?.subject ?? '')?.[1]
  expect(until('carol')).toMatch(/^Sun 25 Oct, 12:0\d UTC$/)
  expect(until('alice')).toMatch(/^Sun 25 Oct, 13:0\d CET$/)
  expect(until('bob')).toMatch(/^Sun 25 Oct, 08:0\d GMT-4$/)
})
