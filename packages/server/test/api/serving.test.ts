import { expect, test } from 'vitest'
import { serveApi, signed as signIn } from '../support/api.ts'
import { stories } from '../support/story.ts'
import { sendBytes } from './hostile/sending.ts'

const createStory = stories()

const SIGN_IN = `mutation SignIn($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`

test('a deployed client checks the service by a GET of its base URL from another origin', async () => {
  const api = await serveApi(await createStory())
  for (const path of ['/', '/graphql']) {
    const response = await fetch(`${api.url}${path}?query=%7B__typename%7D`, {
      headers: { origin: 'https://pioneerapp.xyz' },
    })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
    expect(response.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/pioneerapp.xyz)$/)
  }
})

test('an API with a configured host listens on that address only', async () => {
  const api = await serveApi(await createStory(), { host: '127.0.0.1' })
  expect((await fetch(api.url)).status).not.toBe(0)
  const elsewhere = new URL(api.url)
  elsewhere.hostname = '127.0.0.2'
  await expect(fetch(elsewhere, { signal: AbortSignal.timeout(2_000) })).rejects.toThrow()
})

test('a browser on another origin may send the token and JSON', async () => {
  const api = await serveApi(await createStory())
  const response = await fetch(api.url, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://pioneerapp.xyz',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  expect(response.status).toBeLessThan(300)
  expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(/authorization.*content-type/)
  expect(response.headers.get('access-control-allow-credentials')).not.toBe('true')
  expect(response.headers.get('access-control-max-age')).toBe('7200')
})

const askFor = async (url: string, origin: string, headers: string) =>
  (
    await fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
    })
  ).headers

test('a browser on an allowed origin may send whatever headers its app adds', async () => {
  const story = await createStory()
  const open = await serveApi(story)
  const closed = await serveApi(story, { corsOrigins: ['https://pioneerapp.xyz', 'https://dao.example.org'] })
  const single = await serveApi(story, { corsOrigins: ['https://pioneerapp.xyz'] })
  for (const asked of [
    'authorization,content-type,sentry-trace,baggage',
    'apollographql-client-name, apollographql-client-version',
    'x-anything',
  ]) {
    for (const { url } of [open, closed, single]) {
      const headers = await askFor(url, 'https://pioneerapp.xyz', asked)
      expect(headers.get('access-control-allow-headers')).toBe(asked)
      expect(headers.get('access-control-allow-origin')).toBe('https://pioneerapp.xyz')
      expect(headers.get('vary')).toMatch(/access-control-request-headers/i)
    }
    for (const { url } of [closed, single]) {
      const headers = await askFor(url, 'https://evil.example', asked)
      expect(headers.get('access-control-allow-headers') ?? '').not.toContain(asked)
      expect(headers.get('access-control-allow-origin')).not.toBe('https://evil.example')
    }
  }
})

test('a preflight that asks for no headers, or for what is none, gets the usual answer', async () => {
  const { url } = await serveApi(await createStory())
  for (const asked of ['', '"', 'a b', 'x;y', ',', '\u00ff', `x${',x'.repeat(4_000)},"`]) {
    const headers = await askFor(url, 'https://pioneerapp.xyz', asked)
    expect(headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type')
  }
})

test('only the configured origins may call the API', async () => {
  const api = await serveApi(await createStory(), {
    corsOrigins: ['https://pioneerapp.xyz', 'https://dao.example.org'],
  })
  const allowed = async (origin: string) =>
    (await fetch(`${api.url}?query=%7B__typename%7D`, { headers: { origin } })).headers.get(
      'access-control-allow-origin',
    )
  expect(await allowed('https://dao.example.org')).toBe('https://dao.example.org')
  expect(await allowed('https://evil.example')).not.toBe('https://evil.example')
})

test('a request with a whole URL or an invalid Host gets an answer without a stack trace', async () => {
  const api = await serveApi(await createStory())
  const query = '?query=%7B__typename%7D'
  for (const [target, host, answer] of [
    [`http://api.example/graphql${query}`, 'api.example', /200 OK.*"__typename":"Query"/s],
    [`/${query}`, 'a b', /200 OK.*"__typename":"Query"/s],
    [`//${query}`, 'api.example', /404 Not Found/],
    ['http://[', 'api.example', /400 Bad Request/],
  ] as const) {
    const received = await sendBytes(api.url, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect(received, target).toMatch(answer)
    expect(received).not.toContain('node_modules')
  }
})

test('a mutation by GET is rejected', async () => {
  const api = await serveApi(await createStory())
  const response = await fetch(`${api.url}?query=${encodeURIComponent('mutation { verifyEmail(token: "x") { id } }')}`)
  expect(response.status).toBe(405)
})

test('a failed field is null with a stable code and status 200, and an invalid document gets status 400', async () => {
  const api = await serveApi(await createStory())
  const ask = (query: string) =>
    fetch(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
  const unauthenticated = await ask('{ me { id } }')
  expect(unauthenticated.status).toBe(200)
  expect(await unauthenticated.json()).toMatchObject({
    data: { me: null },
    errors: [
      {
        message: expect.stringContaining('Unauthorized: you are not signed in'),
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ],
  })
  expect((await ask('{ nothing }')).status).toBe(400)
  expect((await ask('{ nothing')).status).toBe(400)
})

test('an internal error reveals nothing but the id of its log line', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  const api = await serveApi(story)
  await story.db.$executeRaw`ALTER TABLE "Notification" RENAME TO "Hidden"`
  try {
    const answer = await api.ask('{ notifications { id } }', {}, api.tokenOf(bob))
    expect(JSON.stringify(answer)).not.toMatch(/Hidden|relation|table|prisma|stack/i)
    expect(answer).toMatchObject({
      data: { notifications: null },
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) } }],
    })
    const [error] = answer.errors ?? []
    const failed = api.log.map((line) => JSON.parse(line)).find(({ msg }) => msg.startsWith('An API request failed'))
    expect(failed.request).toMatchObject({ id: error?.extensions?.id, memberId: Number(bob.id) })
    expect(error?.message).toContain(error?.extensions?.id)
    expect(api.log.join()).not.toContain(api.tokenOf(bob))
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Hidden" RENAME TO "Notification"`
  }
})

test('healthz reports that the process is alive, and readyz what is missing, with the reasons for the operator only', async () => {
  const story = await createStory()
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const api = await serveApi(story, { metricsToken: 'operator' })
  const readyz = (token?: string) =>
    fetch(`${api.url}/readyz`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  expect(await (await fetch(`${api.url}/healthz`)).json()).toEqual({ status: 'alive' })
  const ready = await readyz('operator')
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    ready: true,
    checks: expect.arrayContaining([
      { name: 'cursor', ok: true, says: `is at block ${story.chain.head}, 0 blocks behind` },
      { name: 'email provider', ok: true, says: 'test' },
    ]),
  })

  await story.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%_api'`
  try {
    const behind = await readyz('operator')
    expect(behind.status).toBe(503)
    expect(await behind.json()).toMatchObject({
      ready: false,
      checks: [{ name: 'database', ok: false, says: expect.stringContaining('npm run migrate') }, {}],
    })
    for (const token of [undefined, '', 'operato', 'another']) {
      const state = await readyz(token)
      expect([state.status, await state.json()]).toEqual([
        503,
        {
          ready: false,
          checks: [
            { name: 'database', ok: false },
            { name: 'email provider', ok: true },
          ],
        },
      ])
    }
  } finally {
    await story.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = now()`
  }
})

test('readyz keeps what the query node answers, and where it is, from strangers', async () => {
  const story = await createStory()
  await story.begins()
  story.expectLog(/Nothing more was read/)
  for (const _ of [1, 2, 3]) {
    story.node.duringNext(1, { errors: 'a secret of the query node' })
    await story.notify()
  }
  const port = new URL(story.node.url).port
  const texts = []
  for (const [metricsToken, token] of [
    [undefined, undefined],
    [undefined, ''],
    [undefined, 'undefined'],
    ['operator', undefined],
    ['operator', 'operator'],
  ]) {
    const api = await serveApi(story, { metricsToken })
    const response = await fetch(`${api.url}/readyz`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(503)
    texts.push(await response.text())
  }
  const operators = texts.pop()
  for (const text of texts) expect(text).not.toMatch(new RegExp(`secret|${port}|127.0.0.1|says`))
  expect(operators).toContain('a secret of the query node')
})

test('the log has one line per request, with its id, operation, member and duration', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  const api = await serveApi(story)
  const token = api.tokenOf(bob)
  await api.data('query WhoAmI { me { name email } }', {}, token)
  await api.data('{ memberExist(id: 1) __typename }')
  await api.data(
    'mutation ($email: String) { updateMember(email: $email) { unverifiedEmail } }',
    { email: 'bob@somewhere.example' },
    token,
  )
  const { signature, ...signed } = signIn(bob)
  await api.data(SIGN_IN, { ...signed, signature })
  await api.ask('{ nothing }')
  await api.close()

  const lines = api.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'Request')
  expect(lines.map(({ operation, memberId, status }) => [operation, memberId, status])).toEqual([
    ['query WhoAmI', Number(bob.id), 200],
    ['query memberExist __typename', undefined, 200],
    ['mutation updateMember', Number(bob.id), 200],
    ['mutation SignIn', undefined, 200],
    [undefined, undefined, 400],
  ])
  expect(new Set(lines.map(({ id }) => id)).size).toBe(5)
  expect(lines.every(({ ms }) => ms > 0)).toBe(true)
  for (const secret of [token, signature, 'bob@', '127.0.0.1']) expect(api.log.join('')).not.toContain(secret)
})

test('a browser gets GraphiQL without external files and under a strict policy, unless it is switched off', async () => {
  const story = await createStory()
  const browse = (url: string) => fetch(url, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
  const on = await serveApi(story, { graphiql: true })
  for (const path of ['/', '/graphql', '/?query=%7B__typename%7D']) {
    const page = await browse(on.url + path)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none';.*frame-ancestors 'none'/)
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('x-frame-options')).toBeTruthy()
    const html = await page.text()
    expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="http/)
    expect(html).not.toContain('Bearer eyJ')
  }
  expect(await on.data('{ __typename }')).toEqual({ __typename: 'Query' })
  const off = await serveApi(story)
  expect((await browse(off.url)).headers.get('content-type')).not.toContain('text/html')
})

test('introspection works unless it is switched off', async () => {
  const story = await createStory()
  const [open, closed] = [await serveApi(story), await serveApi(story, { introspection: false })]
  expect((await open.data('{ __schema { queryType { name } } }')).__schema).toEqual({ queryType: { name: 'Query' } })
  expect(await closed.code('{ __schema { queryType { name } } }')).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await closed.data('{ __typename }')).toEqual({ __typename: 'Query' })
})
