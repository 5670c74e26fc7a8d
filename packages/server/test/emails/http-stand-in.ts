import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

type Received = { method: string | undefined; path: string | undefined; headers: IncomingHttpHeaders; body: string }

/** A provider's API on a local port, until the test ends. It keeps what it received, then does as it is told. */
export async function startStandIn(respond: RequestListener) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    received.push({ method, path: url, headers, body: await text(request) })
    respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

export const answering =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(body)
  }

export const neverAnswering: RequestListener = () => {}
/** How long to wait for a stand-in that never answers: long enough for the request to reach it on a busy machine. */
export const IMPATIENT_MS = 5_000
export const hangingUp: RequestListener = (request) => request.socket.destroy()

/** An address where nothing listens any more. */
export async function goneAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
