import { expect, test } from 'vitest'
import { type Addressee, ANYBODY } from '../../src/events/addressee.ts'
import type { EventData } from '../../src/events/define.ts'
import { valueText } from '../../src/events/facts.ts'
import type { KindName } from '../../src/events/kinds.ts'
import { eventOfType } from '../../src/events/list.ts'

const ALICE: Addressee = { memberId: '1', timeZone: 'UTC' }
const group = { id: 'operationsWorkingGroupBeta', name: 'HR', workers: [], leads: [] }

/** The words of stored data: what is undefined is missing there. */
function wordsOfData(type: string, data: EventData, reader = ANYBODY, kind: KindName = 'WG_OPENING_ALL') {
  const words = eventOfType(type).words(JSON.parse(JSON.stringify(data)), kind, reader)
  return {
    title: words.title,
    summary: words.summary ?? null,
    facts: (words.facts?.() ?? []).map((fact) => `${fact.label}: ${valueText(fact)}`),
    excerpt: words.excerpt ?? null,
  }
}

function wordsOf(type: string, facts: object = {}, reader = ANYBODY, kind?: KindName) {
  const event = eventOfType(type)
  return wordsOfData(type, event.data({ ...Object(event.sample()), group, ...facts }), reader, kind)
}

test('an opening says what is paid, what to stake, and by when to apply', () => {
  expect(wordsOf('OpeningAdded')).toEqual({
    title: 'HR is hiring: Gardener',
    summary: null,
    facts: ['Reward per month: 21,600 JOY', 'Stake: 5,000 JOY', 'Apply by: Sat 5 Dec, 12:00 UTC'],
    excerpt: 'Keep the cactus alive.',
  })
  const inTokyo = { ...ANYBODY, timeZone: 'Asia/Tokyo' }
  expect(wordsOf('OpeningAdded', {}, inTokyo).facts).toContain('Apply by: Sat 5 Dec, 21:00 GMT+9')
  const forLead = { id: 'x-1', groupId: group.id, isForLead: true }
  expect(wordsOf('OpeningAdded', { opening: { ...forLead, title: 'Boss' } }).title).toBe('HR is hiring a lead: Boss')
  expect(wordsOf('OpeningAdded', { opening: forLead })).toEqual({
    title: 'HR is hiring a lead',
    summary: null,
    facts: [],
    excerpt: null,
  })
  expect(wordsOf('OpeningAdded', { opening: { ...forLead, isForLead: false } }).title).toBe('HR is hiring a worker')
})

test.each([
  '',
  'soon',
  '9'.repeat(2_000),
  '-271821-04-20T00:00:00.000Z',
  '+275760-09-13T00:00:00.000Z',
  '1e999',
  '-5',
  '0x10',
])('an opening whose terms are “%s” is told without them', (nonsense) => {
  const opening = {
    id: 'x-1',
    title: 'Gardener',
    isForLead: false,
    shortDescription: null,
    expectedEnding: nonsense,
    rewardPerBlock: `${nonsense}x`,
    stake: `${nonsense}x`,
  }
  expect(wordsOf('OpeningAdded', { opening })).toMatchObject({ title: 'HR is hiring: Gardener', facts: [] })
})

test('rewards per month are rounded to the hundredth of a JOY, small ones are not', () => {
  const title = (rewardPerBlock: string) => wordsOf('WorkerRewardAmountUpdated', { rewardPerBlock }, ALICE).title
  expect(title('500000000')).toBe('Your reward in the HR group is now 21,600 JOY per month')
  expect(title('1157407')).toBe('Your reward in the HR group is now 50 JOY per month')
  expect(title('1')).toBe('Your reward in the HR group is now 0.0000432 JOY per month')
  expect(title('0')).toBe('Your reward in the HR group is now 0 JOY per month')
})

test('an application names the applicant and the opening', () => {
  expect(wordsOf('AppliedOnOpening')).toEqual({
    title: 'alice applied to the HR group: Gardener',
    summary: null,
    facts: ['Applicant: alice'],
    excerpt: null,
  })
})

test('those who were hired, those who were not, and everybody else read different words', () => {
  const hired = { hired: ['1', '3'], handles: ['alice', 'carol'] }
  expect(wordsOf('OpeningFilled', hired)).toMatchObject({
    title: 'The HR group hired alice and carol',
    facts: ['Opening: Gardener', 'Hired: alice, carol'],
  })
  expect(wordsOf('OpeningFilled', hired, ALICE)).toMatchObject({
    title: 'The HR group hired you',
    facts: ['Opening: Gardener', 'Reward per month: 21,600 JOY', 'Hired: alice, carol'],
  })
  expect(wordsOf('OpeningFilled', { hired: ['3'], handles: ['carol'] }, ALICE, 'WG_MY_ROLE')).toMatchObject({
    title: 'The HR group did not hire you',
    summary: null,
    facts: ['Opening: Gardener', 'Hired: carol'],
  })
  expect(wordsOf('OpeningFilled', { hired: [], handles: [] }, ALICE, 'WG_MY_ROLE')).toMatchObject({
    title: 'The HR group did not hire you',
    summary: 'The opening was closed, and nobody was hired.',
  })
  expect(wordsOf('OpeningFilled', { hired: [], handles: [] })).toMatchObject({
    title: 'The HR group closed an opening without hiring anyone',
    facts: ['Opening: Gardener'],
  })
})

test('of many who were hired, few are named and a bounded number is stored', () => {
  const hired = Array.from({ length: 5_000 }, (_, n) => String(n + 10))
  const handles = hired.slice(0, 15).map((id) => `member-${id}`)
  const event = eventOfType('OpeningFilled')
  const facts = { ...Object(event.sample()), group, hired, handles }
  expect(JSON.stringify(event.data(facts)).length).toBeLessThan(4_000)
  expect(wordsOf('OpeningFilled', { hired, handles }).facts[1]).toMatch(/^Hired: member-10, .*, member-24, 185 more$/)
  // One who is not stored cannot read that they were not hired.
  const told = event.rules(facts).find(({ kind }) => kind === 'WG_MY_ROLE')
  expect(told).toMatchObject({ memberIds: hired.slice(0, 200).concat('2') })
})

test('who was removed reads why, and what it costs', () => {
  const why = { penalty: '5000000000000', rationale: 'The cactus is **dead**.' }
  const said = {
    summary: null,
    facts: ['Role: worker', 'Penalty: 500 JOY of the stake'],
    excerpt: 'The cactus is dead.',
  }
  for (const type of ['TerminatedWorker', 'TerminatedLeader']) {
    expect(wordsOf(type, why, ALICE)).toEqual({ title: 'You were removed from the HR group', ...said })
    expect(wordsOf(type, why)).toEqual({ title: 'alice was removed from the HR group', ...said })
    expect(wordsOf(type, { penalty: '0', rationale: null })).toMatchObject({ facts: ['Role: worker'], excerpt: null })
  }
  expect(wordsOf('WorkerExited', { isLead: true })).toEqual({
    title: 'alice left the HR group',
    summary: null,
    facts: ['Role: lead'],
    excerpt: null,
  })
})

test('a worker reads of a slash, and of rewards that were missed and paid', () => {
  expect(wordsOf('StakeSlashed', {}, ALICE)).toEqual({
    title: '100 JOY of your stake in the HR group was slashed',
    summary: 'The amount is lost.',
    facts: [],
    excerpt: 'The cactus was not watered.',
  })
  expect(wordsOf('StakeSlashed').title).toBe('100 JOY of alice’s stake in the HR group was slashed')
  expect(wordsOf('NewMissedRewardLevelReached', {}, ALICE)).toMatchObject({
    title: 'The HR group owes you 2.5 JOY in missed rewards',
    summary: 'Its budget did not cover them. They are paid once it does.',
  })
  expect(wordsOf('NewMissedRewardLevelReached', { owed: '0' }, ALICE)).toMatchObject({
    title: 'The HR group has paid you all missed rewards',
    summary: null,
  })
})

test('leads and workers who come and go are named, or addressed', () => {
  const titles = (type: string, facts = {}) => [ANYBODY, ALICE].map((reader) => wordsOf(type, facts, reader).title)
  expect(titles('LeaderSet')).toEqual(['alice now leads the HR group', 'You now lead the HR group'])
  expect(titles('LeaderSet', { lead: undefined })).toEqual(Array(2).fill('The HR group has a new lead'))
  expect(titles('LeaderUnset')).toEqual(['alice no longer leads the HR group', 'You no longer lead the HR group'])
  expect(titles('WorkerStartedLeaving')).toEqual(['alice is leaving the HR group', 'You are leaving the HR group'])
  expect(wordsOf('WorkerStartedLeaving').excerpt).toBe('My own plants need me.')
  expect(titles('BudgetSpending')).toEqual(['HR paid 1.5 JOY to alice (j4Ub…qW9)', 'HR paid you 1.5 JOY'])
})

test('events that 0.1.0 stored have words', () => {
  const stored = { group: 'Forum', groupId: 'forumWorkingGroup' }
  const opening = { ...stored, openingId: 'forumWorkingGroup-8', opening: 'Gardener' }
  const title = (type: string, data: EventData) => wordsOfData(type, data, ALICE).title
  expect(title('OpeningAdded', { ...opening, isForLead: false })).toBe('Forum is hiring: Gardener')
  expect(title('AppliedOnOpening', { ...opening, applicant: 'alice' })).toBe(
    'alice applied to the Forum group: Gardener',
  )
  expect(wordsOfData('OpeningFilled', { ...opening, hired: ['alice'] }, ALICE)).toEqual({
    title: 'The Forum group hired alice',
    summary: null,
    facts: ['Opening: Gardener'],
    excerpt: null,
  })
  expect(title('LeaderSet', { ...stored, lead: 'alice' })).toBe('alice now leads the Forum group')
  expect(title('LeaderUnset', { ...stored, lead: 'alice' })).toBe('alice no longer leads the Forum group')
  expect(title('WorkerStartedLeaving', { ...stored, worker: 'alice' })).toBe('alice is leaving the Forum group')
  expect(wordsOfData('TerminatedWorker', { ...stored, worker: 'alice', role: 'worker' }, ALICE)).toEqual({
    title: 'alice was removed from the Forum group',
    summary: null,
    facts: ['Role: worker'],
    excerpt: null,
  })
  const spent = { ...stored, amount: '15000000000', receiver: 'j4UbMHiS79yvMLJctXggUugkkKmwxG5LW2YSy3ap8SmgF5qW9' }
  expect(title('BudgetSpending', spent)).toBe('Forum paid 1.5 JOY to j4Ub…qW9')
})

test.each([
  ['BudgetSet', 'newBudget'],
  ['BudgetUpdated', 'budgetChangeAmount'],
  ['BudgetSpending', 'amount'],
  ['StakeSlashed', 'slashedAmount'],
  ['WorkerRewardAmountUpdated', 'newRewardPerBlock'],
  ['NewMissedRewardLevelReached', 'newMissedRewardAmount'],
])('a %s with an amount that is none is not understood, so that no words fail later', async (type, field) => {
  const chain = {
    roles: async () => ({ workersOf: () => [], leadOf: () => [] }),
    worker: async () => ({ memberId: '1', isLead: false }),
    member: async () => ({ id: '1', handle: 'alice' }),
    memberOfAccount: async () => undefined,
  }
  const row = { groupId: 'forumWorkingGroup', workerId: 'forumWorkingGroup-1', reciever: 'j4', spendingRationale: null }
  const meta = { id: 'OLYMPIA-1-1', block: 1, indexInBlock: 1, time: new Date() }
  for (const amount of ['1.5', 'x', '', '9'.repeat(40), 5]) {
    const read = eventOfType(type).read({ ...row, [field]: amount }, chain as never, meta)
    await expect(read, String(amount)).rejects.toThrow(`The query node gave no valid ${field}`)
  }
})
