import { parseArgs } from 'node:util'
import { largeChain } from './large-chain.ts'
import { startQueryNode } from './server.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    members: { type: 'string', default: '10000' },
    threads: { type: 'string', default: '5000' },
    depth: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '4350' },
    host: { type: 'string', default: '127.0.0.1' },
  },
})

const { chain, lastSetUpBlock } = largeChain({
  events: Number(values.events),
  members: Number(values.members),
  threads: Number(values.threads),
  categoryDepth: Number(values.depth),
  seed: Number(values.seed),
})
const { url } = await startQueryNode(chain, { port: Number(values.port), host: values.host })
console.log(`Query node: ${url} (head: block ${chain.head}; posts start after block ${lastSetUpBlock})`)
