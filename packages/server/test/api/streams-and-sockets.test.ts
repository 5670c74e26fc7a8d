import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { limitConnections } from '../../src/api/connection-limit.ts'
import { serveApi } from '../support/api.ts'
import { watch } from '../support/live.ts'
import { stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

// Other systems have one address on the loopback.
const onLinux = test.runIf(process.platform === 'linux')

test('a member has 20 streams at most, and another one when a tab is closed', async () => {
  const story = await createStory()
  const [bob, carol] = [await story.member('bob'), await story.member('carol')]
  await story.begins()
  const api = await serveApi(story)
  const tabs = await Promise.all(Array.from({ length: 20 }, () => watch(api.url, api.tokenOf(bob))))
  const refused = await watch(api.url, api.tokenOf(bob))
  expect(refused.status).toBe(200)
  expect((await refused.next())?.errors).toMatchObject([
    { message: expect.stringContaining('20 live streams open'), extensions: { code: 'RATE_LIMITED' } },
  ])
  expect(await refused.next()).toBeUndefined()

  // Carol's stream is open: it hears the news, and so do Bob's.
  const carols = await watch(api.url, api.tokenOf(carol))
  tabs.pop()?.leave()
  await until(() => api.log.some((line) => line.includes('notificationAdded') && !line.includes('RATE_LIMITED')))
  const again = await watch(api.url, api.tokenOf(bob))
  story.chain.announcingPeriodStarted()
  await story.notify()
  for (const tab of [...tabs, again, carols]) expect(await tab.take(1)).toHaveLength(1)
})

test('a network has 100 streams at most, whoever opens them, and another one has its own', async () => {
  const story = await createStory()
  const members = await Promise.all(
    ['alice', 'bob', 'carol', 'dave', 'erin', 'faythe'].map((name) => story.member(name)),
  )
  await story.begins()
  const api = await serveApi(story, { trustedProxies: 1 })
  const open = (n: number, from: string) => {
    const member = members[n % members.length]
    return watch(api.url, member ? api.tokenOf(member) : '', 0, { 'x-forwarded-for': from })
  }
  await Promise.all(Array.from({ length: 100 }, (_, n) => open(n, `2001:db8::${n}`)))
  const refused = await open(0, '2001:db8::ffff')
  expect((await refused.next())?.errors?.[0]).toMatchObject({
    message: expect.stringContaining('Your network has 100 live streams open'),
    extensions: { code: 'RATE_LIMITED' },
  })
  const elsewhere = await open(1, '2001:db8:0:1::1')
  story.chain.announcingPeriodStarted()
  await story.notify()
  expect(await elsewhere.take(1)).toHaveLength(1)
})

/** A server with its limits; its log; and connections to it, from an address of the loopback. */
async function serve({ most, trustedProxies }: { most: number; trustedProxies?: number }) {
  const log: string[] = []
  const server = createServer((_req, res) => void res.end('hello'))
  limitConnections(server, pino({}, { write: (line: string) => void log.push(line) }), { most, trustedProxies })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const sockets = new Set<Socket>()
  async function open(localAddress: string): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    onTestFinished(() => void socket.destroy())
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    // Otherwise nobody notices that the server closes it.
    socket.resume()
    await once(socket, 'connect')
    return socket
  }
  return {
    log,
    sockets,
    open,
    openMany: (count: number, from: string) => Promise.all(Array.from({ length: count }, () => open(from))),
    /** The status of a request. */
    async ask(localAddress: string, headers = {}): Promise<number | undefined> {
      const request = get({ port, host: '127.0.0.1', localAddress, headers, agent: false })
      const [response] = await once(request, 'response')
      response.resume()
      return response.statusCode
    },
  }
}

onLinux('silent sockets of one network take half of the connections, and everybody else is served', async () => {
  const { log, sockets, openMany, ask } = await serve({ most: 40 })
  await openMany(33, '127.0.0.2')
  await until(() => sockets.size === 20)
  expect(await ask('127.0.0.3')).toBe(200)
  await expect(ask('127.0.0.2')).rejects.toThrow()
  expect(log.filter((line) => line.includes('A network has 20 connections open'))).toHaveLength(1)
  for (const socket of sockets) socket.destroy()
  await until(() =>
    ask('127.0.0.2')
      .catch(() => 0)
      .then((status) => status === 200),
  )
})

onLinux('the connections of a proxy are not limited, configured or not', async () => {
  const configured = await serve({ most: 40, trustedProxies: 1 })
  await configured.openMany(33, '127.0.0.2')
  expect(await configured.ask('127.0.0.2')).toBe(200)

  const unknown = await serve({ most: 40 })
  expect(await unknown.ask('127.0.0.2', { 'x-forwarded-for': '198.51.100.1' })).toBe(200)
  await unknown.openMany(33, '127.0.0.2')
  expect(await unknown.ask('127.0.0.2')).toBe(200)

  const none = await serve({ most: 40, trustedProxies: 0 })
  expect(await none.ask('127.0.0.2', { 'x-forwarded-for': '198.51.100.1' })).toBe(200)
  await none.openMany(33, '127.0.0.2')
  await until(() => none.sockets.size === 20)
  expect([...configured.log, ...unknown.log]).toEqual([])
})

test('when nearly all connections are taken, those that have waited longest for a request are closed', async () => {
  const { sockets, open, openMany, ask } = await serve({ most: 20 })
  const first = await open('127.0.0.1')
  await openMany(18, '127.0.0.1')
  expect(sockets.size).toBe(19)
  const closed = once(first, 'close')
  const now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 5_001)
  onTestFinished(() => clock.mockRestore())
  await closed
  await until(() => sockets.size === 18)
  expect(await ask('127.0.0.1')).toBe(200)
})

onLinux(
  'strangers who pretend to be proxies are forgotten, and do not keep the real one from being known',
  async () => {
    const { ask, openMany, sockets } = await serve({ most: 40 })
    const forwarded = { 'x-forwarded-for': '198.51.100.1' }
    expect(await ask('127.0.0.2', forwarded)).toBe(200)
    for (let n = 0; n < 1_000; n++) await ask(`127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`, forwarded)
    await openMany(25, '127.0.0.2')
    await until(() => sockets.size === 20)
    for (const socket of sockets) socket.destroy()

    expect(await ask('127.0.0.3', forwarded)).toBe(200)
    await openMany(25, '127.0.0.3')
    expect(await ask('127.0.0.3')).toBe(200)
  },
)

/** A client that asks again and again, and reads nothing. */
async function mute(url: string) {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.pause()
  return {
    ask: (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\n\r\n`),
    isClosed: () => socket.destroyed,
  }
}

test.each([
  ['makes no progress', { idleMs: 300, answerMs: 600_000 }],
  ['is not read in time', { idleMs: 0, answerMs: 300 }],
])('the API closes a connection whose answer %s', async (_, patience) => {
  const story = await createStory()
  const api = await serveApi(story, { graphiql: true, patience })
  const client = await mute(api.url)
  await until(() => {
    client.ask('/')
    return client.isClosed()
  })
})

test('a live stream outlives the time in which an answer has to be read', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  const api = await serveApi(story, { graphiql: true, patience: { idleMs: 0, answerMs: 500 } })
  let stream: Awaited<ReturnType<typeof watch>> | undefined
  // The first answers can take longer.
  await until(async () => {
    stream = await watch(api.url, api.tokenOf(bob)).catch(() => undefined)
    return stream?.status === 200
  })
  // Its time begins after the stream's.
  const client = await mute(api.url)
  await until(() => {
    client.ask('/')
    return client.isClosed()
  })
  story.chain.announcingPeriodStarted()
  await story.notify()
  expect(await stream?.take(1)).toHaveLength(1)
})
