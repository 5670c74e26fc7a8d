import { request } from 'node:http'
import { expect, test } from 'vitest'
import { createChain } from '../src/index.ts'
import { ask, idsOf, post, postQuery, serve, smallForum } from './support.ts'

test('lists and look-ups return 50 rows unless the request sets a limit', async () => {
  const { chain, bob, thread } = smallForum()
  const posts = Array.from({ length: 60 }, () => chain.postAdded({ by: bob, in: thread, text: 'Hello' }))
  chain.commitBlock()
  const node = await serve(chain)
  const ids = posts.map(({ id }) => id)
  const lookUp = 'query ($ids: [ID!], $limit: Int) { rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id } }'
  expect(await idsOf(node, '{ rows: postAddedEvents { id } }')).toHaveLength(50)
  expect(await idsOf(node, lookUp, { ids })).toHaveLength(50)
  expect(await idsOf(node, lookUp, { ids, limit: 1000 })).toHaveLength(60)
})

test('a block of 120 events is returned in full if the limit allows', async () => {
  const { chain, bob, thread } = smallForum()
  for (let n = 0; n < 120; n += 1) chain.postAdded({ by: bob, in: thread, text: 'Hello' })
  chain.commitBlock()
  expect(await idsOf(await serve(chain), '{ rows: postAddedEvents(limit: 10000) { id } }')).toHaveLength(120)
})

test('a look-up sorts rows by their last write, not by the order of the ids', async () => {
  const { chain, bob, thread } = smallForum()
  const first = chain.postAdded({ by: bob, in: thread, text: 'One' })
  const second = chain.postAdded({ by: bob, in: thread, text: 'Two' })
  chain.commitBlock()
  chain.block(() => chain.postEdited(first, { text: 'Uno' }))
  const query = `{ rows: forumPosts(where: { id_in: ["${first.id}", "${second.id}"] }) { id } }`
  expect(await idsOf(await serve(chain), query)).toEqual([second.id, first.id])
})

test('big integers are decimal strings, times are ISO strings with milliseconds', async () => {
  const chain = createChain({ firstBlock: 1000, genesisTime: new Date('2026-03-01T12:00:00Z'), msPerBlock: 6000 })
  chain.budgetSet('forumWorkingGroup', { to: 123_456_789_012_345_678_901n })
  expect(chain.commitBlock()).toBe(1000)
  chain.block(() => chain.budgetUpdated('forumWorkingGroup', { by: -1n }))
  const node = await serve(chain)
  expect(
    await ask(
      node,
      '{ budgetSetEvents { id newBudget createdAt } budgetUpdatedEvents { budgetChangeAmount createdAt } }',
    ),
  ).toEqual({
    budgetSetEvents: [
      { id: 'OLYMPIA-1000-0', newBudget: '123456789012345678901', createdAt: '2026-03-01T12:00:06.000Z' },
    ],
    budgetUpdatedEvents: [{ budgetChangeAmount: '-1', createdAt: '2026-03-01T12:00:12.000Z' }],
  })
  expect(chain.timeOf(1001).toISOString()).toBe('2026-03-01T12:00:12.000Z')
})

test('an error in one field makes all data null, with HTTP 200', async () => {
  const { chain, bob, thread } = smallForum()
  const lost = chain.postAdded({ by: bob, in: thread, text: 'Hello' })
  chain.commitBlock()
  chain.block(() => chain.forget(lost))
  const { status, text } = await postQuery(await serve(chain), '{ memberships { id } postAddedEvents { post { id } } }')
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({
    data: null,
    errors: [{ message: 'Cannot return null for non-nullable field PostAddedEvent.post.' }],
  })
})

test('a query that does not match the contract gets HTTP 400', async () => {
  const node = await serve()
  for (const query of [
    '{ events { id } }',
    '{ memberships { name } }',
    'not GraphQL',
    '{ workers(limit: "many") { id } }',
  ]) {
    const { status, text } = await postQuery(node, query)
    expect(status, query).toBe(400)
    expect(JSON.parse(text).errors, query).not.toHaveLength(0)
  }
})

test('malformed JSON gets an HTML page and HTTP 400', async () => {
  const { status, headers, text } = await post(await serve(), '{"query": "{ memberships')
  expect(status).toBe(400)
  expect(headers.get('content-type')).toContain('text/html')
  expect(text).toMatch(/^<!DOCTYPE html>/)
})

test('a body of more than 100 KB gets an HTML page and HTTP 413', async () => {
  const node = await serve()
  const query = '{ memberships { id } }'
  const bodyOf = (bytes: number) => JSON.stringify({ query }).padEnd(bytes)
  expect((await post(node, bodyOf(100 * 1024))).status).toBe(200)
  const { status, text } = await post(node, bodyOf(100 * 1024 + 1))
  expect(status).toBe(413)
  expect(text).toMatch(/^<!DOCTYPE html>/)
})

test('membershipByUniqueInput returns the first member if the id is missing', async () => {
  const { chain, alice, bob } = smallForum()
  chain.commitBlock()
  const node = await serve(chain)
  const query = 'query ($id: ID) { membershipByUniqueInput(where: { id: $id }) { id } }'
  expect(await ask(node, query, { id: bob.id })).toEqual({ membershipByUniqueInput: { id: bob.id } })
  expect(await ask(node, query, { id: '404' })).toEqual({ membershipByUniqueInput: null })
  expect(await ask(node, query)).toEqual({ membershipByUniqueInput: { id: alice.id } })
})

test('a nested entity has its present text, an event the text at its time', async () => {
  const { chain, bob, thread } = smallForum()
  const said = chain.block(() => chain.postAdded({ by: bob, in: thread, text: 'Before' }))
  chain.block(() => chain.postEdited(said, { text: 'After' }))
  expect(
    await ask(await serve(chain), '{ postAddedEvents { text post { text } } postTextUpdatedEvents { newText } }'),
  ).toEqual({
    postAddedEvents: [{ text: 'Before', post: { text: 'After' } }],
    postTextUpdatedEvents: [{ newText: 'After' }],
  })
})

test('fields of the same name and different types need an alias', async () => {
  const node = await serve()
  const query = (alias: string) =>
    `{ proposalVotedEvents { ...V } budgetSpendingEvents { ...S } }
     fragment V on Event { ... on ProposalVotedEvent { rationale } ... on BudgetSpendingEvent { ${alias} rationale } }
     fragment S on BudgetSpendingEvent { id }`
  expect((await postQuery(node, query(''))).status).toBe(400)
  expect((await postQuery(node, query('why:'))).status).toBe(200)
})

test('responses are not compressed, and any web page may read them', async () => {
  const node = await serve()
  const { headers } = await postQuery(node, '{ memberships { id } }')
  expect(headers.get('content-encoding')).toBeNull()
  expect(headers.get('access-control-allow-origin')).toBe('*')
  const preflight = await fetch(node.url, { method: 'OPTIONS' })
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
})

test('/health answers even while every query fails', async () => {
  const node = await serve()
  node.faults.errors = 'the database is down'
  const response = await fetch(new URL('/health', node.url))
  expect(await response.json()).toEqual({ data: 'alive' })
  expect((await fetch(new URL('/elsewhere', node.url))).status).toBe(404)
})

test('the open block becomes visible all at once, when it is committed', async () => {
  const { chain, bob, thread } = smallForum()
  chain.commitBlock()
  const node = await serve(chain)
  const query = '{ rows: postAddedEvents { id } forumThreads { visiblePostsCount posts { id } } }'
  chain.postAdded({ by: bob, in: thread, text: 'Hello' })
  expect(await ask(node, query)).toEqual({ rows: [], forumThreads: [{ visiblePostsCount: 1, posts: [{ id: '1' }] }] })
  chain.commitBlock()
  expect(await ask(node, query)).toEqual({
    rows: [{ id: 'OLYMPIA-2-0' }],
    forumThreads: [{ visiblePostsCount: 2, posts: [{ id: '1' }, { id: '2' }] }],
  })
})

test('the request log has the operation, the top-level fields and the size', async () => {
  const node = await serve()
  await postQuery(node, 'query Head { a: postAddedEvents { id } b: threadCreatedEvents { id } }')
  await post(node, 'not JSON')
  expect(node.requests.count).toBe(2)
  expect(node.requests.log).toEqual([
    { operationName: 'Head', fields: ['postAddedEvents', 'threadCreatedEvents'], bytes: 82 },
    { operationName: null, fields: [], bytes: 8 },
  ])
  node.requests.reset()
  expect(node.requests.count).toBe(0)
  expect(node.requests.log).toEqual([])
})

test('the server listens on 127.0.0.1 until it is closed', async () => {
  const node = await serve()
  expect(node.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/)
  await node.close()
  const code = await new Promise((resolve) => {
    request(node.url)
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .end()
  })
  expect(code).toBe('ECONNREFUSED')
})
