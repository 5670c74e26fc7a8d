import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * What a mail server replies; `hang up` ends the connection, `say nothing` leaves the client waiting, and `drip` never
 * ends a reply.
 */
export type Replies = {
  greeting?: string
  hello?: string
  startTls?: string
  login?: string
  sender?: string
  recipient?: string
  data?: string
  message?: string
}

const FRIENDLY: Required<Replies> = {
  greeting: '220 hello',
  hello: '250-here\r\n250 AUTH PLAIN',
  startTls: '502 5.5.1 Unknown command',
  login: '235 2.7.0 Welcome',
  sender: '250 2.1.0 Ok',
  recipient: '250 2.1.5 Ok',
  data: '354 Go on',
  message: '250 2.0.0 Ok: queued as 4C2D1',
}

/**
 * A mail server that follows a script, until the test ends. It keeps the commands and the messages that it received. A
 * test may change the script.
 */
export async function startScript(replies: Replies) {
  const script = { ...FRIENDLY, ...replies }
  const commands: string[] = []
  const messages: string[] = []
  const server = createServer((socket) => {
    let inMessage = false
    let message: string[] = []
    let received = ''
    const reply = (name: keyof Replies) => say(socket, script[name])
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk
      for (let end = received.indexOf('\r\n'); end >= 0; end = received.indexOf('\r\n')) {
        const line = received.slice(0, end)
        received = received.slice(end + 2)
        if (inMessage && line !== '.') {
          message.push(line.replace(/^\./, ''))
          continue
        }
        commands.push(line)
        if (inMessage) {
          messages.push(message.join('\r\n'))
          message = []
          reply('message')
        } else if (/^(EHLO|HELO)/.test(line)) reply('hello')
        else if (/^STARTTLS/.test(line)) reply('startTls')
        else if (/^AUTH/.test(line)) reply('login')
        else if (/^MAIL/.test(line)) reply('sender')
        else if (/^RCPT/.test(line)) reply('recipient')
        else if (/^DATA/.test(line)) reply('data')
        else say(socket, /^QUIT/.test(line) ? '221 Bye' : '250 Ok')
        inMessage = /^DATA/.test(line) && script.data.startsWith('354')
      }
    })
    reply('greeting')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, commands, messages, script }
}

function say(socket: Socket, reply: string) {
  if (reply === 'hang up') socket.destroy()
  else if (reply === 'drip') {
    const timer = setInterval(() => socket.write('250-and\r\n'), 100)
    socket.on('close', () => clearInterval(timer))
  } else if (reply !== 'say nothing') socket.write(`${reply}\r\n`)
}
