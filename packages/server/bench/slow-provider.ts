import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that takes every request as SendGrid does, some milliseconds after it has it. It reports its URL to the parent. */
const ms = Number(process.argv[2])

const server = createServer(async (request, response) => {
  for await (const _ of request);
  await sleep(ms)
  response.writeHead(202, { 'X-Message-Id': 'bench' }).end()
})
process.once('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
