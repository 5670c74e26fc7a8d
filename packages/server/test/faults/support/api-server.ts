import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A provider's API that accepts every email, or answers as it is told, until the end of the test. */
export async function startApiServer(
  messageIdIn: (body: string) => string,
  accept: (request: IncomingMessage) => { status: number; body: string },
) {
  const api = {
    url: '',
    /** Message-IDs, in the order in which emails were accepted. */
    taken: [] as string[],
    requests: 0,
    /** Instead of accepting. */
    fault: undefined as RequestListener | undefined,
    /** Nothing listens there any more. */
    close: () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
    open: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
  }
  const server = createServer(async (request, response) => {
    api.requests++
    const received = await text(request)
    if (api.fault) return api.fault(request, response)
    api.taken.push(messageIdIn(received))
    const { status, body } = accept(request)
    response.writeHead(status).end(body)
  })
  let port = 0
  await api.open()
  port = (server.address() as AddressInfo).port
  api.url = `http://127.0.0.1:${port}`
  onTestFinished(() => api.close())
  return api
}
