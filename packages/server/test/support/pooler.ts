import { createServer, type Socket } from 'node:net'
import pg from 'pg'
import { onTestFinished } from 'vitest'

const SSL_REQUEST = 80_877_103
const SESSIONS = 5

/** What a pooler does with a connection's options. PgBouncer does either, by its configuration. */
export type Habit = 'refuses options' | 'ignores options'

/** A pooler in transaction mode: each transaction gets the session that has rested longest. @returns its URL */
export async function startPooler(url: string, habit: Habit): Promise<string> {
  const idle: Socket[] = []
  const waiting: ((session: Socket) => void)[] = []
  const clients: pg.Client[] = []
  const free = (session: Socket) => {
    const next = waiting.shift()
    if (next) next(session)
    else idle.push(session)
  }
  for (let n = 0; n < SESSIONS; n++) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    clients.push(client)
    const session = client.connection.stream as Socket
    session.removeAllListeners('data')
    session.once('end', () => {
      if (idle.includes(session)) idle.splice(idle.indexOf(session), 1)
    })
    idle.push(session)
  }

  async function serve(socket: Socket): Promise<void> {
    let session: Socket | undefined
    const ended = () => void socket.end()
    const relay = frames((type, frame) => {
      socket.write(frame)
      // ReadyForQuery outside of a transaction: the session is anybody's again.
      if (type !== 'Z' || frame.at(-1) !== 'I'.charCodeAt(0) || !session) return
      session.off('data', relay).off('end', ended)
      free(session)
      session = undefined
    })
    let ready = Promise.resolve()
    socket.on('data', (data) => {
      ready = ready.then(async () => {
        if (data[0] === 'X'.charCodeAt(0)) return void socket.end()
        session ??= idle.shift() ?? (await new Promise<Socket>((resolve) => waiting.push(resolve)))
        if (!session.listeners('data').includes(relay)) session.on('data', relay).on('end', ended)
        session.write(data)
      })
    })
  }

  const server = createServer((socket) => {
    socket.on('error', () => {})
    const greet = (data: Buffer) => {
      if (data.readInt32BE(4) === SSL_REQUEST) return void socket.once('data', greet).write('N')
      if (habit === 'refuses options' && data.includes('options\0')) {
        return void socket.end(message('E', 'SFATAL\0C08P01\0Munsupported startup parameter: options\0\0'))
      }
      void serve(socket)
      socket.write(Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I')]))
    }
    socket.once('data', greet)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    for (const client of clients) (client.connection.stream as Socket).destroy()
  })
  const address = new URL(url)
  address.hostname = '127.0.0.1'
  address.port = String((server.address() as { port: number }).port)
  return address.href
}

function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
}

/** Calls back with each message of PostgreSQL, however the network cuts them. */
function frames(each: (type: string, frame: Buffer) => void) {
  let rest = Buffer.alloc(0)
  return (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1
      const frame = rest.subarray(0, end)
      rest = rest.subarray(end)
      each(String.fromCharCode(frame[0] ?? 0), frame)
    }
  }
}
