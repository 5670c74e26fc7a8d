import { groupIds } from 'query-node'
import { expect, test } from 'vitest'
import { ANYBODY } from '../../src/events/addressee.ts'
import type { EventData } from '../../src/events/define.ts'
import { entityKinds, generalKinds, isKind, type KindName, reasonOf } from '../../src/events/kinds.ts'
import { eventOfType, events } from '../../src/events/list.ts'
import { TEXTS_OF } from '../../src/events/withdrawal.ts'

/** The words for the sample of an event, with some facts replaced. */
function wordsOf(type: string, facts: object = {}, kind: KindName = 'FORUM_POST_ALL') {
  const event = eventOfType(type)
  const data: EventData = event.data({ ...Object(event.sample()), ...facts })
  const words = event.words(JSON.parse(JSON.stringify(data)), kind, ANYBODY)
  return { ...words, facts: words.facts?.() ?? [] }
}

const said = (...parameters: Parameters<typeof wordsOf>) => {
  const { title, summary } = wordsOf(...parameters)
  return [title, summary]
}

const kindsOf = (type: string) => {
  const event = eventOfType(type)
  return event.rules(event.sample()).map(({ kind }) => kind)
}

test.each(events.map(({ type }) => type))('%s has words for each of its kinds', (type) => {
  for (const kind of kindsOf(type)) {
    const { title, summary, path, action, group } = wordsOf(type, {}, kind)
    for (const words of [title, ...(summary ? [summary] : []), action]) expect(words).toMatch(/^\S.*\S$/)
    for (const words of [title, summary ?? '']) expect(words).not.toMatch(/undefined|null|NaN|\[object|ProposalStatus/)
    expect(title).not.toMatch(/\.$/)
    if (summary) expect(summary).toMatch(/\.$/)
    expect(path).toMatch(/^\/#\//)
    expect(reasonOf(kind, group)).not.toMatch(/[{}]|undefined/)
    if (kind.startsWith('WG_') && kind.endsWith('_WORKER')) {
      expect(reasonOf(kind, group)).toBe('you work in the Forum group')
    }
  }
})

test.each(events.filter(({ sources }) => sources).map(({ type }) => type))(
  '%s repeats nothing of a text that is hidden by now',
  (type) => {
    const event = eventOfType(type)
    const facts = event.sample()
    for (const source of event.sources?.(facts) ?? []) {
      const fields = TEXTS_OF[source.split(':')[0] as keyof typeof TEXTS_OF]
      const data = event.data(facts)
      const texts = fields.flatMap((field) => (typeof data[field] === 'string' ? [data[field]] : []))
      expect(texts.length).toBeGreaterThan(0)
      const without = { ...data, ...Object.fromEntries(fields.map((field) => [field, null])) }
      for (const kind of kindsOf(type)) {
        const { facts, ...others } = event.words(without, kind, ANYBODY)
        const words = JSON.stringify({ ...others, facts: facts?.() })
        for (const text of texts) expect(words).not.toContain(text)
        expect(words).not.toMatch(/undefined|“null”/)
      }
    }
  },
)

test('every event that repeats what somebody wrote in the forum or in a discussion can be withdrawn', () => {
  for (const event of events) {
    const data = event.data(event.sample())
    const repeats = 'postId' in data || ('threadId' in data && 'excerpt' in data)
    if (repeats) expect(event.sources, event.type).toBeDefined()
  }
})

test('every kind belongs to an event', () => {
  const used = new Set(events.flatMap(({ type }) => kindsOf(type)))
  expect([...used].sort()).toEqual(Object.keys({ ...generalKinds, ...entityKinds }).sort())
  expect([...used].every(isKind)).toBe(true)
})

test.each<[string, string]>([
  ['PostAdded', '/#/forum/thread/17?post=42'],
  ['PostTextUpdated', '/#/forum/thread/17?post=42'],
  ['ThreadCreated', '/#/forum/thread/17'],
  ['ProposalCreated', '/#/proposals/preview/9'],
  ['ProposalStatusUpdated', '/#/proposals/preview/9'],
  ['ProposalDecisionMade', '/#/proposals/preview/9'],
  ['ProposalExecuted', '/#/proposals/preview/9'],
  ['ProposalVoted', '/#/proposals/preview/9'],
  ['ProposalDiscussionPostCreated', '/#/proposals/preview/9?post=77'],
  ['ProposalDiscussionPostUpdated', '/#/proposals/preview/9?post=77'],
  ['AnnouncingPeriodStarted', '/#/election'],
  ['NotEnoughCandidates', '/#/election'],
  ['NewCouncilNotElected', '/#/election'],
  ['VotingPeriodStarted', '/#/election'],
  ['RevealingStageStarted', '/#/election'],
  ['NewCouncilElected', '/#/council'],
  ['OpeningAdded', '/#/working-groups/openings/forumWorkingGroup-8'],
  ['AppliedOnOpening', '/#/working-groups/openings/forumWorkingGroup-8'],
  ['OpeningFilled', '/#/working-groups/openings/forumWorkingGroup-8'],
  ['BudgetUpdated', '/#/working-groups/forum'],
  ['BudgetSet', '/#/working-groups/forum'],
  ['BudgetSpending', '/#/working-groups/forum'],
  ['LeaderSet', '/#/working-groups/forum'],
  ['LeaderUnset', '/#/working-groups/forum'],
  ['WorkerStartedLeaving', '/#/working-groups/forum'],
  ['WorkerExited', '/#/working-groups/forum'],
  ['TerminatedWorker', '/#/working-groups/forum'],
  ['TerminatedLeader', '/#/working-groups/forum'],
  ['StakeSlashed', '/#/working-groups/forum'],
  ['WorkerRewardAmountUpdated', '/#/working-groups/forum'],
  ['NewMissedRewardLevelReached', '/#/working-groups/forum'],
])('the link of %s leads to %s', (type, path) => {
  for (const kind of kindsOf(type)) expect(wordsOf(type, {}, kind).path).toBe(path)
})

const PIONEERS_ROUTES = [
  /^\/#\/forum\/thread\/\d+(\?post=\d+)?$/,
  /^\/#\/proposals\/preview\/\d+(\?post=\d+)?$/,
  /^\/#\/(election|council)$/,
  /^\/#\/working-groups\/(openings\/\w+-\d+|[a-z]+)$/,
]

test.each(events.map(({ type }) => type))('the link of %s leads to a page that Pioneer has', (type) => {
  for (const kind of kindsOf(type)) {
    const { path } = wordsOf(type, {}, kind)
    expect(
      PIONEERS_ROUTES.filter((route) => route.test(path)),
      path,
    ).toHaveLength(1)
  }
})

test('each working group has the same link as in Pioneer', () => {
  const links = groupIds.map((id) => {
    const group = { id, name: id, workers: [] }
    return wordsOf('BudgetSet', { group }).path.replace('/#/working-groups/', `${id}: `)
  })
  expect(links).toEqual([
    'contentWorkingGroup: content',
    'forumWorkingGroup: forum',
    'storageWorkingGroup: storage',
    'distributionWorkingGroup: distribution',
    'membershipWorkingGroup: membership',
    'appWorkingGroup: apps',
    'operationsWorkingGroupAlpha: builders',
    'operationsWorkingGroupBeta: hr',
    'operationsWorkingGroupGamma: marketing',
  ])
})

test.each<[string, string]>([
  ['0', '0 JOY'],
  ['10000000000', '1 JOY'],
  ['12345000000000', '1,234.5 JOY'],
  ['1', '0.0000000001 JOY'],
  ['10000000001', '1.0000000001 JOY'],
  ['1000000000', '0.1 JOY'],
  ['123456789012345678901234567890', '12,345,678,901,234,567,890.123456789 JOY'],
])('%s base units are %s', (budget, amount) => {
  expect(wordsOf('BudgetSet', { budget }).title).toBe(`The budget of the Forum group is now ${amount}`)
})

test('a budget grows or shrinks by an amount without a sign', () => {
  const title = (change: string) => wordsOf('BudgetUpdated', { change }).title
  expect(title('12345000000000')).toBe('The budget of the Forum group grew by 1,234.5 JOY')
  expect(title('-5000000000')).toBe('The budget of the Forum group shrank by 0.5 JOY')
  expect(title('0')).toBe('The budget of the Forum group did not change')
})

test('a spending names the amount, the receiver and the rationale, if any', () => {
  const receiver = 'j4UbMHiS79yvMLJctXggUugkkKmwxG5LW2YSy3ap8SmgF5qW9'
  const words = wordsOf('BudgetSpending', { amount: '15000000000', receiver, rationale: 'A _new_ cactus' })
  expect(words).toMatchObject({
    title: 'Forum paid 1.5 JOY to alice (j4Ub…qW9)',
    facts: [
      { label: 'Paid to', value: [{ text: 'alice', path: '/#/members/1' }] },
      { label: 'Account', value: [{ text: receiver }] },
    ],
    excerpt: 'A new cactus',
  })
  expect(wordsOf('BudgetSpending', { receiver, member: undefined })).toMatchObject({
    title: 'Forum paid 1.5 JOY to j4Ub…qW9',
    facts: [{ label: 'Account', value: [{ text: receiver }] }],
  })
  expect(wordsOf('BudgetSpending', { rationale: null }).excerpt).toBeNull()
})

test('a post names its author and thread, and says if it mentions or answers the reader', () => {
  const title = 'Who waters the plants in the council room?'
  expect(said('PostAdded', {}, 'FORUM_POST_MENTION')).toEqual([`alice mentioned you in “${title}”`, undefined])
  expect(said('PostAdded', {}, 'FORUM_POST_REPLY')).toEqual([`alice replied to you in “${title}”`, undefined])
  expect(said('PostAdded', {}, 'FORUM_CATEGORY_ENTITY_POST')).toEqual([`alice posted in “${title}”`, undefined])
  expect(wordsOf('PostAdded', { text: 'Ask [@bob](#mention?member-id=2)' }).excerpt).toBe('Ask @bob')
})

test('a mention of roles says which, also where the stored event has none', () => {
  const mentioned = (...roles: string[]) => ({ mentioned: { members: [], holders: ['2'], roles } })
  const title = (...roles: string[]) =>
    wordsOf('PostAdded', mentioned(...roles), 'ROLE_MENTION').title.split(' in “')[0]
  expect(title('the council')).toBe('alice mentioned the council')
  expect(title('the council', 'the lead of the Forum group')).toBe(
    'alice mentioned the council and the lead of the Forum group',
  )
  expect(title()).toBe('alice mentioned a role of yours')
})

test('a new thread keeps its original title', () => {
  const facts = { title: 'Cacti', text: 'They **bite**.' }
  expect(said('ThreadCreated', facts, 'FORUM_THREAD_MENTION')).toEqual([
    'carol mentioned you in “Cacti”',
    'The mention is in the first post of a new thread.',
  ])
  expect(wordsOf('ThreadCreated', facts, 'FORUM_THREAD_ALL')).toMatchObject({
    title: 'New thread: “Cacti”',
    summary: 'carol started it.',
    excerpt: 'They bite.',
  })
})
