import { createChain, startQueryNode } from 'query-node'
import { addMembers, bench, inNotifier, numbers, startOver } from './support.ts'

/** `npm run bench:idle -- --members 100000`: a whole run when nothing is new and nothing is due. */
const { members } = numbers('idle', 'Measures a run with nothing new and nothing due', { members: 100_000 })

await bench('idle', async (bench) => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 60_000) })
  chain.block(() => chain.announcingPeriodStarted())
  const queryNode = await startQueryNode(chain)
  try {
    await addMembers(bench, 0, members - 1)
    await startOver(bench, chain.head)
    const { seconds, peakMemoryMb, sqlStatements, notifications } = await inNotifier('run', bench, queryNode)
    if (notifications) throw new Error(`It was not idle: ${notifications} notifications`)
    return { members, seconds, peakMemoryMb, queryNodeRequests: queryNode.requests.count, sqlStatements }
  } finally {
    await queryNode.close()
  }
})
