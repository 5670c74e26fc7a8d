import { mention } from 'query-node'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { howMuch } from '../../src/inbox/how-much.ts'
import { MOST_EVENTS } from '../../src/inbox/replay.ts'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const PREVIEW = `query ($data: [GeneralSubscriptionInput], $days: Int) {
  previewSettings(data: $data, days: $days) {
    notifications inApp emails byKind { kind notifications inApp emails } since eventsLeftOut
  }
}`

/** Dave posted three times, once with a mention of bob, and an election began. */
async function forum(options: Parameters<typeof serveApi>[1] = {}) {
  const story = await createStory()
  const { chain } = story
  const bob = await story.member('bob')
  const dave = await story.member('dave')
  const thread = chain.threadCreated({
    by: dave,
    in: chain.categoryCreated('General'),
    title: 'Plants',
    text: 'Water them.',
  })
  await story.begins()
  for (const text of ['Hello', `Look, ${mention(bob)}`, 'Bye']) chain.postAdded({ by: dave, in: thread, text })
  chain.announcingPeriodStarted()
  await story.notify()
  const api = await serveApi(story, options)
  const preview = async (variables: object = {}, member = bob) => {
    const data = await api.data(PREVIEW, variables, api.tokenOf(member))
    return data.previewSettings as Record<string, unknown>
  }
  return { story, api, bob, dave, thread, preview }
}

const amounts = (notifications: number, inApp = notifications, emails = notifications) => ({
  notifications,
  inApp,
  emails,
})

test('a member sees how much they would have got with other settings, and nothing changes', async () => {
  const { story, preview, dave } = await forum()
  const before = await story.db.notification.findMany()
  expect(await preview()).toEqual({
    ...amounts(2),
    byKind: expect.arrayContaining([
      { kind: 'FORUM_POST_MENTION', ...amounts(1) },
      { kind: 'ELECTION_ANNOUNCING_STARTED', ...amounts(1) },
    ]),
    since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    eventsLeftOut: 0,
  })
  const data = [
    { kind: 'FORUM_POST_ALL', shouldNotifyByEmail: false },
    { kind: 'ELECTION_ANNOUNCING_STARTED', shouldNotify: false },
  ]
  expect(await preview({ data })).toMatchObject({
    ...amounts(3, 3, 1),
    byKind: expect.arrayContaining([
      { kind: 'FORUM_POST_MENTION', ...amounts(1) },
      { kind: 'FORUM_POST_ALL', ...amounts(2, 2, 0) },
    ]),
  })
  // His own posts do not count.
  expect(await preview({ data: [{ kind: 'FORUM_POST_ALL' }] }, dave)).toMatchObject(amounts(1))
  expect(await story.db.subscription.count()).toBe(0)
  expect(await story.db.notification.findMany()).toEqual(before)
})

test('settings that are not in the list, watches and mutes count as they are now', async () => {
  const { story, preview, bob, thread } = await forum()
  await story.sets(bob, 'FORUM_POST_ALL', { inApp: false, byEmail: true })
  expect(await preview()).toMatchObject(amounts(4, 2, 4))
  expect(await preview({ data: [null, { kind: 'FORUM_POST_ALL', shouldNotifyInApp: false }] })).toMatchObject(
    amounts(2),
  )
  await story.mutes(bob, 'FORUM_THREAD_ENTITY_POST', thread)
  expect(await preview({ data: [{ kind: 'FORUM_POST_ALL' }] })).toMatchObject(amounts(1))
  await story.db.subscription.updateMany({ where: { entityId: thread.id }, data: { shouldNotify: true } })
  expect(await preview({ data: [{ kind: 'FORUM_POST_ALL', shouldNotifyInApp: false }] })).toMatchObject({
    ...amounts(4, 4, 2),
    byKind: expect.arrayContaining([{ kind: 'FORUM_THREAD_ENTITY_POST', ...amounts(2, 2, 0) }]),
  })
  await story.db.member.updateMany({ data: { receiveEmails: false } })
  expect(await preview()).toMatchObject({ notifications: 4, emails: 0 })
})

test('events that concerned nobody when they were read are counted; those of other days are not', async () => {
  const { story, preview, bob } = await forum({ whyDays: 60 })
  await story.db.$executeRaw`UPDATE "Event" SET "time" = now() - interval '40 days' WHERE type = 'PostAdded'`
  const data = [{ kind: 'FORUM_POST_ALL' }]
  expect(await preview({ data })).toMatchObject(amounts(1))
  expect(await preview({ data, days: 60 })).toMatchObject(amounts(4))
  expect(await howMuch(story.pool, Number(bob.id), 60)).toMatchObject({ FORUM_POST_ALL: 2, FORUM_POST_MENTION: 1 })
  await story.db.$executeRaw`UPDATE "Event" SET rules = NULL WHERE type = 'PostAdded'`
  expect(await preview({ data, days: 60 })).toMatchObject(amounts(1))
  await story.db.$executeRaw`UPDATE "Event" SET "time" = now() - interval '70 days'`
  expect(await preview({ data, days: 60 })).toEqual({ ...amounts(0), byKind: [], since: null, eventsLeftOut: 0 })
})

test('without days, the operator who keeps less than 30 of them is obeyed', async () => {
  const { story, preview } = await forum({ whyDays: 7 })
  expect(await preview()).toMatchObject(amounts(2))
  await story.db.$executeRaw`UPDATE "Event" SET "time" = now() - interval '8 days'`
  expect(await preview()).toMatchObject(amounts(0))
})

test('input that makes no sense is rejected', async () => {
  const { api, bob } = await forum({ whyDays: 60 })
  const twice = [{ kind: 'FORUM_POST_ALL' }, { kind: 'FORUM_POST_ALL', shouldNotify: false }]
  for (const variables of [{ days: 0 }, { days: -1 }, { days: 61 }, { days: 2 ** 31 - 1 }, { data: twice }]) {
    expect(await api.code(PREVIEW, variables, api.tokenOf(bob))).toBe('BAD_USER_INPUT')
  }
  expect(await api.code(PREVIEW)).toBe('UNAUTHENTICATED')
  const many = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `p${n}: previewSettings { emails }`)} }`
  expect(Object.keys(await api.data(many(3), {}, api.tokenOf(bob)))).toEqual(['p0', 'p1', 'p2'])
  const { data, errors } = await api.ask(many(5), {}, api.tokenOf(bob))
  expect([Object.values(data ?? {}).filter(Boolean).length, errors?.[0]?.extensions?.code]).toEqual([
    3,
    'BAD_USER_INPUT',
  ])
})

test('events of which only counts were kept are left out and said so, and so are rules that are none', async () => {
  const { story, preview } = await forum()
  const rules = [
    '{"counts": [{"audience": "members", "kind": "FORUM_POST_MENTION", "count": 20000}, {"audience": "everyone", "kind": "FORUM_POST_ALL"}]}',
    '{"sums": [{"audience": "everyone", "kind": "FORUM_POST_ALL", "count": 1}]}',
    '[{"audience": "everyone", "kind": "OF_A_LATER_VERSION"}, {"audience": "later", "kind": "FORUM_POST_ALL"}, 7, null, "x", "except", {}, {"audience": "everyone", "kind": "FORUM_THREAD_ALL", "except": "x"}]',
  ]
  const posts = await story.db.event.findMany({ where: { type: 'PostAdded' } })
  for (const [n, { number }] of posts.entries()) {
    await story.db.$executeRaw`UPDATE "Event" SET rules = ${rules[n]}::jsonb WHERE number = ${number}`
  }
  expect(await preview({ data: [{ kind: 'FORUM_POST_ALL' }] })).toMatchObject({ ...amounts(1), eventsLeftOut: 2 })
})

test('only the newest events are counted, however many there are', async () => {
  const { story, preview, bob } = await forum()
  await story.db.$executeRaw`DELETE FROM "Notification"`
  await story.db.$executeRaw`DELETE FROM "Event"`
  await story.db.$executeRaw`
    INSERT INTO "Event" (id, type, block, "time", fact, rules, data)
    SELECT n, 'PostAdded', n, now() - make_interval(mins => n), n, '[{"audience": "everyone", "kind": "FORUM_POST_ALL"}]', '{}'
    FROM generate_series(1, ${MOST_EVENTS + 50}::int) n`
  expect(await preview({ data: [{ kind: 'FORUM_POST_ALL' }] })).toMatchObject(amounts(MOST_EVENTS))
  expect(await howMuch(story.pool, Number(bob.id))).toMatchObject({ FORUM_POST_ALL: MOST_EVENTS })
})

test('a member who asks a hundred times at once waits for themselves, and never takes all connections', async () => {
  const { story, bob, dave } = await forum()
  const { pool, close } = connect(story.url)
  onTestFinished(close)
  let most = 0
  let open = 0
  pool.on('acquire', () => {
    most = Math.max(most, ++open)
  })
  pool.on('release', () => void open--)
  const done: string[] = []
  const count = async ({ id, handle }: typeof bob) => {
    await howMuch(pool, Number(id))
    done.push(handle)
  }
  await Promise.all([...Array.from({ length: 100 }, () => count(bob)), count(dave)])
  expect(most).toBe(2)
  expect(done.slice(0, 50)).toContain('dave')
})
