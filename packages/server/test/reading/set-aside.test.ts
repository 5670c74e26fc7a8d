import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { lookUps } from '../../src/chain/look-ups.ts'
import { standing } from '../../src/chain/standing.ts'
import { understand } from '../../src/notifier/audience/understand.ts'
import { retrySetAside } from '../../src/notifier/retry-set-aside.ts'
import { stories } from '../support/story.ts'

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

  // As if the more telling of the two events had been set aside then, and somebody became curious meanwhile.
  const told = await db.event.findFirstOrThrow()
  expect(told.type).toBe('ProposalDecisionMade')
  const lessTelling = chain.tables.get('ProposalStatusUpdatedEvent')?.inOrder().at(-1)
  await db.setAsideEvent.create({
    data: {
      id: String(lessTelling?.id),
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
  const chain = lookUps(story.deps.queryNode, standing(story.deps.queryNode), async () => [], [])
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
  expect(setAside.map(({ event, error }) => [event.id, error])).toEqual([['b', 'The query node gave no amount']])
})
