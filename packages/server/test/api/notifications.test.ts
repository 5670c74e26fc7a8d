import { mention } from 'query-node'
import { expect, test } from 'vitest'
import { storePublicUrl } from '../../src/members/public-url.ts'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const ALL = `query ($id: String, $kind: NotificationKind, $eventId: String, $entityId: String,
  $emailStatus: NotificationEmailStatus, $isRead: Boolean, $limit: Int) {
  notifications(id: $id, kind: $kind, eventId: $eventId, entityId: $entityId, emailStatus: $emailStatus,
    isRead: $isRead, limit: $limit) {
    id kind eventId entityId emailStatus emailStatusReason isRead createdAt title summary excerpt url reason
  }
}`

test("the inbox lists the member's own notifications, newest first, with text, reason and link", async () => {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  const dave = story.stranger('dave')
  const thread = chain.threadCreated({
    by: dave,
    in: chain.categoryCreated('General'),
    title: 'Plants',
    text: 'Water them.',
  })
  await story.sets(bob, 'ELECTION_ANNOUNCING_STARTED', { inApp: false, byEmail: true })
  await story.begins()
  const post = chain.postAdded({ by: dave, in: thread, text: `Dear ${mention(bob)}` })
  chain.commitBlock()
  chain.announcingPeriodStarted()
  chain.commitBlock()
  chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  // The API reads all of this without the query node.
  story.node.faults.down = true
  const api = await serveApi(story)
  const ask = async (member: typeof bob, filter = {}) =>
    (await api.data(ALL, filter, api.tokenOf(member))).notifications as Record<string, unknown>[]

  const bobs = await ask(bob)
  expect(bobs.map(({ kind }) => kind)).toEqual(['ELECTION_VOTING_STARTED', 'FORUM_POST_MENTION'])
  expect(bobs[1]).toMatchObject({
    eventId: post.event.id,
    entityId: post.id,
    emailStatus: 'SENT',
    isRead: false,
    title: 'dave mentioned you in “Plants”',
    summary: null,
    excerpt: 'Dear @bob',
    url: `https://pioneer.example/#/forum/thread/${thread.id}?post=${post.id}`,
    reason: 'you were mentioned',
  })
  expect((await ask(carol)).map(({ kind }) => kind)).toEqual(['ELECTION_VOTING_STARTED', 'ELECTION_ANNOUNCING_STARTED'])

  for (const [filter, count] of [
    [{ kind: 'FORUM_POST_MENTION' }, 1],
    [{ eventId: post.event.id }, 1],
    [{ entityId: post.id }, 1],
    [{ emailStatus: 'SENT' }, 2],
    [{ emailStatus: 'FAILED' }, 0],
    [{ isRead: true }, 0],
    [{ id: String(bobs[0]?.id) }, 1],
    [{ id: 'x' }, 0],
    [{ limit: 1 }, 1],
  ] as const) {
    expect((await ask(bob, filter)).length, JSON.stringify(filter)).toBe(count)
  }
  expect(await ask(carol, { id: String(bobs[0]?.id) })).toEqual([])
  // Wherever a document selects what became of the email, it is read.
  for (const selection of ['{ became: emailStatus }', '{ ...f } } fragment f on Notification { emailStatus']) {
    const data = await api.data(`{ notifications(limit: 1) ${selection} }`, {}, api.tokenOf(bob))
    expect(Object.values((data.notifications as object[])[0] ?? {})).toEqual(['SENT'])
  }
  for (const limit of [0, -1, 1_001]) expect(await api.code(ALL, { limit }, api.tokenOf(bob))).toBe('BAD_USER_INPUT')
})

test('without arguments the list has 100 notifications', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.db.notification.createMany({
    data: Array.from({ length: 150 }, (_, n) => ({
      memberId: Number(bob.id),
      kind: 'FORUM_POST_ALL',
      eventId: `OLYMPIA-1-${n}`,
    })),
  })
  const api = await serveApi(story)
  const { notifications } = await api.data('{ notifications { eventId title } }', {}, api.tokenOf(bob))
  expect(notifications).toHaveLength(100)
  // The replaced backend stored no events, so its notifications have no text.
  expect(notifications).toMatchObject([{ eventId: 'OLYMPIA-1-149', title: null }, ...Array(99).fill({})])
})

test('notifications of the replaced backend, whose time is unknown, keep their order', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const ids = [3, 1, 2]
  await story.db.notification.createMany({
    data: ids.map((id) => ({
      id,
      memberId: Number(bob.id),
      kind: 'FORUM_POST_ALL',
      eventId: `OLYMPIA-1-${id}`,
      createdAt: null,
    })),
  })
  const api = await serveApi(story)
  const query =
    '{ notifications { id createdAt } notificationsConnection(first: 2) { edges { node { id createdAt } } } }'
  expect(await api.data(query, {}, api.tokenOf(bob))).toEqual({
    notifications: [3, 2, 1].map((id) => ({ id, createdAt: null })),
    notificationsConnection: { edges: [3, 2].map((id) => ({ node: { id, createdAt: null } })) },
  })
})

test('a notification whose facts cannot be rendered keeps its title, in the inbox and in the feed', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const data = { group: 'Forum', groupId: 'forumWorkingGroup', openingId: '1', opening: 'Gardener', stake: 'a lot' }
  const { number: eventNumber } = await story.db.event.create({
    data: { id: 'odd', type: 'OpeningAdded', block: 1, time: new Date(), fact: 'odd', data },
  })
  await story.db.notification.create({
    data: { memberId: Number(bob.id), kind: 'WG_OPENING_ALL', eventId: 'odd', eventNumber },
  })
  const api = await serveApi(story)
  await storePublicUrl(story.pool, api.url)
  const { notifications } = await api.data('{ notifications { title facts { label } } }', {}, api.tokenOf(bob))
  expect(notifications).toEqual([{ title: 'Forum is hiring: Gardener', facts: [] }])
  const { me } = await api.data('{ me { feedUrl } }', {}, api.tokenOf(bob))
  expect(await (await fetch((me as { feedUrl: string }).feedUrl)).text()).toContain('Forum is hiring: Gardener')
  expect(api.log.join().match(/Cannot render notifications of OpeningAdded, such as \d+/g)).toHaveLength(1)
})

test('a notification that cannot be rendered does not break the rest of the inbox', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const { number: eventNumber } = await story.db.event.create({
    data: { id: 'odd', type: 'NoLongerKnown', block: 1, time: new Date(), fact: 'odd', data: {} },
  })
  await story.db.notification.create({
    data: { memberId: Number(bob.id), kind: 'FORUM_POST_ALL', eventId: 'odd', eventNumber },
  })
  const api = await serveApi(story)
  const { notifications } = await api.data('{ notifications { id title url reason } }', {}, api.tokenOf(bob))
  expect(notifications).toMatchObject([{ title: null, url: null }, { title: expect.any(String) }])
  await api.data('{ notifications { title } }', {}, api.tokenOf(bob))
  expect(api.log.join().match(/Cannot render notifications of NoLongerKnown, such as \d+/g)).toHaveLength(1)
})
