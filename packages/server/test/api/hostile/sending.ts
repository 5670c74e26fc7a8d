import { Agent, request } from 'node:http'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import type { HostileRequest } from './http.ts'

/** A connection without an answer counts as left hanging after this time. */
const PATIENCE_MS = 120_000

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

type Answer = { status: number; body: string }

export async function sendRequest(url: string, hostile: HostileRequest): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { method, path, headers, body } = hostile
  const { hostname, port } = new URL(url)
  const outgoing = request({
    hostname,
    port,
    method,
    path,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    agent,
  })
  const timer = setTimeout(() => outgoing.destroy(new Error('No answer')), PATIENCE_MS)
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    // The server closed the idle connection just before this request reused it.
    if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(sendRequest(url, hostile))
    else reject(error)
  })
  outgoing.on('response', (answer) => {
    text(answer).then((received) => resolve({ status: answer.statusCode ?? 0, body: received }), reject)
  })
  outgoing.end(body)
  return promise.finally(() => clearTimeout(timer))
}

/** Writes the bytes, closes the writing side, and returns everything received. */
export async function sendBytes(url: string, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const { hostname, port } = new URL(url)
  const socket = createConnection({ host: hostname, port: Number(port), allowHalfOpen: true })
  const received: Buffer[] = []
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('Left hanging')))
  socket.on('data', (chunk) => received.push(chunk))
  // The server may disconnect while the test still writes.
  socket.on('error', (error) => (/ECONNRESET|EPIPE/.test(String(error)) ? undefined : reject(error)))
  socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')))
  socket.on('end', () => socket.end())
  socket.end(bytes, 'latin1')
  return promise
}
