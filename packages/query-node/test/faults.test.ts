import { expect, test } from 'vitest'
import { ask, idsOf, postQuery, serve, smallForum } from './support.ts'

const query = '{ rows: memberships { id } }'

test('down cuts the connection', async () => {
  const node = await serve()
  node.faults.down = true
  await expect(postQuery(node, query)).rejects.toThrow('fetch failed')
  node.faults.down = false
  expect(await idsOf(node, query)).toEqual([])
})

test('delayMs delays the response', async () => {
  const node = await serve()
  node.faults.delayMs = 120
  const start = performance.now()
  await ask(node, query)
  expect(performance.now() - start).toBeGreaterThan(110)
})

test('errors answers with HTTP 200, the error and no data', async () => {
  const node = await serve()
  node.faults.errors = 'canceling statement due to statement timeout: SELECT ...'
  const { status, text } = await postQuery(node, query)
  expect(status).toBe(200)
  expect(JSON.parse(text)).toEqual({ errors: [{ message: node.faults.errors }], data: null })
})

test('htmlStatus answers with an HTML page instead of JSON', async () => {
  const node = await serve()
  node.faults.htmlStatus = 502
  const { status, headers, text } = await postQuery(node, query)
  expect(status).toBe(502)
  expect(headers.get('content-type')).toContain('text/html')
  expect(text).toContain('Bad Gateway')
})

test('truncatedBody cuts the JSON in half', async () => {
  const node = await serve()
  node.faults.truncatedBody = true
  const { status, text } = await postQuery(node, query)
  expect(status).toBe(200)
  expect(text).toMatch(/^{"data/)
  expect(() => JSON.parse(text)).toThrow()
})

test('breaksOff sends half of the answer and cuts the connection', async () => {
  const node = await serve()
  node.faults.breaksOff = true
  await expect(postQuery(node, query)).rejects.toThrow('terminated')
})

test('redirectTo redirects', async () => {
  const node = await serve()
  node.faults.redirectTo = '/health'
  const { status, headers } = await fetch(node.url, { method: 'POST', body: '{}', redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([307, '/health'])
})

test('paddingBytes makes an answer large and leaves it valid', async () => {
  const node = await serve()
  node.faults.paddingBytes = 1_000
  const { text } = await postQuery(node, query)
  expect(text.length).toBeGreaterThan(1_000)
  expect(JSON.parse(text)).toEqual({ data: { rows: [] } })
})

test('rewrite changes the answer', async () => {
  const node = await serve()
  node.faults.rewrite = (body, { fields }) => body.replace('[]', JSON.stringify(fields))
  expect(JSON.parse((await postQuery(node, query)).text)).toEqual({ data: { rows: ['memberships'] } })
})

test('unknownTypes refuses the queries that name them, and no others', async () => {
  const node = await serve()
  node.faults.unknownTypes = ['PostAddedEvent']
  const refused = await postQuery(node, '{ rows: postAddedEvents { id } }')
  expect(refused.status).toBe(400)
  expect(JSON.parse(refused.text)).toEqual({
    errors: [{ message: 'Cannot query field "postAddedEvents" on type "Query".' }],
  })
  expect((await postQuery(node, 'fragment f on PostAddedEvent { id } { a: memberships { id } }')).status).toBe(400)
  expect((await postQuery(node, query)).status).toBe(200)
})

test('cappedRows silently limits every list', async () => {
  const { chain } = smallForum()
  chain.commitBlock()
  const node = await serve(chain)
  node.faults.cappedRows = 1
  expect(await idsOf(node, '{ rows: memberships(limit: 1000) { id } }')).toEqual(['0'])
  expect(await idsOf(node, '{ rows: memberships(limit: 1000, offset: 1) { id } }')).toEqual(['1'])
})

test('hideBlocksAfter hides the events and entities of later blocks', async () => {
  const { chain, bob, thread } = smallForum()
  chain.commitBlock()
  for (const text of ['One', 'Two']) chain.block(() => chain.postAdded({ by: bob, in: thread, text }))
  const node = await serve(chain)
  node.faults.hideBlocksAfter = 2
  const head =
    '{ rows: postAddedEvents(orderBy: [inBlock_DESC], limit: 1) { id inBlock } forumThreads { posts { text } } }'
  expect(await ask(node, head)).toEqual({
    rows: [{ id: 'OLYMPIA-2-0', inBlock: 2 }],
    forumThreads: [{ posts: [{ text: 'Its first post' }, { text: 'One' }] }],
  })
  node.clearFaults()
  expect(await idsOf(node, head)).toEqual(['OLYMPIA-3-0'])
})

test('beforeAnswer lets a test see a request and write a block before it is answered', async () => {
  const { chain, bob, thread } = smallForum()
  const node = await serve(chain)
  const seen: (string | null)[] = []
  node.faults.beforeAnswer = ({ operationName }) => {
    seen.push(operationName)
    chain.block(() => chain.postAdded({ by: bob, in: thread, text: 'Just now' }))
  }
  expect(await idsOf(node, 'query Page { rows: postAddedEvents { id } }')).toHaveLength(1)
  expect(seen).toEqual(['Page'])
})

test('betweenFields lets a test commit blocks while a page is being read', async () => {
  const { chain, alice, bob, general, thread } = smallForum()
  chain.commitBlock()
  const node = await serve(chain)
  node.faults.betweenFields = () => {
    chain.postAdded({ by: bob, in: thread, text: 'Missed by the first field' })
    chain.threadCreated({ by: alice, in: general, title: 'Seen by the second', text: '' })
    chain.commitBlock()
  }
  const page = '{ a: postAddedEvents { inBlock } b: threadCreatedEvents { inBlock } c: postAddedEvents { inBlock } }'
  expect(await ask(node, page)).toEqual({
    a: [],
    b: [{ inBlock: 1 }, { inBlock: 2 }],
    c: [{ inBlock: 2 }, { inBlock: 3 }],
  })
})

test('duringNext limits faults to the next requests, in the order they were added', async () => {
  const node = await serve()
  node.duringNext(2, { htmlStatus: 503 })
  node.duringNext(1, { errors: 'out of connections' })
  const answers = []
  for (let n = 0; n < 4; n += 1) answers.push(await postQuery(node, query))
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 200, 200])
  expect(answers.map(({ text }) => text.includes('out of connections'))).toEqual([false, false, true, false])
})

test('clearFaults removes lasting and limited faults', async () => {
  const node = await serve()
  node.faults.htmlStatus = 500
  node.duringNext(5, { down: true })
  node.clearFaults()
  expect((await postQuery(node, query)).status).toBe(200)
})
