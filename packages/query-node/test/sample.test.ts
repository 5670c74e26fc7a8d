import { expect, test } from 'vitest'
import { continueSample, type Sample, sampleBlocks, sampleChain } from '../src/index.ts'
import { ask, serve } from './support.ts'

const continued = (sample: Sample, chapters: number): string[] =>
  Array.from({ length: chapters }, () => continueSample(sample))

test('the sample chain has members, threads with awkward titles, mentions, proposals and a council', async () => {
  const { chain } = sampleChain()
  expect(chain.head).toBe(sampleBlocks)
  const node = await serve(chain)
  const { memberships, forumThreads, postAddedEvents, electedCouncils } = await ask<{
    memberships: object[]
    forumThreads: { title: string }[]
    postAddedEvents: { text: string }[]
    electedCouncils: { councilMembers: object[] }[]
  }>(
    node,
    `{ memberships { handle } forumThreads { title } postAddedEvents { text }
       electedCouncils(where: { isResigned_eq: false }) { councilMembers { id } } }`,
  )
  expect(memberships).toHaveLength(8)
  expect(forumThreads.some(({ title }) => title.includes('<script>'))).toBe(true)
  expect(forumThreads.some(({ title }) => title.includes('👋'))).toBe(true)
  expect(postAddedEvents.some(({ text }) => text.includes('[@bob](#mention?member-id=1)'))).toBe(true)
  expect(postAddedEvents.some(({ text }) => text.includes('#mention?role=workers_storageWorkingGroup'))).toBe(true)
  expect(electedCouncils[0]?.councilMembers).toHaveLength(3)
})

test('continueSample adds one block, the same for the same seed', () => {
  const [one, same, other] = [sampleChain({ seed: 7 }), sampleChain({ seed: 7 }), sampleChain({ seed: 8 })]
  const told = continued(one, 60)
  expect(one.chain.head).toBe(sampleBlocks + 60)
  expect(continued(same, 60)).toEqual(told)
  expect(continued(other, 60)).not.toEqual(told)
})

test('continueSample never fails, whatever the seed', () => {
  for (let seed = 0; seed < 20; seed += 1) expect(continued(sampleChain({ seed }), 200)).toHaveLength(200)
})
