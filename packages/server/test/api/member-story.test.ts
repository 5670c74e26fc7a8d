import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { serveApi, signed } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

test('alice signs up, chooses her notifications, and gets them in the app and by email', async () => {
  const story = await createStory()
  const { chain } = story
  const alice = story.stranger('alice')
  const bob = story.stranger('bob')
  const general = chain.categoryCreated('General')
  const plants = chain.threadCreated({ by: bob, in: general, title: 'Plants', text: 'Who waters them?' })
  await story.begins()
  const api = await serveApi(story)

  // She signs up with her wallet. Her address is not confirmed yet.
  const { signup } = await api.data(
    `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
      signup(memberId: $memberId, name: "Alice", email: "alice@example.org", signature: $signature, timestamp: $timestamp)
    }`,
    signed(alice),
  )
  const ask = (query: string, variables = {}) => api.data(query, variables, String(signup))
  expect(await ask('{ me { id name email unverifiedEmail } }')).toEqual({
    me: { id: Number(alice.id), name: 'Alice', email: null, unverifiedEmail: 'alice@example.org' },
  })

  // The next run of the notifier sends a confirmation, and she follows its link.
  await story.notify()
  const [confirmation] = story.sent.splice(0)
  expect(confirmation).toMatchObject({
    to: 'alice@example.org',
    subject: 'Confirm your email for Joystream notifications',
  })
  const [, token] = /\/#\/settings\?emailVerificationToken=([\w.-]+)/.exec(confirmation?.text ?? '') ?? []
  await api.data('mutation ($token: String!) { verifyEmail(token: $token) { id } }', { token })
  expect(await ask('{ me { email unverifiedEmail } }')).toEqual({
    me: { email: 'alice@example.org', unverifiedEmail: null },
  })

  // She switches elections off and mentions on, and watches the thread about plants.
  await ask(`mutation {
    generalSubscriptions(data: [
      { kind: ELECTION_VOTING_STARTED, shouldNotify: false, shouldNotifyByEmail: false }
      { kind: FORUM_POST_MENTION }
    ]) { id }
    entitySubscription(kind: FORUM_THREAD_ENTITY_POST, entityId: "${plants.id}", status: WATCH) { id }
  }`)

  // Bob writes a post, then one that mentions her. An election starts too.
  const post = chain.postAdded({ by: bob, in: plants, text: 'Nobody?' })
  chain.commitBlock()
  const question = chain.postAdded({ by: bob, in: plants, text: `Would you, ${mention(alice)}?` })
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()

  // Her inbox has each notification once, newest first, with its text, reason and link.
  const read = '{ notifications { id kind title excerpt url reason isRead emailStatus } unreadCount }'
  const news = { id: expect.any(Number), isRead: false, emailStatus: 'SENT' }
  const threadUrl = `https://pioneer.example/#/forum/thread/${plants.id}?post=`
  const inbox = await ask(read)
  expect(inbox).toEqual({
    notifications: [
      {
        ...news,
        kind: 'FORUM_POST_MENTION',
        title: 'bob mentioned you in “Plants”',
        excerpt: 'Would you, @alice?',
        url: threadUrl + question.id,
        reason: 'you were mentioned',
      },
      {
        ...news,
        kind: 'FORUM_THREAD_ENTITY_POST',
        title: 'bob posted in “Plants”',
        excerpt: 'Nobody?',
        url: threadUrl + post.id,
        reason: 'you watch this thread',
      },
    ],
    unreadCount: 2,
  })

  // Her confirmed address gets the same notifications by email, with a link to the settings.
  expect(story.sent.map(({ to, subject }) => [to, subject])).toEqual([
    ['alice@example.org', 'Re: Plants'],
    ['alice@example.org', 'bob mentioned you in “Plants”'],
  ])
  for (const text of ['Would you, @alice?', 'you were mentioned', threadUrl + question.id, '/#/settings']) {
    expect(story.sent[1]?.text).toContain(text)
  }

  // She marks them as read and switches emails off: the next post reaches her in the app only.
  expect(
    await ask('mutation { markAllNotificationsRead updateMember(receiveEmails: false) { receiveEmails } }'),
  ).toEqual({
    markAllNotificationsRead: 2,
    updateMember: { receiveEmails: false },
  })
  story.sent.splice(0)
  chain.postAdded({ by: bob, in: plants, text: 'Thank you!' })
  await story.notify()
  expect(await ask(read)).toMatchObject({
    notifications: [
      { excerpt: 'Thank you!', isRead: false, emailStatus: 'IGNORED' },
      { isRead: true },
      { isRead: true },
    ],
    unreadCount: 1,
  })
  expect(story.sent).toEqual([])
})
