import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../support/until.ts'
import { ME, readiness, request, tokenOf } from './support/client.ts'
import { services } from './support/service.ts'

const createService = services()
const FILES = 256
const CLIENTS = 300

/** A live stream on its own connection, like a browser tab's, until the end of the test. */
function watch(url: string, memberId: number) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  const stream = { heard: '', closed: false, leave: () => socket.destroy() }
  socket.on('data', (chunk) => {
    stream.heard += chunk
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    stream.closed = true
  })
  const body = JSON.stringify({ query: 'subscription { notificationAdded { id } }' })
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${tokenOf(memberId)}\r\n` +
      'Accept: text/event-stream\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  )
  return stream
}

test('all, with 256 files and 300 clients who watch: some are turned away, the others hear all, and so do the emailed', async () => {
  const service = await createService()
  const all = service.start('all', {}, { files: FILES })
  const url = await all.url()
  const streams = Array.from({ length: CLIENTS }, (_, n) => watch(url, 1 + (n % 20)))
  await until(() => streams.every(({ heard, closed }) => closed || heard.includes('200 OK')))
  const watching = streams.filter(({ closed }) => !closed)
  expect(watching.length).toBeGreaterThan(100)
  expect(watching.length).toBeLessThan(FILES)

  service.news(2)
  await service.allTold()
  await until(() => watching.every(({ heard }) => heard.match(/notificationAdded/g)?.length === 2))
  expect(all.problems()).toEqual([
    expect.stringMatching(
      /^\d+ clients are connected, the most that 256 open files allow. New connections are refused/,
    ),
  ])
  await expect(request(url, ME)).rejects.toThrow()

  for (const { leave } of streams) leave()
  await until(async () => (await readiness(url).catch(() => 0)) === 200)
  expect((await request(url, ME)).data).toEqual({ me: { id: 1, name: 'member-1' } })
  await service.expectAllTold()
  expect(service.mail.twice()).toEqual([])
  all.kill('SIGTERM')
  expect(await all.exit).toEqual([0, null])
})

for (const role of ['notify', 'worker'] as const) {
  test(`${role} needs no more than 256 files to send a thousand emails`, async () => {
    const service = await createService(400)
    service.news(3)
    const process = service.start(role, {}, { files: FILES })
    await service.allTold()
    if (role === 'worker') process.kill('SIGTERM')
    expect(await process.exit).toEqual([0, null])
    expect(process.problems()).toEqual([])
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })
}
