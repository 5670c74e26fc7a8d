import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { getIntrospectionQuery } from 'graphql'
import { expect, onTestFinished, test, vi } from 'vitest'
import { serveApi } from '../support/api.ts'
import { stories } from '../support/story.ts'

const createStory = stories()
const QUERY = '?query=%7B__typename%7D'

const list = (count: number, item: (n: number) => string) => Array.from({ length: count }, (_, n) => item(n)).join(' ')

test('a document with too many fields or fragments is rejected before it is validated', async () => {
  const api = await serveApi(await createStory())
  for (const [document, reason] of [
    [`{ me { ${'id name email '.repeat(325)} } }`, /repeat 100 fields/],
    [`{ ${'me { id name } '.repeat(40)} }`, /repeat 100 fields/],
    [`{ me { ${'... { id } '.repeat(102)} } }`, /repeat 100 fields/],
    [`{ me { ${list(102, (n) => `...f${n}`)} } } ${list(102, (n) => `fragment f${n} on Member { id }`)}`, /repeat 100/],
    [list(102, (n) => `query q${n} { me { id } }`), /repeat 100 fields/],
    [`{ me { ${list(102, () => 'a: id')} } }`, /repeat 100 fields/],
    [`{ me { ${list(301, (n) => `field${n}`)} } }`, /have 300 fields/],
    [
      `{ me { id ${list(16, (n) => `...f${n}`)} } } ${list(16, (n) => `fragment f${n} on Member { x${n} }`)}`,
      /fragments/,
    ],
    [`{ me { ${list(31, (n) => `... { x${n} }`)} } }`, /fragments/],
  ] as const) {
    const { data, errors } = await api.ask(document)
    expect([data, errors?.length], document.slice(0, 60)).toEqual([undefined, 1])
    expect(errors?.[0]?.message).toMatch(reason)
  }
  expect((await api.ask(getIntrospectionQuery())).errors).toBeUndefined()
})

test('a document with many mistakes is answered with the first ones', async () => {
  const api = await serveApi(await createStory())
  const { errors } = await api.ask(`{ ${list(200, (n) => `field${n}`)} }`)
  expect(errors).toHaveLength(11)
  expect(errors?.at(-1)?.message).toContain('Too many validation errors')
})

test('variables that do not fit are answered in short, whatever they contain', async () => {
  const api = await serveApi(await createStory())
  const document = 'mutation ($data: [GeneralSubscriptionInput]) { generalSubscriptions(data: $data) { id } }'
  const unknown = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, 1]))
  for (const one of [
    unknown,
    { ...Object.fromEntries(Object.entries(unknown).slice(0, 60)), kind: 'x'.repeat(90_000) },
  ]) {
    const { data, errors = [] } = await api.ask(document, { data: [one] })
    expect(data).toBeUndefined()
    expect(errors.length).toBeGreaterThan(0)
    expect(JSON.stringify(errors).length).toBeLessThan(10_000)
  }
  const { errors } = await api.ask(`{ ${'x'.repeat(90_000)} }`)
  expect(errors?.[0]?.message.length).toBeLessThan(2_000)
})

/** Stops the clock that the limit uses, so that a slow machine does not begin another minute. */
function stopClock() {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(Math.floor(performance.now()))
  onTestFinished(() => clock.mockRestore())
  return { pass: (ms: number) => void clock.mockReturnValue(performance.now() + ms) }
}

/** Serves the API behind one proxy. `send` gives the status of a request that the proxy passes on. */
async function behindProxy(options: Parameters<typeof serveApi>[1]) {
  const api = await serveApi(await createStory(), { trustedProxies: 1, ...options })
  const ask = (from: string, path = QUERY, headers: Record<string, string> = {}) =>
    fetch(api.url + (path.startsWith('/') ? path : `/${path}`), { headers: { 'x-forwarded-for': from, ...headers } })
  return { api, ask, send: async (from: string, path?: string) => (await ask(from, path)).status }
}

test('a network that sends too many requests is refused for the rest of the minute, and no other one is', async () => {
  const clock = stopClock()
  const { api, ask, send } = await behindProxy({ requestsPerMinute: 3, metricsToken: 'metrics' })
  for (const from of ['198.51.100.1:4711', '203.0.113.9, 198.51.100.1', '198.51.100.1:4712']) {
    expect(await send(from)).toBe(200)
  }
  const refused = await ask('198.51.100.1', QUERY, { origin: 'https://pioneerapp.xyz' })
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('60')
  expect(refused.headers.get('access-control-allow-origin')).toBe('*')
  expect(await refused.json()).toEqual({
    errors: [{ message: expect.stringContaining('try again in'), extensions: { code: 'RATE_LIMITED' } }],
  })
  expect(await send('198.51.100.1', '/readyz')).toBe(429)
  expect(await send('198.51.100.1', '/healthz')).toBe(200)
  for (const from of ['198.51.100.2', '[2001:db8::1]:4711', '2001:db8::2', '[2001:db8::3]', '2001:db8:0:1::1']) {
    expect(await send(from), from).toBe(200)
  }
  expect(await send('2001:db8::4')).toBe(429)
  expect(api.log.filter((line) => line.includes('A network sends more than 3 requests a minute'))).toHaveLength(1)
  const metrics = await fetch(`${api.url}/metrics`, { headers: { authorization: 'Bearer metrics' } })
  expect(await metrics.text()).toContain('rate_limited_total{limit="requests per minute"} 3')

  clock.pass(59_999)
  expect((await ask('198.51.100.1')).headers.get('retry-after')).toBe('1')
  clock.pass(1)
  for (const _ of [1, 2, 3]) expect(await send('198.51.100.1')).toBe(200)
  expect(await send('198.51.100.1')).toBe(429)
})

test('only allowed origins can read a refusal', async () => {
  stopClock()
  const { ask } = await behindProxy({ requestsPerMinute: 1, corsOrigins: ['https://pioneerapp.xyz'] })
  await ask('198.51.100.1')
  const readable = async (origin: string) =>
    (await ask('198.51.100.1', QUERY, { origin })).headers.get('access-control-allow-origin')
  expect(await readable('https://pioneerapp.xyz')).toBe('https://pioneerapp.xyz')
  expect(await readable('https://evil.example')).toBeNull()
})

test('a request is refused before its body is read', async () => {
  stopClock()
  const { api, send } = await behindProxy({ requestsPerMinute: 1 })
  await send('198.51.100.1')
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    'POST / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.1\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{',
  )
  // The server answers and closes, although the body never comes.
  expect(await text(socket)).toMatch(/^HTTP.1.1 429 [\s\S]*Connection: close/i)
})

test('the loopback has no limit, and 0 switches it off for all', async () => {
  const { api } = await behindProxy({ requestsPerMinute: 1 })
  for (const _ of [1, 2, 3]) expect((await fetch(api.url + QUERY)).status).toBe(200)
  const { send } = await behindProxy({ requestsPerMinute: 0 })
  for (const _ of [1, 2, 3]) expect(await send('198.51.100.1')).toBe(200)
})

test('while TRUSTED_PROXIES is not set, what a proxy passes on has no limit per network, which the log says once', async () => {
  const { api, ask, send } = await behindProxy({ requestsPerMinute: 1, trustedProxies: undefined })
  for (const _ of [1, 2, 3]) expect(await send('198.51.100.1')).toBe(200)
  for (const header of ['forwarded', 'x-real-ip', 'x-forwarded-proto']) {
    expect((await ask('198.51.100.1', QUERY, { [header]: 'anything' })).status).toBe(200)
  }
  expect(api.log.filter((line) => line.includes('TRUSTED_PROXIES is not set'))).toHaveLength(1)
})

// Other systems have one address on the loopback.
test.runIf(process.platform === 'linux')('without a proxy, the address of the connection counts', async () => {
  stopClock()
  for (const trustedProxies of [0, undefined]) {
    const { api } = await behindProxy({ requestsPerMinute: 2, trustedProxies })
    const status = async (localAddress: string, headers = {}) => {
      const [response] = await once(get(api.url + QUERY, { localAddress, headers, agent: false }), 'response')
      response.resume()
      return response.statusCode
    }
    expect([await status('127.0.0.2'), await status('127.0.0.2'), await status('127.0.0.2')]).toEqual([200, 200, 429])
    expect(await status('127.0.0.3')).toBe(200)
    // A forged header opens nothing where it is known that there is no proxy.
    expect(await status('127.0.0.2', { 'x-forwarded-for': '198.51.100.1' })).toBe(trustedProxies === 0 ? 429 : 200)
  }
})
