import { expect, test } from 'vitest'
import { remindAt } from '../../src/events/deadlines/define.ts'
import { readCursor } from '../../src/notifier/cursor.ts'
import { secondsPerBlock } from '../../src/notifier/deadlines.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const HOUR = 60 * 60 * 1000
const start = new Date('2026-11-20T12:00:00Z')
const after = (hours: number) => new Date(start.getTime() + hours * HOUR)

test.each([
  [96, 72],
  [72, 48],
  [33, 9],
  [32, 8],
  // Shorter ones: after three quarters.
  [31, 23.25],
  [24, 18],
  [1, 0.75],
])('of a stage of %d hours, members are told after %d', (length, hours) => {
  expect(remindAt(start, after(length))).toEqual(after(hours))
})

test.each([
  ['as fast as it should be', 24, 14_400, 6],
  ['slower', 24, 12_000, 7.2],
  ['faster', 24, 16_000, 5.4],
  ['still for most of the day', 24, 100, 12],
  ['far too fast', 24, 100_000, 3],
  ['known for half a day', 12, 6_000, 7.2],
  ['known for too short a time', 11, 1_000, 6],
  ['last seen long ago', 73, 1_000, 6],
  ['going backwards', 24, -5, 6],
])('a chain that is %s: %d hours for %d blocks make %d seconds per block', (_, hours, blocks, seconds) => {
  const dayAgo = { block: 200_000, time: start }
  expect(secondsPerBlock({ block: 200_000 + blocks, time: after(hours) }, dayAgo)).toBeCloseTo(seconds, 6)
})

test('without an earlier block, a block takes six seconds', () => {
  expect(secondsPerBlock({ block: 5, time: start }, undefined)).toBe(6)
})

test('the earlier block is that of an event of the chain, about a day ago', async () => {
  const story = await createStory()
  await story.begins()
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR)
  const event = (id: string, type: string, block: number, hours: number) => ({
    id,
    type,
    block,
    time: ago(hours),
    fact: id,
    rules: [],
    data: {},
    sources: [],
  })
  await story.db.event.createMany({
    data: [
      event('1', 'PostAdded', 100, 40),
      event('2', 'PostAdded', 200, 25),
      event('3', 'ElectionVotingEnding', 200, 21),
      event('4', 'PostAdded', 300, 19),
    ],
  })
  expect((await readCursor(story.pool))?.dayAgo).toMatchObject({ block: 200, time: expect.any(Date) })
  expect(Math.round((Date.now() - Number((await readCursor(story.pool))?.dayAgo?.time)) / HOUR)).toBe(25)
})
