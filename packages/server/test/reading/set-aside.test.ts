import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { lookUps } from '../../src/chain/look-ups.ts'
import { standing } from '../../src/chain/standing.ts'
import { understand } from '../../src/notifier/audience/understand.ts'
import { retrySetAside } from '../../src/notifier/retry-set-aside.ts'
import { storedFacts } from '../../src/notifier/stored.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { serveApi } from '../support/api.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

/** A post that the query node tells of, but does not have, and one behind it that it has. */
async function lostPost() {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const forum = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: dave, in: forum, title: 'Plants', text: 'Water them.' })
  await story.begins()
  const lost = chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: mention(bob) })
  chain.postAdded({ by: dave, in: thread, text: `Hear, hear, ${mention(bob)}` })
  story.expectLog(/Set aside PostAdded|Still not understood/)
  return { story, chain, bob, dave, thread, lost }
}

test('an event with a missing entity is set aside with its error and does not stop the next ones', async () => {
  const { story, chain, lost } = await lostPost()
  const { events, setAside } = await story.notify()
  expect([events, setAside]).toEqual([2, 1])
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])
  expect(await story.cursor()).toEqual({ block: chain.head })
  const kept = await story.db.setAsideEvent.findMany()
  expect(kept.map(({ id, type, error, attempts }) => ({ id, type, error, attempts }))).toEqual([
    { id: lost.id, type: 'PostAdded', error: 'The query node has no forum post 500', attempts: 1 },
  ])
})

test('events that were set aside are retried on demand: recorded when understood, kept when not', async () => {
  const { story, chain, dave, thread } = await lostPost()
  await story.notify()
  expect(await retrySetAside(story.deps)).toEqual({ understood: 0, notifications: 0, setAside: 1 })
  expect((await story.db.setAsideEvent.findFirstOrThrow()).attempts).toBe(2)

  chain.postAdded({ by: dave, in: thread, text: 'Found', id: '500' })
  chain.commitBlock()
  expect(await retrySetAside(story.deps)).toEqual({ understood: 1, notifications: 1, setAside: 0 })
  expect(await story.db.setAsideEvent.count()).toBe(0)
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION', 'bob: FORUM_POST_MENTION'])
  await story.notify()
  expect(story.sent.map(({ to }) => to)).toEqual(['bob@example.org', 'bob@example.org'])
})

/** Minutes from the last attempt to the next one. */
async function pauseMinutes({ db }: Story): Promise<number | undefined> {
  const { retryAt, updatedAt } = await db.setAsideEvent.findFirstOrThrow()
  return retryAt ? Math.round((retryAt.getTime() - updatedAt.getTime()) / 60_000) : undefined
}

const pauseEnds = ({ db }: Story) =>
  db.setAsideEvent.updateMany({ where: { retryAt: { not: null } }, data: { retryAt: new Date(0) } })

test('later runs retry an event whose entity was missing, after growing pauses, until the entity is there', async () => {
  const { story, chain, dave, thread } = await lostPost()
  await story.notify()
  const attempts = async () => (await story.db.setAsideEvent.findFirstOrThrow()).attempts
  expect([await attempts(), await pauseMinutes(story)]).toEqual([1, 1])
  await story.notify()
  expect(await attempts()).toBe(1)
  const pauses: unknown[] = []
  for (let n = 0; n < 13; n++) {
    await pauseEnds(story)
    await story.notify()
    pauses.push(await pauseMinutes(story))
  }
  expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440])
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])

  chain.postAdded({ by: dave, in: thread, text: 'Found', id: '500' })
  await pauseEnds(story)
  await story.notify()
  expect(await story.db.setAsideEvent.count()).toBe(0)
  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION', 'bob: FORUM_POST_MENTION'])
  expect(story.sent.map(({ to }) => to)).toEqual(['bob@example.org', 'bob@example.org'])
})

test('many events of a lagging query node are retried together, and one that still lacks its entity holds up none', async () => {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({
    by: dave,
    in: chain.categoryCreated('General'),
    title: 'Plants',
    text: 'Water them.',
  })
  await story.begins()
  story.expectLog(/Set aside PostAdded/)
  const ids = Array.from({ length: 214 }, (_, n) => String(1_000 + n))
  for (const postId of ids) chain.raise('PostAddedEvent', { postId, isEditable: true, text: mention(bob) })
  expect((await story.notify()).setAside).toBe(214)

  for (const id of ids.slice(1)) chain.postAdded({ by: dave, in: thread, text: 'Found', id })
  chain.commitBlock()
  await story.db.store.updateMany({ where: { key: 'Progress' }, data: { value: { block: chain.head } } })
  await pauseEnds(story)
  const before = story.node.requests.count
  expect((await story.notify()).notifications).toBe(213)
  expect(story.node.requests.count - before).toBeLessThan(10)
  expect((await story.db.setAsideEvent.findMany()).map(({ error }) => error)).toEqual([
    `The query node has no forum post ${ids[0]}`,
  ])
})

test('a query node that does not answer a retry leaves the event as it was', async () => {
  const { story } = await lostPost()
  await story.notify()
  await pauseEnds(story)
  const before = await story.db.setAsideEvent.findMany()
  story.expectLog(/Nothing more was read/)
  story.node.duringNext(1, {})
  story.node.duringNext(1, { errors: 'too busy' })
  expect((await story.notify()).failure).toMatch(/too busy/)
  expect(await story.db.setAsideEvent.findMany()).toEqual(before)
})

test('an event whose block is read again and understood is set aside no longer', async () => {
  const { story, chain, dave, thread } = await lostPost()
  const { block } = (await story.cursor()) as { block: number }
  await story.notify()
  expect(await story.db.setAsideEvent.count()).toBe(1)
  chain.postAdded({ by: dave, in: thread, text: 'Found', id: '500' })
  await story.db.store.updateMany({ where: { key: 'Progress' }, data: { value: { block } } })
  await story.notify()
  expect(await story.db.setAsideEvent.count()).toBe(0)
})

test('status and /readyz report the events that were set aside, with advice', async () => {
  const { story } = await lostPost()
  await story.notify()
  const check = async () => (await checkHealth(story.pool, ['test'])).find(({ name }) => name === 'set aside')
  expect(await check()).toEqual({
    name: 'set aside',
    ok: false,
    says: expect.stringMatching(/^1 event not understood, .*SetAsideEvent says why. 1 lacked .*: later runs retry/),
  })
  await story.db.setAsideEvent.create({
    data: { id: 'x', type: 'BudgetSpending', block: 1, row: {}, error: 'The query node gave no amount' },
  })
  expect((await check())?.says).toMatch(/^2 events not understood, .* 1 wait for you: .*--retry-set-aside/)
  const api = await serveApi(story)
  const readiness = await fetch(`${api.url}/readyz`)
  expect([readiness.status, await readiness.json()]).toEqual([
    503,
    { ready: false, checks: expect.arrayContaining([expect.objectContaining({ name: 'set aside', ok: false })]) },
  ])
  await story.db.setAsideEvent.deleteMany()
  expect(await check()).toEqual({ name: 'set aside', ok: true, says: 'no event' })
})

test('retrying an event does not notify again of a fact that another event has told', async () => {
  const story = await createStory()
  const { chain, db } = story
  const creator = await story.member('creator')
  const curious = await story.member('curious')
  const proposal = chain.proposalCreated({ by: creator, title: 'More plants', description: 'Please.' })
  await story.begins()
  chain.proposalApproved(proposal)
  await story.notify()
  expect(await story.told()).toEqual(['creator: PROPOSAL_STATUS_CREATOR'])

  const lessTelling = String(chain.tables.get('ProposalStatusUpdatedEvent')?.inOrder().at(-1)?.id)
  // As if the more telling of the two events had been set aside then, and somebody became curious meanwhile.
  const told = await db.event.findFirstOrThrow({ where: { type: 'ProposalDecisionMade' } })
  await db.event.delete({ where: { id_type: { id: lessTelling, type: 'ProposalStatusUpdated' } } })
  await db.setAsideEvent.create({
    data: {
      id: lessTelling,
      type: 'ProposalStatusUpdated',
      block: told.block,
      row: {
        proposalId: proposal.id,
        newStatus: { __typename: 'ProposalStatusGracing' },
        indexInBlock: 9,
        time: new Date(),
      },
      error: 'lost',
    },
  })
  await story.wants(curious, 'PROPOSAL_STATUS_ALL')
  expect(await retrySetAside(story.deps)).toEqual({ understood: 1, notifications: 1, setAside: 0 })
  expect(await story.told()).toEqual(['creator: PROPOSAL_STATUS_CREATOR', 'curious: PROPOSAL_STATUS_ALL'])
})

test('an unexpected null sets an event aside, an expected one does not', async () => {
  const story = await createStory()
  const chain = lookUps(story.deps.queryNode, standing(story.deps.queryNode), storedFacts(story.pool), [])
  const meta = { block: 7, indexInBlock: 1, time: new Date() }
  const spending = { groupId: 'forumWorkingGroup', amount: '5', reciever: 'j4xyz', spendingRationale: null }
  const { understood, setAside } = await understand(
    [
      { ...meta, id: 'a', type: 'BudgetSpending', row: spending },
      { ...meta, id: 'b', type: 'BudgetSpending', row: { ...spending, amount: null } },
    ],
    chain,
  )
  expect(understood.map(({ id }) => id)).toEqual(['a'])
  expect(setAside.map(({ event, error, mayPass }) => [event.id, error, mayPass])).toEqual([
    ['b', 'The query node gave no amount', false],
  ])
})
