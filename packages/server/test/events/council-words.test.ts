import { describe, expect, test } from 'vitest'
import { type Addressee, ANYBODY } from '../../src/events/addressee.ts'
import { timeOfBlock } from '../../src/events/blocks.ts'
import type { EventData } from '../../src/events/define.ts'
import { valueText } from '../../src/events/facts.ts'
import { eventOfType } from '../../src/events/list.ts'

const reader = (memberId: string): Addressee => ({ memberId, timeZone: 'UTC' })

function wordsOfData(type: string, data: EventData, addressee = ANYBODY) {
  const words = eventOfType(type).words(JSON.parse(JSON.stringify(data)), 'ELECTION_COUNCIL_ELECTED', addressee)
  return {
    title: words.title,
    summary: words.summary ?? null,
    facts: (words.facts?.() ?? []).map((fact) => `${fact.label}: ${valueText(fact)}`),
  }
}

const sampleOf = (type: string): EventData => {
  const event = eventOfType(type)
  return event.data(event.sample())
}

test('candidates read until when they can stand, what to stake, and how many stand already', () => {
  expect(wordsOfData('AnnouncingPeriodStarted', sampleOf('AnnouncingPeriodStarted'))).toEqual({
    title: 'Stand for the council by Mon 30 Nov',
    summary: 'The announcing period of a new election has begun: members can announce their candidacy.',
    facts: ['Stand until: Mon 30 Nov, 14:00 UTC', 'Stake needed: at least 166,666.67 JOY', 'Candidates so far: none'],
  })
  const few = { ...sampleOf('NotEnoughCandidates'), candidates: '2' }
  expect(wordsOfData('NotEnoughCandidates', few)).toMatchObject({
    title: 'Too few candidates: stand for the council by Mon 30 Nov',
    facts: expect.arrayContaining(['Candidates so far: 2']),
  })
  expect(wordsOfData('NewCouncilNotElected', few).title).toBe('No council was elected: stand by Mon 30 Nov')
})

test('voters read until when to vote and for whom, in their own time', () => {
  const data = sampleOf('VotingPeriodStarted')
  expect(wordsOfData('VotingPeriodStarted', data)).toEqual({
    title: 'Vote for the council by Sat 28 Nov, 14:00 UTC',
    summary: 'A vote counts only if you reveal it in the stage that follows.',
    facts: [
      '3 candidates for 3 seats: alice, bob, carol',
      'The next council also decides on: “Fund a second watering can”',
    ],
  })
  const inNewYork = { memberId: '9', timeZone: 'America/New_York' }
  expect(wordsOfData('VotingPeriodStarted', data, inNewYork).title).toMatch(/^Vote .* by Sat 28 Nov, 09:00 GMT-5$/)
  expect(wordsOfData('VotingPeriodStarted', data, reader('2')).summary).toMatch(/^You are a candidate\. A vote/)
  const one = { ...data, constitutional: [], candidateIds: ['1'], candidates: ['alice'], seats: '1' }
  expect(wordsOfData('VotingPeriodStarted', one).facts).toEqual(['1 candidate for 1 seat: alice'])
  expect(wordsOfData('VotingPeriodStarted', { ...one, seats: undefined }).facts).toEqual(['1 candidate: alice'])
})

test('voters read until when to reveal their vote', () => {
  expect(wordsOfData('RevealingStageStarted', sampleOf('RevealingStageStarted')).title).toBe(
    'If you voted: reveal by Sat 28 Nov, 14:00 UTC, or your vote does not count',
  )
})

describe('a new council', () => {
  const data = {
    elected: ['alice', 'bob'],
    electedIds: ['1', '2'],
    notElectedIds: ['3', '4'],
    formerIds: ['4', '5'],
  }
  const facts = ['Council members: alice, bob']

  test.each([
    ['a member', '9', 'A new council was elected', null],
    ['one who was elected', '2', 'You were elected to the council', null],
    ['one who was not', '3', 'You were not elected to the council', null],
    ['one who lost their seat', '4', 'You were not elected to the council', 'Your term on the council has ended.'],
    ['one who did not stand again', '5', 'Your term on the council has ended', null],
  ])('is told to %s', (_, memberId, title, summary) => {
    expect(wordsOfData('NewCouncilElected', data, reader(memberId))).toEqual({ title, summary, facts })
  })

  test('links to its members', () => {
    expect(eventOfType('NewCouncilElected').words(data, 'COUNCIL_MY_SEAT', ANYBODY).facts?.()[0]?.value).toEqual([
      { text: 'alice', path: '/#/members/1' },
      { text: 'bob', path: '/#/members/2' },
    ])
  })
})

test('elections that 0.1.0 stored have words', () => {
  const unknown: [string, string][] = [
    ['AnnouncingPeriodStarted', 'Stand for the council'],
    ['NotEnoughCandidates', 'Too few candidates: stand for the council'],
    ['NewCouncilNotElected', 'No council was elected: candidates can stand again'],
    ['VotingPeriodStarted', 'Vote for the council: voting has begun'],
    ['RevealingStageStarted', 'If you voted: reveal your vote, or it does not count'],
  ]
  for (const [type, title] of unknown) expect(wordsOfData(type, {}).title).toBe(title)
  expect(wordsOfData('NewCouncilElected', { elected: ['alice', 'bob', 'carol'] }, reader('1'))).toEqual({
    title: 'A new council was elected',
    summary: 'Its members are alice, bob, and carol.',
    facts: [],
  })
  expect(wordsOfData('NewCouncilElected', { elected: [] }).summary).toBeNull()
})

test.each([0, -5, 1_000, 999, 2 ** 31, 1e20, Number.NaN, 1.5, '5000', null, undefined, {}])(
  'a stage that ends at block %s has no known end',
  (endsAt) => {
    const event = { block: 1_000, time: new Date('2026-11-24T14:00:00Z') }
    expect(timeOfBlock(endsAt, event)).toBeUndefined()
    expect(timeOfBlock(1_010, event)).toBe('2026-11-24T14:01:00.000Z')
  },
)
