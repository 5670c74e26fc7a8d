import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { headersOf } from '../../src/emails/headers.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

/** Ann and ben, who watch everything; dave and erin, who have not signed up, write. */
async function forumStory() {
  const story = await createStory()
  const { chain } = story
  const ann = await story.member('ann')
  await story.sets(ann, 'FORUM_THREAD_ALL', { inApp: true, byEmail: true })
  await story.sets(ann, 'FORUM_POST_ALL', { inApp: true, byEmail: true })
  await story.sets(ann, 'PROPOSAL_DISCUSSION_ALL', { inApp: true, byEmail: true })
  const category = chain.categoryCreated('General')
  const [dave, erin] = [story.stranger('dave'), story.stranger('erin')]
  await story.begins()
  return { story, chain, ann, dave, erin, category }
}

const rootOf = ({ headers }: { headers: Record<string, string> }) => headers.References

test('the emails of a thread have equal subjects and one root, and say first who did what', async () => {
  const { story, chain, dave, erin, category } = await forumStory()
  const thread = chain.threadCreated({ by: dave, in: category, title: 'Plants', text: 'Who waters them?' })
  chain.commitBlock()
  const post = chain.postAdded({ by: erin, in: thread, text: 'I do.' })
  chain.postAdded({ by: dave, in: thread, text: 'Thanks!', repliesTo: post })
  await story.notify()

  expect(story.sent.map(({ subject }) => subject)).toEqual(['Plants', 'Re: Plants', 'Re: Plants'])
  expect(new Set(story.sent.map(rootOf))).toEqual(new Set([`<thread-${thread.id}@example.org>`]))
  for (const { headers } of story.sent) expect(headers['In-Reply-To']).toBe(headers.References)
  expect(story.sent.map(({ html }) => /display: none[^>]*>([^<]*)</.exec(html)?.[1])).toEqual([
    'dave started this thread. Who waters them?',
    'erin posted. I do.',
    'dave posted. Thanks!',
  ])
  for (const [n, first] of ['New thread: “Plants”', 'erin posted in “Plants”', 'dave posted in “Plants”'].entries()) {
    expect(story.sent[n]?.text).toContain(`Hi ann,\n\n${first}\n`)
  }
})

test('threads of the same title, and a proposal and a thread of the same number, have different roots', async () => {
  const { story, chain, dave, category } = await forumStory()
  for (const _ of [1, 2]) chain.threadCreated({ by: dave, in: category, title: 'Plants', text: 'Water them.' })
  const proposal = chain.proposalCreated({ by: dave, title: 'Plants', description: 'Please.' })
  chain.discussionPostCreated({ by: dave, on: proposal, text: 'Well?' })
  await story.notify()
  expect(story.sent.map(({ subject }) => subject)).toEqual(['Plants', 'Plants', 'Re: Plants'])
  expect(new Set(story.sent.map(rootOf)).size).toBe(3)
})

test('a mention keeps its subject and stays ungrouped, so that nobody overlooks it', async () => {
  const { story, chain, ann, dave, category } = await forumStory()
  const thread = chain.threadCreated({ by: dave, in: category, title: 'Plants', text: `${mention(ann)}, water them.` })
  chain.commitBlock()
  chain.postAdded({ by: dave, in: thread, text: `Well, ${mention(ann)}?` })
  await story.notify()
  expect(story.sent.map(({ subject }) => subject)).toEqual(Array(2).fill('dave mentioned you in “Plants”'))
  for (const { headers } of story.sent) {
    expect(headers).not.toHaveProperty('References')
    expect(headers).not.toHaveProperty('In-Reply-To')
  }
})

test('an email names its list, and what mailbox providers count it by', async () => {
  const { story, chain, dave, category } = await forumStory()
  chain.threadCreated({ by: dave, in: category, title: 'Plants', text: 'Water them.' })
  await story.notify()
  expect(story.sent[0]?.headers).toMatchObject({
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
    'Feedback-ID': 'FORUM_THREAD_ALL:forum::joystream',
    'List-Id': 'Joystream DAO: Forum <forum.notifications.example.org>',
  })
})

test('an email about the account belongs to no list', async () => {
  const letter = { memberId: 2, name: null, headline: '', summary: '', excerpt: null, action: '', link: '', reason: '' }
  const headers = headersOf({ ...letter, kind: 'verification', group: null }, 'Pioneer <notifications@example.org>')
  expect(headers).toEqual({
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
    'Feedback-ID': 'verification:account::joystream',
  })
})

test.each(['7\r\nBcc: eve@example.org', `${'7'.repeat(1_000)}`, '7>, <8@example.org'])(
  'an id of a thread cannot begin another header or end its own: %j',
  (id) => {
    const letter = {
      memberId: 2,
      name: null,
      headline: '',
      summary: '',
      excerpt: null,
      action: '',
      link: '',
      reason: '',
    }
    const conversation = { id: `thread-${id}`, title: 'Plants', opens: true, action: '' }
    const headers = headersOf({ ...letter, kind: 'FORUM_POST_ALL', group: 'Forum', conversation }, 'a@example.org')
    expect(headers.References).toMatch(/^<thread-[\w-]{1,53}@example\.org>$/)
  },
)

test('a long title is shortened in the subject, the same way in each email of the thread', async () => {
  const { story, chain, dave, category } = await forumStory()
  const title = 'Who waters the plants in the council room? '.repeat(10)
  const thread = chain.threadCreated({ by: dave, in: category, title, text: 'Me?' })
  chain.commitBlock()
  chain.postAdded({ by: dave, in: thread, text: 'You!' })
  await story.notify()
  const [first, second] = story.sent.map(({ subject }) => subject)
  expect(second).toBe(`Re: ${first}`)
  expect(second?.length).toBeLessThanOrEqual(150)
})
