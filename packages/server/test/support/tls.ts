import { readFileSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'

/** An authority, another one, and what the first has signed: a server named localhost and a client. */
export const CERTIFICATES = join(import.meta.dirname, 'certificates')

const SSL_REQUEST = 80_877_103
const read = (name: string) => readFileSync(join(CERTIFICATES, name))

/** Encrypts connections to a PostgreSQL that does not. */
export async function startTls(url: string) {
  const { hostname, port } = new URL(url)
  const secureContext = createSecureContext({
    cert: read('server.pem'),
    key: read('server.key'),
    ca: read('authority.pem'),
  })
  const sockets = new Set<Socket>()
  const clients: (string | undefined)[] = []
  let plain = 0

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (first) => {
      if (first.readInt32BE(4) !== SSL_REQUEST) {
        plain++
        return void pipe(socket, first)
      }
      socket.write('S')
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext,
        requestCert: true,
        rejectUnauthorized: false,
      })
      secure.on('error', () => {})
      secure.once('secure', () => {
        const name: unknown = secure.getPeerCertificate()?.subject?.CN
        clients.push(typeof name === 'string' ? name : undefined)
      })
      pipe(secure)
    })
  })
  function pipe(socket: Socket, first?: Buffer): void {
    const upstream = dial(Number(port), hostname)
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    if (first) upstream.write(first)
    socket.pipe(upstream).pipe(socket)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address() as { port: number }
  return {
    url(host: string): string {
      const through = new URL(url)
      through.hostname = host
      through.port = String(address.port)
      return through.href
    },
    /** The names in the certificates of encrypted connections. */
    clients: () => clients,
    /** How many connections were not encrypted. */
    plain: () => plain,
  }
}
