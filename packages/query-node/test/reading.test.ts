import { expect, test } from 'vitest'
import { createChain, largeChain, type QueryNode } from '../src/index.ts'
import { ask, idsOf, serve, smallForum } from './support.ts'

type Event = { id: string; inBlock: number; indexInBlock: number }

const page = `query ($where: PostAddedEventWhereInput) {
  rows: postAddedEvents(where: $where, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: 7) { id inBlock indexInBlock }
}`

async function readAll(node: QueryNode, from: number, to: number): Promise<Event[]> {
  const read: Event[] = []
  let where: object = { inBlock_gt: from, inBlock_lte: to }
  for (;;) {
    const { rows } = await ask<{ rows: Event[] }>(node, page, { where })
    read.push(...rows)
    const last = rows.at(-1)
    if (!last || rows.length < 7) return read
    const after = [{ inBlock_gt: last.inBlock }, { inBlock_eq: last.inBlock, indexInBlock_gt: last.indexInBlock }]
    where = { OR: after, inBlock_lte: to }
  }
}

test('paging by block and index reads every event of a window once and in order, while blocks are added', async () => {
  const { chain, bob, thread } = smallForum()
  const post = () => chain.postAdded({ by: bob, in: thread, text: 'Hello' })
  const expected: string[] = []
  for (const posts of [3, 20, 0, 1, 7, 14]) {
    for (let n = 0; n < posts; n += 1) expected.push(post().event.id)
    chain.commitBlock()
  }
  const head = chain.head
  const node = await serve(chain)
  node.faults.beforeAnswer = () => chain.block(() => post())
  expect((await readAll(node, 0, head)).map(({ id }) => id)).toEqual(expected)
  const late = await readAll(node, 1, 2)
  expect(late).toHaveLength(20)
})

test('events are filtered by block, index, id, relation, OR, AND and NOT', async () => {
  const { chain, alice, bob, general, thread } = smallForum()
  const other = chain.threadCreated({ by: bob, in: general, title: 'Another', text: '' })
  chain.commitBlock()
  const said = [thread, other, thread, other].map((where) =>
    chain.block(() => chain.postAdded({ by: alice, in: where, text: 'Hello' })),
  )
  const hidden = said[3]
  if (hidden) chain.block(() => chain.postModerated(hidden))
  const node = await serve(chain)
  const found = (where: string, orderBy = '') =>
    idsOf(node, `{ rows: postAddedEvents(where: { ${where} } ${orderBy}) { id } }`)
  const ids = (...blocks: number[]) => blocks.map((block) => `OLYMPIA-${block}-0`)

  expect(await found('inBlock_eq: 3')).toEqual(ids(3))
  expect(await found('inBlock_gt: 3')).toEqual(ids(4, 5))
  expect(await found('inBlock_gte: 3, inBlock_lt: 5')).toEqual(ids(3, 4))
  expect(await found('inBlock_in: [2, 5]')).toEqual(ids(2, 5))
  expect(await found('indexInBlock_gt: 0')).toEqual([])
  expect(await found('indexInBlock_lte: 0, inBlock_lte: 2')).toEqual(ids(2))
  expect(await found('id_eq: "OLYMPIA-4-0"')).toEqual(ids(4))
  expect(await found('id_in: ["OLYMPIA-5-0", "OLYMPIA-2-0", "OLYMPIA-9-0"]')).toEqual(ids(2, 5))
  expect(await found('post: { isVisible_eq: false }')).toEqual(ids(5))
  expect(await found(`post: { id_eq: "${said[1]?.id}" }`)).toEqual(ids(3))
  expect(await found(`post: { thread: { id_eq: "${other.id}" } }`)).toEqual(ids(3, 5))
  expect(await found('OR: [{ inBlock_eq: 2 }, { inBlock_gt: 4 }]')).toEqual(ids(2, 5))
  expect(await found('AND: [{ inBlock_gt: 2 }, { inBlock_lt: 5 }], inBlock_gt: 3')).toEqual(ids(4))
  expect(await found('NOT: [{ inBlock_eq: 2 }, { inBlock_eq: 5 }]')).toEqual(ids(3, 4))
  expect(await found('inBlock_gt: 2', 'orderBy: [inBlock_DESC], limit: 2')).toEqual(ids(5, 4))
  expect(await found('', 'orderBy: [inBlock_ASC], offset: 1, limit: 2')).toEqual(ids(3, 4))
  expect(await found('', 'orderBy: [inBlock_DESC, indexInBlock_DESC], offset: 1, limit: 2')).toEqual(ids(4, 3))
  expect(await found('', 'orderBy: [indexInBlock_ASC, inBlock_DESC]')).toEqual(ids(5, 4, 3, 2))
})

test('entities are filtered by id, relation, time and their own columns', async () => {
  const { chain, alice, bob, general, thread } = smallForum()
  const reply = chain.postAdded({ by: bob, in: thread, text: 'Hello', repliesTo: thread.initialPost })
  chain.commitBlock()
  const inner = chain.block(() => chain.categoryCreated('Inner', { parent: general }))
  chain.block(() => chain.workerHired({ member: alice, group: 'forumWorkingGroup', asLead: true }))
  const gone = chain.block(() => chain.workerHired({ member: bob, group: 'forumWorkingGroup' }))
  chain.block(() => chain.workerExited(gone))
  const node = await serve(chain)
  const found = (list: string) => idsOf(node, `{ rows: ${list} { id } }`)

  expect(await found(`forumPosts(where: { thread: { id_in: ["${thread.id}"] } })`)).toEqual(['1', '2'])
  expect(await found(`forumPosts(where: { author: { id_eq: "${bob.id}" } })`)).toEqual([reply.id])
  expect(await found('memberships(where: { handle_contains: "LI" })')).toEqual([alice.id])
  expect(await found('memberships(where: { handle_in: ["bob", "nobody"] })')).toEqual([bob.id])
  expect(await found('memberships(orderBy: [handle_DESC], limit: 1)')).toEqual([bob.id])
  expect(await found(`forumCategories(where: { parent: { id_eq: "${general.id}" } })`)).toEqual([inner.id])
  expect(await found(`forumCategories(where: { createdAt_gt: "${chain.timeOf(1).toISOString()}" })`)).toEqual([
    inner.id,
  ])
  expect(await found('workers(where: { isActive_eq: true, group: { id_eq: "forumWorkingGroup" } })')).toEqual([
    'forumWorkingGroup-0',
  ])
  expect(await found('workers(where: { groupId_eq: "forumWorkingGroup", isLead_eq: false })')).toEqual([gone.id])
  expect(await found('electedCouncils(where: { isResigned_eq: false })')).toHaveLength(1)
})

test('of 100,000 events and 10,000 members, a look-up of 1,000 ids and a late page are complete', async () => {
  const { chain } = largeChain({ events: 100_000, members: 10_000, threads: 5000 })
  const node = await serve(chain)
  const ids = Array.from({ length: 1000 }, (_, n) => String(6000 + n * 90))
  const lookUp = 'query ($ids: [ID!]) { rows: forumPosts(where: { id_in: $ids }, limit: 1000) { id } }'
  const late = page.replace('limit: 7', 'limit: 1000')
  expect(await idsOf(node, lookUp, { ids })).toHaveLength(1000)
  expect(await idsOf(node, late, { where: { inBlock_gt: 9000, inBlock_lte: 9500 } })).toHaveLength(1000)
  expect(await idsOf(node, '{ rows: postAddedEvents(orderBy: [inBlock_DESC], limit: 1) { id } }')).toHaveLength(1)
})

test('a thread of 30,000 posts is returned in full', async () => {
  const { chain } = largeChain({ events: 30_000, members: 5, threads: 1, categoryDepth: 1, eventsPerBlock: 1000 })
  const node = await serve(chain)
  expect(
    await idsOf(node, '{ rows: forumPosts(where: { thread: { id_eq: "1" } }, limit: 40000) { id } }'),
  ).toHaveLength(30_001)
})

test('a large chain has the requested members, threads, category depth and posts', async () => {
  const { chain, members, threads, lastSetUpBlock } = largeChain({
    events: 100,
    members: 30,
    threads: 5,
    categoryDepth: 3,
  })
  expect(members).toHaveLength(30)
  expect(threads).toHaveLength(5)
  expect(lastSetUpBlock).toBe(1)
  expect(chain.head).toBe(11)
  const node = await serve(chain)
  const nested = '{ forumThreads { visiblePostsCount category { parent { parent { id parent { id } } } } } }'
  const { forumThreads } = await ask<{ forumThreads: object[] }>(node, nested)
  expect(forumThreads).toHaveLength(5)
  for (const thread of forumThreads)
    expect(thread).toEqual({
      visiblePostsCount: 21,
      category: { parent: { parent: { id: expect.any(String), parent: null } } },
    })
})

test('empty blocks and written blocks are numbered consecutively', () => {
  const chain = createChain({ firstBlock: 5 })
  expect(chain.head).toBe(4)
  chain.budgetSet('appWorkingGroup', { to: 1n })
  chain.emptyBlocks(100)
  expect(chain.head).toBe(105)
  const event = chain.block(() => chain.budgetSet('appWorkingGroup', { to: 2n }))
  expect(event).toEqual({ type: 'BudgetSetEvent', id: 'OLYMPIA-106-0', inBlock: 106, indexInBlock: 0 })
  expect(chain.openBlock).toBe(107)
})
