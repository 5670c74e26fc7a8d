import { expect, test } from 'vitest'
import { exclusively } from '../../src/db/lease.ts'
import { dryRun } from '../../src/notifier/dry-run.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

async function electionStory(options: Parameters<typeof createStory>[0] = {}) {
  const story = await createStory(options)
  await story.member('bob')
  story.chain.announcingPeriodStarted()
  const block = story.chain.commitBlock()
  return { story, chain: story.chain, block }
}

const store = (value: object) => ({ key: 'Progress', value })

test('a fresh installation begins at the head and emails no history', async () => {
  const { story, chain, block } = await electionStory()
  chain.emptyBlocks(10)
  const { events } = await story.notify()
  expect(events).toBe(0)
  expect(await story.cursor()).toEqual({ block })
  expect(story.logs.some(({ msg }) => msg.includes(`after block ${block}`))).toBe(true)

  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_VOTING_STARTED'])
})

test('a fresh installation with STARTING_BLOCK reads from that block on', async () => {
  const { story, block } = await electionStory({ startingBlock: 1_002 })
  expect(block).toBeGreaterThanOrEqual(1_000)
  await story.db.store.deleteMany()
  story.deps.config.startingBlock = block
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
  expect(story.logs.some(({ msg }) => msg.includes(`from block ${block} on (STARTING_BLOCK)`))).toBe(true)
})

test('STARTING_BLOCK has no effect once there is a cursor', async () => {
  const { story, block } = await electionStory({ startingBlock: 1 })
  await story.db.store.create({ data: store({ block }) })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test("the replaced backend's cursor: its block is read again, the events that it names are skipped", async () => {
  const { story, chain } = await electionStory()
  const handled = chain.votingPeriodStarted({ candidates: [] })
  chain.revealingStageStarted()
  const block = chain.commitBlock()
  await story.db.store.create({ data: store({ block, eventIds: [handled.id] }) })
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_REVEALING_STARTED'])
  expect(await story.cursor()).toEqual({ block })
})

test("the replaced backend's cursor without event ids: its block is done", async () => {
  const { story, block } = await electionStory()
  await story.db.store.create({ data: store({ block, eventIds: [] }) })
  await story.notify()
  expect(await story.told()).toEqual([])
})

test('an invalid cursor stops the run with a clear error', async () => {
  const { story } = await electionStory()
  await story.db.store.create({ data: store({ blok: 3 }) })
  await expect(story.notify()).rejects.toThrow(/Store, key Progress, is not .* but .*blok/)
})

test('a second run ends while the first one reads', async () => {
  const { story } = await electionStory({ startingBlock: 1_000 })
  await exclusively(story.pool, 'read events', async () => {
    expect((await story.notify()).events).toBe(0)
    expect(story.logs.some(({ msg }) => /Another notifier is reading/.test(msg))).toBe(true)
  })
  expect((await story.notify()).events).toBe(1)
})

test('a run discards its result when another one has handled the same blocks', async () => {
  const { story, block } = await electionStory()
  await story.db.store.create({ data: store({ block: block - 1 }) })
  // The lock is gone (its connection broke), and another run is through with the block before this one is.
  story.node.faults.beforeAnswer = async ({ operationName }) => {
    if (operationName === 'Window') await story.db.store.updateMany({ data: { value: { block } } })
  }
  const { events, notifications } = await story.notify()
  expect([events, notifications]).toEqual([0, 0])
  expect(await story.told()).toEqual([])
  expect(await story.cursor()).toEqual({ block })
})

test('a dry run shows the notifications and writes nothing', async () => {
  const { story, block } = await electionStory()
  await story.member('erin', { receiveEmails: false })
  await story.db.store.create({ data: store({ block: block - 1 }) })
  const previews = await Array.fromAsync(dryRun(story.deps))
  expect(previews.flatMap(({ resolved }) => resolved.map(({ name, kind, reason }) => [name, kind, reason]))).toEqual([
    ['bob', 'ELECTION_ANNOUNCING_STARTED', null],
    ['erin', 'ELECTION_ANNOUNCING_STARTED', 'EMAILS_OFF'],
  ])
  expect(await story.cursor()).toEqual({ block: block - 1 })
  expect(await story.told()).toEqual([])
  expect(await story.db.event.count()).toBe(0)
  expect(story.sent).toEqual([])
})

test('a STARTING_BLOCK ahead of the query node is reported and can still be corrected', async () => {
  const { story, block } = await electionStory({ startingBlock: 1_000_000 })
  story.expectLog(/STARTING_BLOCK 1000000 lies ahead of the query node, which stands at block/)
  await story.notify()
  expect(await story.cursor()).toBeUndefined()
  story.deps.config.startingBlock = block
  await story.notify()
  expect(await story.told()).toEqual(['bob: ELECTION_ANNOUNCING_STARTED'])
})

test('a run can begin as soon as another one has ended', async () => {
  const { pool, db } = await createStory()
  for (let run = 0; run < 50; run++) {
    expect(await exclusively(pool, 'read events', async () => run)).toBe(run)
    expect(await db.lease.findMany()).toMatchObject([{ name: 'read events', holder: null, leaseUntil: null }])
  }
})
