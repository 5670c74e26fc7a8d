import { setInterval } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { continueSample } from './sample/continue.ts'
import { sampleBlocks, sampleChain } from './sample/story.ts'
import { startQueryNode } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4350' },
    host: { type: 'string', default: '127.0.0.1' },
    'seconds-per-block': { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
  },
})
const secondsPerBlock = Number(values['seconds-per-block'])
if (!(secondsPerBlock > 0)) throw new Error('--seconds-per-block must be a number above 0')
const msPerBlock = secondsPerBlock * 1000

const genesisTime = new Date(Date.now() - sampleBlocks * msPerBlock)
const sample = sampleChain({ seed: Number(values.seed), genesisTime, msPerBlock })
const queryNode = await startQueryNode(sample.chain, { port: Number(values.port), host: values.host })
console.log(`Query node: ${queryNode.url} (head: block ${sample.chain.head}; a new block every ${secondsPerBlock} s)`)

for await (const _ of setInterval(msPerBlock)) {
  const sentence = continueSample(sample)
  console.log(`Block ${sample.chain.head}: ${sentence}`)
}
