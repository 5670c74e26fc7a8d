import { createServer, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { parse } from 'graphql'
import { createChain, type Faults, startQueryNode } from 'query-node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectQueryNode, MANY_MEMBERS } from '../../src/chain/client.ts'

const query = parse('{ rows: memberships { id } }') as never
const MEGABYTE = 1024 * 1024

async function served(faults: Faults = {}) {
  const node = await startQueryNode(createChain())
  onTestFinished(() => node.close())
  Object.assign(node.faults, faults)
  const client = connectQueryNode(node.url)
  return { node, client, ask: () => client.request(query, {}) }
}

const failure = (url: string): Promise<Error> =>
  connectQueryNode(url)
    .request(query, {})
    .then(
      () => new Error('It was answered'),
      (error: Error) => error,
    )

async function serving(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const address = server.address()
  return `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/graphql`
}

test('three requests are sent at a time, and the limit of one that waits has not begun', async () => {
  const limits = vi.spyOn(AbortSignal, 'timeout')
  onTestFinished(() => limits.mockRestore())
  const arrived: (() => void)[] = []
  const { node, ask } = await served({ beforeAnswer: () => new Promise<void>((answer) => void arrived.push(answer)) })
  const answers = Array.from({ length: 25 }, ask)
  for (let answered = 0; answered < 25; answered++) {
    await expect.poll(() => arrived.length).toBe(Math.min(25, answered + 3))
    expect(limits).toHaveBeenCalledTimes(Math.min(25, answered + 3))
    arrived[answered]?.()
    await Promise.race(answers.slice(answered))
  }
  await Promise.all(answers)
  expect(node.requests.count).toBe(25)
})

test.each<[string, Faults]>([
  ['before its answer', { down: true }],
  ['during its answer', { breaksOff: true }],
])('a request whose connection is cut %s is sent once more', async (_when, fault) => {
  const { node, client, ask } = await served()
  node.duringNext(1, fault)
  expect(await ask()).toEqual({ rows: [] })
  expect([node.requests.count, client.tally.requests, client.tally.errors]).toEqual([2, 2, 1])
})

test('a request whose connection is cut twice has failed', async () => {
  const { node, ask } = await served({ down: true })
  await expect(ask()).rejects.toThrow(/cannot be read/)
  expect(node.requests.count).toBe(2)
})

test.each<[string, Faults]>([
  ['an error', { errors: 'out of connections' }],
  ['a page', { htmlStatus: 502 }],
  ['half of an answer', { truncatedBody: true }],
  ['a redirect', { redirectTo: '/health' }],
])('a request that is answered with %s is not sent again', async (_what, fault) => {
  const { node, ask } = await served(fault)
  await expect(ask()).rejects.toThrow('The query node at')
  expect(node.requests.count).toBe(1)
})

test('the failed request of one member takes none of another with it, and a crowd is refused at once', async () => {
  let asked = 0
  const url = await serving((_, response) => {
    response.statusCode = ++asked === 1 ? 500 : 200
    response.setHeader('Content-Type', 'application/json').end('{"data":{"rows":[]}}')
  })
  const client = connectQueryNode(url, undefined, MANY_MEMBERS)
  const all = MANY_MEMBERS.simultaneous + MANY_MEMBERS.mostWaiting
  const results = await Promise.allSettled(Array.from({ length: all + 5 }, () => client.request(query, {})))
  const failures = results.flatMap((result) => (result.status === 'rejected' ? String(result.reason) : []))
  expect(failures).toHaveLength(6)
  expect(failures.filter((text) => text.includes('too many requests waiting'))).toHaveLength(5)
  expect(asked).toBe(all)
})

test('when a request fails, those that wait for their turn are not sent', async () => {
  const { node, client, ask } = await served({ errors: 'out of connections' })
  const results = await Promise.allSettled(Array.from({ length: 25 }, ask))
  expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  expect(node.requests.count).toBeLessThanOrEqual(5)
  node.clearFaults()
  expect(await client.request(query, {})).toEqual({ rows: [] })
})

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is not followed; its target is named without its secrets',
  async (status) => {
    const visited: string[] = []
    const internal = await serving((request, response) => {
      visited.push(request.url ?? '')
      response.end('{"data": {"rows": []}}')
    })
    const target = new URL(internal)
    const url = await serving((_request, response) => {
      response.writeHead(status, { location: `http://user:password@${target.host}/inner?key=secret#secret` }).end()
    })
    await expect(connectQueryNode(url).request(query, {})).rejects.toThrow(
      new RegExp(`redirects to http://${target.host}/inner, which is not followed$`),
    )
    expect(visited).toEqual([])
  },
)

test.each(['', 'http://', 'http://[', 'javascript:alert(1)', '/elsewhere', '//elsewhere/'])(
  'a redirect to %j is refused in one sentence',
  async (location) => {
    const url = await serving((_request, response) => response.writeHead(302, { location }).end())
    await expect(connectQueryNode(url).request(query, {})).rejects.toThrow(/redirects to \S+, which is not followed$/)
  },
)

test('a redirect without a target is refused', async () => {
  const url = await serving((_request, response) => response.writeHead(302).end())
  await expect(connectQueryNode(url).request(query, {})).rejects.toThrow(/redirects to nowhere, which is not followed$/)
})

test('20 MB are read', async () => {
  const { ask } = await served({ paddingBytes: 19 * MEGABYTE })
  expect(await ask()).toEqual({ rows: [] })
})

test.each(['a length', 'no length', 'packed'])('an endless answer is read up to 20 MB: with %s', async (how) => {
  const zeros = Buffer.alloc(MEGABYTE, ' ')
  let written = 0
  let closed = false
  const url = await serving((_request, response) => {
    response.on('close', () => {
      closed = true
    })
    response.setHeader('content-type', 'application/json')
    if (how === 'a length') response.setHeader('content-length', 4_000 * MEGABYTE)
    if (how === 'packed') {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(Buffer.alloc(60 * MEGABYTE, ' ')))
      return
    }
    const more = () => {
      written++
      if (!closed && written < 4_000) response.write(zeros, more)
    }
    more()
  })
  const patient = connectQueryNode(url, 600_000)
  await expect(patient.request(query, {})).rejects.toThrow(/answered with more than 20 MB$/)
  await expect.poll(() => closed).toBe(true)
  expect(written).toBeLessThan(100)
})

test.each([
  ['{}', /more than a million values/],
  ['[]', /more than a million values/],
  ['7', /more than a million values/],
  ['{"a":"\\""}', /more than a million values/],
])('an answer of millions of %s is not parsed', async (value, message) => {
  const { ask } = await served({ rewrite: () => `{"data":{"rows":[${`${value},`.repeat(1_100_000)}0]}}` })
  await expect(ask()).rejects.toThrow(message)
})

test('a text of millions of commas and brackets is a text', async () => {
  const text = `${',{[\\"'.repeat(500_000)}`
  const { ask } = await served({ rewrite: () => JSON.stringify({ data: { rows: [{ text }] } }) })
  expect(await ask()).toEqual({ rows: [{ text: text.slice(0, 64 * 1024) }] })
})

test.each([200, 400, 500])('an error of 15 MB is cut, with status %i', async (status) => {
  for (const message of ['cannot represent ', 'cannot represent a: ', 'a', '@', 'Field "']) {
    const body = JSON.stringify({ errors: [{ message: message.repeat((15 * MEGABYTE) / message.length) }] })
    const url = await serving((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    const error = await failure(url)
    expect(error.name).toMatch(/^Query(NodeError|Refused)$/)
    expect(error.message.length).toBeLessThan(500)
  }
})

test('an answer with a million errors names the first ones', async () => {
  const body = JSON.stringify({ errors: Array.from({ length: 300_000 }, (_, n) => ({ message: `Number ${n}` })) })
  const url = await serving((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  await expect(connectQueryNode(url).request(query, {})).rejects.toThrow(
    /answered with an error: Number 0; Number 1; .*…$/,
  )
})

test('an error that quotes the address shows no part of its key', async () => {
  const key = 'k'.repeat(200)
  for (let before = 0; before < 400; before += 13) {
    const url = await serving((request, response) => {
      const message = `${'x '.repeat(before / 2)}http://${request.headers.host}${request.url} is wrong`
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ message }] }))
    })
    const error = await failure(`${url}?key=${key}`)
    expect(error.message).not.toContain('kkk')
  }
})
