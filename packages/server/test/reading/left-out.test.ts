import { print } from 'graphql'
import { expect, test } from 'vitest'
import { QueryRefused } from '../../src/chain/client.ts'
import { chainEvents } from '../../src/events/list.ts'
import { dryRun } from '../../src/notifier/dry-run.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()
const UNKNOWN = /^The query node does not know the events /

/** Bob hears of elections, and the query node does not know of announcing periods. */
async function olderNode(options: Parameters<typeof createStory>[0] = {}) {
  const story = await createStory(options)
  await story.member('bob')
  story.expectLog(UNKNOWN)
  story.node.faults.unknownTypes = ['AnnouncingPeriodStartedEvent']
  return { story, chain: story.chain, node: story.node }
}

const queryNodeCheck = async ({ pool }: Story) =>
  (await checkHealth(pool, ['test'])).find(({ name }) => name === 'query node')
const said = ({ logs }: Story, pattern: RegExp) => logs.filter(({ msg }) => pattern.test(msg)).length

test('an event that the query node does not know is left out, and told once the query node knows it', async () => {
  const { story, chain, node } = await olderNode()
  await story.begins()
  const block = chain.head
  for (let run = 0; run < 3; run++) {
    chain.announcingPeriodStarted()
    chain.votingPeriodStarted({ candidates: [] })
    expect((await story.notify()).failure).toBeUndefined()
  }
  expect(await story.told()).toEqual(Array(3).fill('bob: ELECTION_VOTING_STARTED'))
  expect(said(story, UNKNOWN)).toBe(1)
  expect(await queryNodeCheck(story)).toEqual({
    name: 'query node',
    ok: false,
    says: `does not know the events AnnouncingPeriodStarted (after block ${block}): they are read when it is updated; ask its operator`,
  })

  node.clearFaults()
  chain.announcingPeriodStarted()
  await story.notify()
  await story.notify()
  const all = [...Array(4).fill('bob: ELECTION_ANNOUNCING_STARTED'), ...Array(3).fill('bob: ELECTION_VOTING_STARTED')]
  expect(await story.told()).toEqual(all)
  expect((await queryNodeCheck(story))?.ok).toBe(true)
  expect(said(story, /^The query node knows the event AnnouncingPeriodStarted now/)).toBe(1)

  node.requests.reset()
  await story.notify()
  expect(node.requests.count).toBe(1)
  expect(await story.told()).toEqual(all)
})

test('a run with nothing new asks only for the events that are left out', async () => {
  const { story, node } = await olderNode()
  await story.begins()
  await story.notify()
  node.requests.reset()
  await story.notify()
  expect(node.requests.count).toBe(2)
})

test('events that are left out are read although nothing else is new', async () => {
  const { story, chain, node } = await olderNode()
  await story.begins()
  chain.announcingPeriodStarted()
  await story.notify()
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  node.clearFaults()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED', 'bob: ELECTION_VOTING_STARTED'])
})

test('a fresh installation leaves out what its query node does not know', async () => {
  const { story, chain, node } = await olderNode()
  chain.announcingPeriodStarted()
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  const block = chain.head
  expect(await story.cursor()).toEqual({ block })
  chain.announcingPeriodStarted()
  chain.revealingStageStarted()
  await story.notify()
  node.clearFaults()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED', 'bob: ELECTION_REVEALING_STARTED'])
})

test('several types are left out, and each is read when it appears', async () => {
  const { story, chain, node } = await olderNode()
  node.faults.unknownTypes = ['AnnouncingPeriodStartedEvent', 'VotingPeriodStartedEvent']
  await story.begins()
  chain.announcingPeriodStarted()
  chain.votingPeriodStarted({ candidates: [] })
  chain.revealingStageStarted()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_REVEALING_STARTED'])
  node.faults.unknownTypes = ['AnnouncingPeriodStartedEvent']
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_REVEALING_STARTED', 'bob: ELECTION_VOTING_STARTED'])
  expect((await queryNodeCheck(story))?.says).toMatch(/^does not know the events AnnouncingPeriodStarted \(/)
  node.clearFaults()
  await story.notify()
  expect(await story.told()).toHaveLength(3)
})

test('a type whose fields the query node does not know is left out', async () => {
  const { story, chain } = await olderNode()
  story.node.clearFaults()
  const { queryNode } = story.deps
  story.deps.queryNode = {
    ...queryNode,
    request(document, variables) {
      if (
        print(document).includes('on VotingPeriodStartedEvent') ||
        print(document).includes('on ThreadCreatedEvent')
      ) {
        throw new QueryRefused('Cannot query field "text" on type "ThreadCreatedEvent".')
      }
      return queryNode.request(document, variables)
    },
  }
  const dave = story.stranger('dave')
  await story.begins()
  chain.threadCreated({ by: dave, in: chain.categoryCreated('General'), title: 'Plants', text: 'Water them.' })
  chain.announcingPeriodStarted()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
  expect((await queryNodeCheck(story))?.says).toMatch(/ThreadCreated/)
})

test('a query node that refuses all queries is a failed run, and nothing is left out', async () => {
  const { story, chain, node } = await olderNode()
  story.expectLog(/Nothing more was read/)
  await story.begins()
  const before = await story.cursor()
  chain.announcingPeriodStarted()
  node.faults.unknownTypes = chainEvents.map(({ type }) => `${type}Event`)
  expect((await story.notify()).failure).toMatch(/Cannot query field/)
  expect(await story.cursor()).toEqual(before)
  expect(await story.db.store.findUnique({ where: { key: 'LeftOut' } })).toBeNull()
  node.clearFaults()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
})

test('events that were left out are told once, although the query node fails while they are read', async () => {
  const { story, chain, node } = await olderNode()
  story.expectLog(/Nothing more was read/)
  await story.begins()
  for (let n = 0; n < 3_000; n++) {
    chain.announcingPeriodStarted()
    chain.commitBlock()
  }
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  node.clearFaults()
  let windows = 0
  node.faults.beforeAnswer = ({ operationName }) => {
    if (operationName === 'Window' && ++windows === 4) node.duringNext(1, { errors: 'out of connections' })
  }
  expect((await story.notify()).failure).toMatch(/out of connections/)
  const some = await story.db.notification.count()
  expect(some).toBeGreaterThan(1_000)
  expect(some).toBeLessThan(3_001)
  expect((await story.notify()).failure).toBeUndefined()
  expect(await story.db.notification.count()).toBe(3_001)
})

test('while the query node is being rebuilt, events that were left out are not taken as read', async () => {
  const { story, chain, node } = await olderNode()
  await story.begins()
  const block = chain.head
  chain.announcingPeriodStarted()
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  node.clearFaults()
  node.faults.hideBlocksAfter = block
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_VOTING_STARTED'])
  node.clearFaults()
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED', 'bob: ELECTION_VOTING_STARTED'])
})

test('a dry run shows the other events', async () => {
  const { story, chain } = await olderNode()
  await story.begins()
  await story.notify()
  chain.announcingPeriodStarted()
  chain.votingPeriodStarted({ candidates: [] })
  chain.commitBlock()
  const previews = await Array.fromAsync(dryRun(story.deps))
  expect(previews.flatMap(({ resolved }) => resolved.map(({ kind }) => kind))).toEqual(['ELECTION_VOTING_STARTED'])
})
