import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { stories } from '../support/story.ts'

const createStory = stories()

test('a member who is mentioned in a post hears of it, its author does not', async () => {
  const story = await createStory()
  const { chain } = story
  const alice = await story.member('alice')
  const bob = await story.member('bob')
  await story.member('carol')
  const forum = chain.categoryCreated('General')
  const thread = chain.threadCreated({ by: story.stranger('dave'), in: forum, title: 'Plants', text: 'Water them.' })
  await story.begins()

  chain.postAdded({ by: alice, in: thread, text: `Ask ${mention(bob)} and ${mention(alice)}` })
  await story.notify()

  expect(await story.told()).toEqual(['bob: FORUM_POST_MENTION'])
  expect(story.sent.map(({ to, subject }) => [to, subject])).toEqual([
    ['bob@example.org', 'alice mentioned you in “Plants”'],
  ])
})
