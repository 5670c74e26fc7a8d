import { createChain, startQueryNode } from 'query-node'
import { addMembers, againstBareInsert, bench, inNotifier, numbers, startOver } from './support.ts'

/**
 * `npm run bench:fanout -- --members 100000 --digests 20`: one event that every member is notified of, in the app and by email. The
 * last number is the share of members with digests, in percent.
 */
const { members, runs, digests } = numbers('fanout', 'Measures one event that everybody is notified of', {
  members: 100_000,
  runs: 3,
  digests: 0,
})
const FEW = 1_000

await bench('fanout', async (bench) => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 60_000) })
  chain.emptyBlocks(0)
  const block = chain.head
  chain.block(() => chain.announcingPeriodStarted())
  const queryNode = await startQueryNode(chain)
  try {
    await addMembers(bench, 0, FEW - 1, digests)
    await startOver(bench, block)
    const few = await inNotifier('readAndRecord', bench, queryNode)

    await bench.sql.query('TRUNCATE "Member" CASCADE')
    await addMembers(bench, 0, members - 1, digests)
    const result = await againstBareInsert(bench, queryNode, block, runs)
    if (result.rows !== 2 * members) throw new Error(`${result.rows} rows for ${members} members`)
    return { members, digests, ...result, peakMemoryMbAt1000Members: few.peakMemoryMb }
  } finally {
    await queryNode.close()
  }
})
