import { setInterval } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { continueSample } from './sample/continue.ts'
import { sampleBlocks, sampleChain } from './sample/story.ts'
import { startQueryNode } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4350' },
    host: { type: 'string', default: '127.0.0.1' },
    every: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
  },
})
const msPerBlock = Number(values.every) * 1000
if (!(msPerBlock > 0)) throw new Error('--every takes the seconds from one block to the next')

const genesisTime = new Date(Date.now() - sampleBlocks * msPerBlock)
const sample = sampleChain({ seed: Number(values.seed), genesisTime, msPerBlock })
const queryNode = await startQueryNode(sample.chain, { port: Number(values.port), host: values.host })
console.log(`Query node: ${queryNode.url} (block ${sample.chain.head}, one more every ${values.every} s)`)

for await (const _ of setInterval(msPerBlock)) {
  const sentence = continueSample(sample)
  console.log(`Block ${sample.chain.head}: ${sentence}`)
}
