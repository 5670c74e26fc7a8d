import type { Thread } from 'query-node'
import { expect, test } from 'vitest'
import { retrySetAside } from '../../src/notifier/retry-set-aside.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

/** A forum in which dave and strangers write, and the answers of the query node measured. */
async function forumStory() {
  const story = await createStory()
  const { chain, node } = story
  const erin = await story.member('erin')
  const dave = story.stranger('dave')
  const general = chain.categoryCreated('General')
  const answers: { name: string | null; rows: number }[] = []
  node.faults.rewrite = (body, { operationName }) => {
    answers.push({ name: operationName, rows: body.split('"authorId":').length - 1 })
    return body
  }
  const threadOf = (title: string) => chain.threadCreated({ by: dave, in: general, title, text: 'Water them.' })
  /** Ten posts in a block. */
  const posts = (thread: Thread, count: number) => {
    for (let n = 0; n < count; n++) {
      chain.postAdded({ by: dave, in: thread, text: '.' })
      if (n % 10 === 9) chain.commitBlock()
    }
  }
  const asked = () => {
    const since = answers.splice(0)
    return {
      names: since.map(({ name }) => name),
      rows: since.reduce((sum, { rows }) => sum + rows, 0),
      largest: Math.max(0, ...since.map(({ rows }) => rows)),
      pages: since.filter(({ name }) => name === 'PostAuthors' || name === 'CommentAuthors').length,
    }
  }
  return { story, chain, node, erin, dave, general, threadOf, posts, asked }
}

const contributors = (told: string[]) => told.filter((one) => one.endsWith('CONTRIBUTOR'))

test('once its authors are known, a new post costs the same in a thread of ten posts as in one of ten thousand', async () => {
  const { story, chain, erin, dave, threadOf, posts, asked } = await forumStory()
  const [short, long] = [threadOf('Short'), threadOf('Long')]
  for (const thread of [short, long]) chain.postAdded({ by: erin, in: thread, text: 'First!' })
  posts(short, 10)
  posts(long, 10_000)
  await story.begins()
  const costOf = async (thread: Thread) => {
    asked()
    chain.postAdded({ by: dave, in: thread, text: 'The last word' })
    await story.notify()
    return asked()
  }
  const firsts = [await costOf(short), await costOf(long)]
  expect(firsts[0]?.pages).toBe(2)
  expect(firsts[1]?.pages).toBeGreaterThan(5)
  for (const { largest } of firsts) expect(largest).toBeLessThanOrEqual(2_000)

  const [ofShort, ofLong] = [await costOf(short), await costOf(long)]
  expect(ofLong).toEqual(ofShort)
  expect([ofLong.pages, ofLong.names.length < 10, ofLong.rows < 5]).toEqual([0, true, true])
  expect(await story.told()).toEqual(Array(4).fill('erin: FORUM_THREAD_CONTRIBUTOR'))
})

test('while a long thread is read, page by page, everybody else is notified, and a failure costs one page', async () => {
  const { story, chain, node, erin, dave, threadOf, posts, asked } = await forumStory()
  const [short, long] = [threadOf('Short'), threadOf('Long')]
  for (const thread of [short, long]) chain.postAdded({ by: erin, in: thread, text: 'First!' })
  posts(long, 9_000)
  await story.begins()
  chain.postAdded({ by: dave, in: long, text: 'Long' })
  chain.postAdded({ by: dave, in: short, text: 'Short' })
  asked()
  let pages = 0
  node.faults.beforeAnswer = ({ operationName }) => {
    if (operationName === 'PostAuthors' && ++pages === 4) node.duringNext(2, { down: true })
  }
  story.expectLog(/Nothing more was read/)
  expect((await story.notify()).failure).toMatch(/cannot be read/)
  // The head has moved past both posts.
  expect(await story.cursor()).toEqual({ block: chain.head })
  expect(await story.told()).toEqual(['erin: FORUM_THREAD_CONTRIBUTOR'])
  expect((await story.db.event.findFirstOrThrow()).data).toMatchObject({ thread: 'Short' })
  expect(await story.db.waitingEvent.count()).toBe(1)
  const cursor = (await checkHealth(story.pool, ['test'])).find(({ name }) => name === 'cursor')
  expect(cursor?.says).toMatch(/0 blocks behind; events that wait until all posts of a long thread are read: 1$/)

  asked()
  expect((await story.notify()).notifications).toBe(1)
  const { rows, largest } = asked()
  // The pages before the failure are not read again.
  expect(rows).toBeLessThan(6_000)
  expect(largest).toBeLessThanOrEqual(2_000)
  expect(contributors(await story.told())).toHaveLength(2)
  expect(await story.db.waitingEvent.count()).toBe(0)
  expect((await story.notify()).notifications).toBe(0)
})

test('a notifier that is stopped while it reads a long thread continues at the same page', async () => {
  const { story, chain, node, erin, dave, threadOf, posts, asked } = await forumStory()
  const long = threadOf('Long')
  chain.postAdded({ by: erin, in: long, text: 'First!' })
  posts(long, 9_000)
  await story.begins()
  chain.postAdded({ by: dave, in: long, text: 'The last word' })
  const stop = new AbortController()
  let pages = 0
  node.faults.beforeAnswer = ({ operationName }) => {
    if (operationName === 'PostAuthors' && ++pages === 3) stop.abort()
  }
  const { deps } = story
  deps.stop = stop.signal
  await story.notify()
  expect(await story.told()).toEqual([])
  delete deps.stop
  asked()
  await story.notify()
  expect(asked().rows).toBeLessThan(9_000 - 4_000)
  expect(await story.told()).toEqual(['erin: FORUM_THREAD_CONTRIBUTOR'])
})

test('posts that are written while a long thread is read are told after it, with all earlier authors', async () => {
  const { story, chain, node, erin, dave, threadOf, posts } = await forumStory()
  const frank = await story.member('frank')
  const long = threadOf('Long')
  chain.postAdded({ by: erin, in: long, text: 'First!' })
  posts(long, 5_000)
  await story.begins()
  chain.postAdded({ by: dave, in: long, text: 'One' })
  node.faults.beforeAnswer = ({ operationName }) => {
    if (operationName !== 'PostAuthors') return
    delete node.faults.beforeAnswer
    chain.block(() => chain.postAdded({ by: frank, in: long, text: 'Two' }))
    chain.block(() => chain.postAdded({ by: dave, in: long, text: 'Three' }))
  }
  await story.notify()
  await story.notify()
  // Erin hears of three posts; Frank of the one after his own.
  expect(await story.told()).toEqual([
    'erin: FORUM_THREAD_CONTRIBUTOR',
    'erin: FORUM_THREAD_CONTRIBUTOR',
    'erin: FORUM_THREAD_CONTRIBUTOR',
    'frank: FORUM_THREAD_CONTRIBUTOR',
  ])
})

test('authors of the same window are notified of later posts, and not of earlier ones', async () => {
  const { story, chain, erin, dave, threadOf } = await forumStory()
  const thread = threadOf('Plants')
  await story.begins()
  for (let round = 0; round < 2; round++) {
    chain.postAdded({ by: dave, in: thread, text: 'Before' })
    chain.postAdded({ by: erin, in: thread, text: 'Mine' })
    chain.postAdded({ by: dave, in: thread, text: 'After' })
    await story.notify()
  }
  // One in the first round, two in the second.
  expect(await story.told()).toEqual(Array(3).fill('erin: FORUM_THREAD_CONTRIBUTOR'))
})

test('someone who registers later is notified as an author of the posts of before', async () => {
  const { story, chain, dave, threadOf } = await forumStory()
  const thread = threadOf('Plants')
  const late = story.stranger('late')
  chain.postAdded({ by: late, in: thread, text: 'Mine' })
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: 'One' })
  await story.notify()
  await story.db.member.create({ data: { id: Number(late.id), name: 'late' } })
  chain.postAdded({ by: dave, in: thread, text: 'Two' })
  await story.notify()
  expect((await story.db.notification.findMany()).map(({ memberId, kind }) => [memberId, kind])).toEqual([
    [Number(late.id), 'FORUM_THREAD_CONTRIBUTOR'],
  ])
})

test('an author whose event was set aside counts once it is understood', async () => {
  const { story, chain, erin, dave, threadOf } = await forumStory()
  const thread = threadOf('Plants')
  story.expectLog(/Set aside/)
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: 'One' })
  chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: 'Mine' })
  await story.notify()
  chain.postAdded({ by: erin, in: thread, text: 'Mine', id: '500' })
  chain.commitBlock()
  await retrySetAside(story.deps)
  chain.postAdded({ by: dave, in: thread, text: 'Two' })
  await story.notify()
  expect(await story.told()).toEqual(['erin: FORUM_THREAD_CONTRIBUTOR'])
})

test('when an operator skips blocks, the authors in them are not missed', async () => {
  const { story, chain, erin, dave, threadOf } = await forumStory()
  const thread = threadOf('Plants')
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: 'One' })
  await story.notify()
  chain.postAdded({ by: erin, in: thread, text: 'Mine' })
  await story.begins()
  chain.postAdded({ by: dave, in: thread, text: 'Two' })
  await story.notify()
  expect(await story.told()).toEqual(['erin: FORUM_THREAD_CONTRIBUTOR'])
})

test('the discussion of a proposal is read once, too, page by page', async () => {
  const { story, chain, erin, dave, asked } = await forumStory()
  const proposal = chain.proposalCreated({ by: dave, title: 'More plants', description: 'Please.' })
  chain.discussionPostCreated({ by: erin, on: proposal, text: 'First!' })
  for (let n = 0; n < 5_000; n++) {
    chain.discussionPostCreated({ by: dave, on: proposal, text: '.' })
    if (n % 10 === 9) chain.commitBlock()
  }
  await story.begins()
  for (let round = 0; round < 2; round++) {
    asked()
    chain.discussionPostCreated({ by: dave, on: proposal, text: 'The last word' })
    await story.notify()
    const { pages, largest } = asked()
    expect(largest).toBeLessThanOrEqual(2_000)
    if (round === 0) expect(pages).toBeGreaterThan(2)
    else expect(pages).toBe(0)
  }
  expect(await story.told()).toEqual(Array(2).fill('erin: PROPOSAL_DISCUSSION_CONTRIBUTOR'))
})

test('the last of a thousand edits of a post costs the twenty before it', async () => {
  const { story, chain, node, erin, dave, threadOf } = await forumStory()
  const post = chain.postAdded({ by: dave, in: threadOf('Plants'), text: 'Hello' })
  for (let n = 0; n < 1_000; n++) chain.postEdited(post, { text: `[@erin](#mention?member-id=${erin.id}) ${n}` })
  await story.begins()
  const texts: number[] = []
  node.faults.rewrite = (body) => {
    const edits = JSON.parse(body).data.e0
    if (edits) texts.push(edits.length)
    return body
  }
  chain.postEdited(post, { text: `Still [@erin](#mention?member-id=${erin.id})` })
  await story.notify()
  // She was mentioned already.
  expect(texts).toEqual([20])
  expect(await story.told()).toEqual([])
})

test('an answer that is too large is requested in parts: of a window, and of look-ups', async () => {
  const { story, chain, node, erin, dave, threadOf } = await forumStory()
  const threads = Array.from({ length: 12 }, (_, n) => threadOf(`Thread ${n}`))
  for (const thread of threads) chain.postAdded({ by: erin, in: thread, text: 'First!' })
  await story.begins()
  for (let n = 0; n < 50; n++) for (const thread of threads) chain.postAdded({ by: dave, in: thread, text: `${n}` })
  const largest = { Window: 510, Threads: 6 }
  const refused: string[] = []
  node.faults.rewrite = (body, { operationName }) => {
    const limit = operationName === 'Window' || operationName === 'Threads' ? largest[operationName] : undefined
    if (!limit || body.split('"id":').length - 1 <= limit) return body
    refused.push(String(operationName))
    return ' '.repeat(21 * 1024 * 1024) + body
  }
  await story.notify()
  expect(refused).toEqual(['Window', 'Threads'])
  expect(await story.told()).toEqual(Array(600).fill('erin: FORUM_THREAD_CONTRIBUTOR'))
})
