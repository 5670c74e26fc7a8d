import { expect, test } from 'vitest'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const STATUSES =
  'query ($status: NotificationStatus) { notifications(status: $status) { id status isRead } unreadCount }'
const MARK = 'mutation ($ids: [Int!]!, $isRead: Boolean) { markNotificationsRead(ids: $ids, isRead: $isRead) }'
const MARK_ALL = 'mutation { markAllNotificationsRead }'
const ARCHIVE = 'mutation ($ids: [Int!]!) { archiveNotifications(ids: $ids) }'

/** Bob has three in-app notifications and one by email only. Carol has one. */
async function inboxes() {
  const story = await createStory()
  const bob = await story.member('bob')
  const carol = await story.member('carol')
  const add = async (memberId: string, eventId: string, inApp = true) =>
    (
      await story.db.notification.create({
        data: { memberId: Number(memberId), kind: 'FORUM_POST_ALL', eventId, inApp },
      })
    ).id
  const ids = [await add(bob.id, 'a'), await add(bob.id, 'b'), await add(bob.id, 'c')]
  const byEmail = await add(bob.id, 'd', false)
  const carols = await add(carol.id, 'a')
  const api = await serveApi(story)
  const asBob = (query: string, variables = {}) => api.data(query, variables, api.tokenOf(bob))
  const statuses = async (member = bob) => {
    const { notifications, unreadCount } = await api.data(STATUSES, {}, api.tokenOf(member))
    const rows = notifications as { status: string; isRead: boolean }[]
    expect(rows.every(({ status, isRead }) => isRead === (status !== 'UNREAD'))).toBe(true)
    return { statuses: rows.map(({ status }) => status).reverse(), unreadCount }
  }
  return { story, api, bob, carol, ids, byEmail, carols, asBob, statuses }
}

test('a member marks one, many or all notifications as read, and as unread again', async () => {
  const { ids, asBob, statuses } = await inboxes()
  expect(await statuses()).toEqual({ statuses: ['UNREAD', 'UNREAD', 'UNREAD'], unreadCount: 3 })
  expect(await asBob(MARK, { ids: ids.slice(0, 2) })).toEqual({ markNotificationsRead: 2 })
  expect(await statuses()).toEqual({ statuses: ['READ', 'READ', 'UNREAD'], unreadCount: 1 })
  expect(await asBob(MARK, { ids: ids.slice(0, 1), isRead: false })).toEqual({ markNotificationsRead: 1 })
  expect(await statuses()).toEqual({ statuses: ['UNREAD', 'READ', 'UNREAD'], unreadCount: 2 })
  expect(await asBob(MARK_ALL)).toEqual({ markAllNotificationsRead: 2 })
  expect(await statuses()).toEqual({ statuses: ['READ', 'READ', 'READ'], unreadCount: 0 })
})

test('an archived notification counts as read, and the status ARCHIVED finds it', async () => {
  const { ids, asBob, statuses } = await inboxes()
  expect(await asBob(ARCHIVE, { ids: ids.slice(1) })).toEqual({ archiveNotifications: 2 })
  expect(await statuses()).toEqual({ statuses: ['UNREAD', 'ARCHIVED', 'ARCHIVED'], unreadCount: 1 })
  const archived = await asBob(STATUSES, { status: 'ARCHIVED' })
  expect(archived.notifications).toHaveLength(2)
  expect((await asBob(STATUSES, { status: 'UNREAD' })).notifications).toHaveLength(1)
  expect((await asBob(STATUSES, { status: 'READ' })).notifications).toHaveLength(0)
})

test('an archived notification stays archived, and is not archived twice', async () => {
  const { ids, asBob, statuses } = await inboxes()
  await asBob(ARCHIVE, { ids: ids.slice(1) })
  expect(await asBob(MARK, { ids: ids.slice(1), isRead: false })).toEqual({ markNotificationsRead: 0 })
  expect(await asBob(ARCHIVE, { ids })).toEqual({ archiveNotifications: 1 })
  expect(await statuses()).toEqual({ statuses: ['ARCHIVED', 'ARCHIVED', 'ARCHIVED'], unreadCount: 0 })
})

test('a member marks and archives only notifications in their own inbox', async () => {
  const { story, carol, carols, byEmail, asBob, statuses } = await inboxes()
  expect(await asBob(MARK, { ids: [carols, byEmail] })).toEqual({ markNotificationsRead: 0 })
  expect(await asBob(ARCHIVE, { ids: [carols, byEmail, 4711] })).toEqual({ archiveNotifications: 0 })
  await asBob(MARK_ALL)
  expect(await statuses(carol)).toEqual({ statuses: ['UNREAD'], unreadCount: 1 })
  expect((await story.db.notification.findFirstOrThrow({ where: { id: byEmail } })).isRead).toBe(false)
})

test('counting, marking and archiving need a token', async () => {
  const { api } = await inboxes()
  for (const [query, variables] of [
    ['{ unreadCount }', {}],
    [MARK, { ids: [1] }],
    [MARK_ALL, {}],
    [ARCHIVE, { ids: [1] }],
  ] as const) {
    expect(await api.code(query, variables)).toBe('UNAUTHENTICATED')
  }
})

test('a list of more than 1,000 ids is rejected', async () => {
  const { api, bob } = await inboxes()
  const ids = Array.from({ length: 1_001 }, (_, n) => n)
  expect(await api.code(MARK, { ids }, api.tokenOf(bob))).toBe('BAD_USER_INPUT')
})

const PAGE = `query ($first: Int, $last: Int, $after: String, $before: String, $status: NotificationStatus) {
  notificationsConnection(first: $first, last: $last, after: $after, before: $before, status: $status) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
type Page = {
  notificationsConnection: {
    edges: { cursor: string; node: { id: number } }[]
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
  }
}

test('paging forward and back is stable while notifications come and go', async () => {
  const { story, bob, ids, asBob } = await inboxes()
  const page = async (variables: object) => {
    const { notificationsConnection } = (await asBob(PAGE, variables)) as Page
    return { ids: notificationsConnection.edges.map(({ node }) => node.id), ...notificationsConnection.pageInfo }
  }
  const [a, b, c] = ids as [number, number, number]
  const first = await page({ first: 2 })
  expect(first).toMatchObject({ ids: [c, b], hasNextPage: true, hasPreviousPage: false })

  // A new notification arrives and the one at the cursor is deleted: the next page is the same.
  await story.db.notification.create({ data: { memberId: Number(bob.id), kind: 'FORUM_POST_ALL', eventId: 'e' } })
  await story.db.notification.deleteMany({ where: { id: b } })
  expect(await page({ first: 2, after: first.endCursor })).toMatchObject({ ids: [a], hasNextPage: false })
  expect(await page({ last: 1, before: String(a) })).toMatchObject({ ids: [c], hasPreviousPage: true })
  expect(await page({ first: 2, status: 'READ' })).toMatchObject({ ids: [] })
})

test('a page starts at either end, or lies between two cursors', async () => {
  const { story, bob, asBob } = await inboxes()
  const memberId = Number(bob.id)
  await story.db.notification.createMany({
    data: Array.from({ length: 150 }, (_, n) => ({
      id: 1_001 + n,
      memberId,
      kind: 'FORUM_POST_ALL',
      eventId: `p${n}`,
    })),
  })
  // The highest id that the column can hold.
  await story.db.notification.create({
    data: { id: 2_147_483_647, memberId, kind: 'FORUM_POST_ALL', eventId: 'last' },
  })
  const page = async (variables: object) => {
    const { edges, pageInfo } = ((await asBob(PAGE, variables)) as Page).notificationsConnection
    return [edges.map(({ node }) => node.id), pageInfo.hasPreviousPage, pageInfo.hasNextPage]
  }
  expect(await page({ first: 2 })).toEqual([[2_147_483_647, 1_150], false, true])
  expect(await page({ first: 2, after: '2147483647' })).toEqual([[1_150, 1_149], true, true])
  expect(await page({ last: 1, before: '1150' })).toEqual([[2_147_483_647], false, true])
  expect(await page({ last: 2, before: '1148' })).toEqual([[1_150, 1_149], true, true])
  expect((await page({ last: 2 }))[0]).toEqual([2, 1])
  expect((await page({ last: 2, after: '1003' }))[0]).toEqual([2, 1])
  expect((await page({ after: '1010', before: '1005' }))[0]).toEqual([1_009, 1_008, 1_007, 1_006])
  expect((await page({ first: 1, after: '1010', before: '1005' }))[0]).toEqual([1_009])
  expect((await page({ last: 1, after: '1010', before: '1005' }))[0]).toEqual([1_006])
  expect((await page({}))[0]).toHaveLength(100)
})

test('an invalid page size or cursor is rejected', async () => {
  const { api, bob } = await inboxes()
  for (const variables of [
    { first: 0 },
    { first: -1 },
    { first: 1_001 },
    { last: -1 },
    { after: 'x' },
    { after: '' },
    { before: '99999999999' },
    { after: '1; DROP TABLE' },
  ]) {
    expect(await api.code(PAGE, variables, api.tokenOf(bob)), JSON.stringify(variables)).toBe('BAD_USER_INPUT')
  }
})

test('counting takes the filters of the list', async () => {
  const { ids, asBob } = await inboxes()
  await asBob(ARCHIVE, { ids: ids.slice(0, 1) })
  await asBob(MARK, { ids: ids.slice(1, 2) })
  const counts = `{
    all: notificationCount
    unread: notificationCount(status: UNREAD)
    read: notificationCount(status: READ)
    archived: notificationCount(status: ARCHIVED)
    posts: notificationCount(kind: FORUM_POST_ALL)
    mentions: notificationCount(kind: FORUM_POST_MENTION)
  }`
  expect(await asBob(counts)).toEqual({ all: 3, unread: 1, read: 1, archived: 1, posts: 3, mentions: 0 })
})

const EVERYTHING = `query ($first: Int, $after: String) {
  notifications(limit: 2) { id kind }
  notificationsConnection(first: $first, after: $after) { edges { node { id kind } } pageInfo { hasNextPage endCursor } }
  unreadCount
  notificationCount
}`
type Everything = {
  notifications: { id: number }[]
  notificationsConnection: { edges: { node: { id: number } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
}

test('notifications of kinds that this version does not know are left out everywhere, and logged once per kind', async () => {
  const { story, api, bob, ids, asBob } = await inboxes()
  const unknown = ['PROPOSAL_BOOKMARKED', 'PROPOSAL_BOOKMARKED', 'OLD_KIND', 'OLD_KIND']
  const [, middle = 0] = ids
  for (const [n, kind] of unknown.entries()) {
    // Around and between the others.
    const id = n < 2 ? 1_000_000 + n : -n
    await story.db.notification.create({ data: { id, memberId: Number(bob.id), kind, eventId: `new-${n}` } })
  }
  const answer = (await asBob(EVERYTHING, { first: 2 })) as Everything
  const newest = ids.toReversed()
  expect(answer).toMatchObject({ unreadCount: 3, notificationCount: 3 })
  expect(answer.notifications.map(({ id }) => id)).toEqual(newest.slice(0, 2))
  const { edges, pageInfo } = answer.notificationsConnection
  expect(edges.map(({ node }) => node.id)).toEqual(newest.slice(0, 2))
  expect(pageInfo).toEqual({ hasNextPage: true, endCursor: String(middle) })
  const last = (await asBob(EVERYTHING, { first: 2, after: pageInfo.endCursor })) as Everything
  expect(last.notificationsConnection).toMatchObject({
    edges: [{ node: { id: ids[0] } }],
    pageInfo: { hasNextPage: false },
  })
  expect(await asBob(MARK_ALL)).toEqual({ markAllNotificationsRead: 3 })
  expect(await asBob(MARK, { ids: [1_000_000, 1_000_001] })).toEqual({ markNotificationsRead: 0 })
  expect(await story.db.notification.count({ where: { isRead: false, kind: { in: unknown } } })).toBe(4)

  const logged = api.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('left out of inboxes'))
  expect(logged.map(({ level, msg }) => [level, /kind (\w+)/.exec(msg)?.[1]]).sort()).toEqual([
    [40, 'OLD_KIND'],
    [40, 'PROPOSAL_BOOKMARKED'],
  ])
})

test('an inbox with nothing but unknown kinds is empty, and counting alone logs them too', async () => {
  const { story, api, carol } = await inboxes()
  await story.db.notification.updateMany({ where: { memberId: Number(carol.id) }, data: { kind: 'OLD_KIND' } })
  const asCarol = (query: string) => api.data(query, {}, api.tokenOf(carol))
  expect(await asCarol('{ unreadCount }')).toEqual({ unreadCount: 0 })
  expect(api.log.filter((line) => line.includes('OLD_KIND'))).toHaveLength(1)
  expect(await asCarol(EVERYTHING)).toMatchObject({ notifications: [], unreadCount: 0, notificationCount: 0 })
  expect(api.log.filter((line) => line.includes('OLD_KIND'))).toHaveLength(1)
})
