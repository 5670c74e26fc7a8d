import { setInterval } from 'node:timers/promises'
import { listening, numberIn, readOptions } from './arguments.ts'
import { continueSample } from './sample/continue.ts'
import { sampleBlocks, sampleChain } from './sample/story.ts'
import { startQueryNode } from './server.ts'

const DAY_SECONDS = 86_400
const COMMAND = 'npm run dev:query-node --'
const options = readOptions(COMMAND, 'Serves a query node with a sample chain that grows', {
  port: { description: 'where it listens', byDefault: '4350' },
  host: { description: 'the address that it listens on', byDefault: '127.0.0.1' },
  'seconds-per-block': { description: 'how fast the chain grows', byDefault: '6' },
  seed: { description: 'a number that decides the sample', byDefault: '1' },
})
const port = numberIn(COMMAND, 'port', options.port, (n) => Number.isInteger(n) && n >= 0 && n < 65_536)
const secondsPerBlock = numberIn(
  COMMAND,
  'seconds-per-block',
  options['seconds-per-block'],
  (n) => n > 0 && n <= DAY_SECONDS,
)
const seed = numberIn(COMMAND, 'seed', options.seed, Number.isInteger)
const msPerBlock = secondsPerBlock * 1000

const genesisTime = new Date(Date.now() - sampleBlocks * msPerBlock)
const sample = sampleChain({ seed, genesisTime, msPerBlock })
const queryNode = await listening(port, () => startQueryNode(sample.chain, { port, host: options.host }))
console.log(`Query node: ${queryNode.url} (head: block ${sample.chain.head}; a new block every ${secondsPerBlock} s)`)

for await (const _ of setInterval(msPerBlock)) {
  const sentence = continueSample(sample)
  console.log(`Block ${sample.chain.head}: ${sentence}`)
}
