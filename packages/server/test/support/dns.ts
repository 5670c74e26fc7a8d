import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { decode, encode } from 'dns-packet'
import { onTestFinished } from 'vitest'

/** A DNS server on a local port, until the test ends. `records`: texts by name; a null is a server that fails. */
export async function startDns(records: Record<string, string[] | null>) {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const { id, questions = [] } = decode(message)
    const name = questions[0]?.name.toLowerCase() ?? ''
    asked.push(name)
    const texts = records[name]
    // 2: SERVFAIL, 3: NXDOMAIN (RFC 1035).
    const code = texts === null ? 2 : texts ? 0 : 3
    const answers = (texts ?? []).map((text) => ({ type: 'TXT' as const, name, ttl: 0, data: partsOf(text) }))
    socket.send(encode({ type: 'response', id, flags: 0x8180 | code, questions, answers }), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  return { server: `127.0.0.1:${(socket.address() as AddressInfo).port}`, asked }
}

const partsOf = (text: string) => text.match(/.{1,200}/gs) ?? ['']
