import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { serveApi, signed } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()

const LARGE_PAGE = `notificationsConnection(first: 1000) {
  edges { cursor node { id kind eventId entityId title summary excerpt reason url status isRead emailStatus createdAt } }
}`

test('a document above the limits is rejected before anything runs', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  const api = await serveApi(story)
  const { memberId, timestamp, signature } = signed(bob)
  const signin = `signin(memberId: ${memberId}, timestamp: ${timestamp}, signature: "${signature}")`
  for (const document of [
    `{ ${Array.from({ length: 30 }, (_, n) => `a${n}: memberExist(id: ${n})`).join(' ')} }`,
    `{ ${'me { id } '.repeat(1_000)} }`,
    `{ ${'... { '.repeat(6)} me { id } ${'} '.repeat(6)} }`,
    `{ ${['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}: ${LARGE_PAGE}`).join(' ')} }`,
    `mutation { a: ${signin} b: ${signin} }`,
    `mutation { ${signin} ${signin.replace('signin(', 'signup(name: "bob", ')} }`,
    `mutation { a: ${signin.replace('signin(', 'signup(name: "a", ')} b: ${signin.replace('signin(', 'signup(name: "b", ')} }`,
    `mutation { ...s b: ${signin} } fragment s on Mutation { ${signin} }`,
  ]) {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: document }),
    })
    expect(response.status, document.slice(0, 60)).toBe(400)
    expect(await codeOf(response), document.slice(0, 60)).toMatch(/^GRAPHQL_(PARSE|VALIDATION)_FAILED$/)
  }
  // A large but reasonable page is allowed.
  await api.data(`{ ${LARGE_PAGE} }`, {}, api.tokenOf(bob))
  expect(await story.db.signIn.count()).toBe(0)
  await api.data(`mutation { ${signin} }`)
})

test('a body above 100 KB or of unknown length is rejected unread', async () => {
  const api = await serveApi(await createStory())
  const body = JSON.stringify({ query: `{ __typename } # ${'x'.repeat(200_000)}` })
  const post = (init: RequestInit) =>
    fetch(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, ...init })
  const tooLarge = await post({ body })
  expect(tooLarge.status).toBe(413)
  expect(await codeOf(tooLarge)).toBe('BAD_REQUEST')
  const stream = new Blob([body]).stream()
  expect((await post({ body: stream, duplex: 'half' } as RequestInit)).status).toBe(411)
})

test('a false Content-Length lets nothing through', async () => {
  const api = await serveApi(await createStory())
  const body = JSON.stringify({ query: `{ __typename } # ${'x'.repeat(200_000)}` })
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  for (const [lengths, sent] of [
    ['Content-Length: 20\r\nTransfer-Encoding: chunked', chunked],
    ['Content-Length: 20\r\nContent-Length: 200000', body],
    ['Content-Length: -1', body],
    ['Content-Length: 2e1', body],
    ['Content-Length: 20', body],
  ]) {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    // The server disconnects while the test still sends.
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${lengths}\r\n\r\n${sent}`)
    const answer = await text(socket).catch(() => '')
    expect(answer, lengths).not.toContain('__typename')
    expect(answer, lengths).toMatch(/^(HTTP.1.1 400|$)/)
  }
})

test('a batch of operations is rejected', async () => {
  const api = await serveApi(await createStory())
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  })
  expect(response.status).toBe(400)
})

test('a text that contains NUL is rejected in every argument', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  for (const field of [
    'notifications(eventId: $text)',
    'notifications(entityId: $text)',
    'entitySubscriptions(entityId: $text)',
  ]) {
    const code = await api.code(`query ($text: String) { ${field} { id } }`, { text: 'nul\0' }, api.tokenOf(bob))
    expect(code, field).toBe('BAD_USER_INPUT')
  }
})

test('variables in the query string that are not JSON are rejected', async () => {
  const api = await serveApi(await createStory())
  const response = await fetch(`${api.url}?query=%7B__typename%7D&variables=%7B`)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

test('a variable of the wrong type is rejected with a code', async () => {
  const api = await serveApi(await createStory())
  expect(await api.code('query ($id: Int) { memberExist(id: $id) }', { id: 'x' })).toBe('BAD_USER_INPUT')
  expect(await api.code('query ($id: Int!) { memberExist(id: $id) }')).toBe('BAD_USER_INPUT')
})

test('malformed requests get a clear answer and change nothing', async () => {
  const story = await createStory()
  await story.member('bob')
  const api = await serveApi(story)
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '"query"',
    '{"query": 1}',
    '{"query": "{ me { id }"}',
    '{"query": "\\u0000"}',
    '{"query": "\\ud800"}',
    '{"query": "query ($id: Int) { memberExist(id: $id) }", "variables": {"id": 1e400}}',
    '{"query": "query ($id: Int) { memberExist(id: $id) }", "variables": {"id": "x"}}',
    '{"query": "query ($id: Int) { memberExist(id: $id) }", "variables": "x"}',
    '{"query": "{ memberExist(id: 99999999999999999999) }"}',
    '{"query": "query ($t: BigInt!) { a: __typename }", "variables": {"t": {"toString": 1}}}',
    `{"query": "{ memberExist(id: ${'['.repeat(5_000)}"}`,
  ]) {
    const response = await fetch(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(response.status, body).toBeGreaterThanOrEqual(200)
    expect(response.status, body).toBeLessThan(500)
    expect(await response.text(), body).not.toMatch(/stack|INTERNAL_SERVER_ERROR/)
  }
  expect(await story.db.member.count()).toBe(1)
})

async function codeOf(response: Response): Promise<string | undefined> {
  const { errors } = (await response.json()) as { errors: { extensions?: { code?: string } }[] }
  return errors[0]?.extensions?.code
}

test('the pages of one request share a budget', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  const pages = (count: number, field: string) =>
    api.ask(
      `query ($n: Int) { ${Array.from({ length: count }, (_, n) => `p${n}: ${field}`).join(' ')} }`,
      { n: 1_000 },
      api.tokenOf(bob),
    )
  for (const field of ['notifications(limit: $n) { id }', 'notificationsConnection(first: $n) { edges { cursor } }']) {
    expect((await pages(2, field)).errors).toBeUndefined()
    expect((await pages(4, field)).errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  }
})
