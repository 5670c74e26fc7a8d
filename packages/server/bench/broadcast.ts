import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createChain, startQueryNode } from 'query-node'
import { connect } from '../src/db/client.ts'
import { storePublicUrl } from '../src/members/public-url.ts'
import { addMembers, bench, inNotifier, numbers, rounded, startOver } from './support.ts'

/**
 * `npm run bench:broadcast -- --members 100000`: one event to everyone, from a block that the query node has to the last
 * email that SendGrid has, by an API that takes a tenth of a second for each request. Seconds.
 */
const { members, providerMs } = numbers('broadcast', 'Measures one event to everyone, until the last email is sent', {
  members: 100_000,
  providerMs: 100,
})

await bench('broadcast', async (bench) => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 60_000) })
  chain.emptyBlocks(0)
  const block = chain.head
  chain.block(() => chain.announcingPeriodStarted())
  const queryNode = await startQueryNode(chain)
  const provider = fork(join(import.meta.dirname, 'slow-provider.ts'), [String(providerMs)])
  try {
    const [providerUrl] = await once(provider, 'message')
    await addMembers(bench, 0, members - 1)
    const { pool, close } = connect(bench.url)
    await storePublicUrl(pool, 'https://notifications.example.org')
    await close()
    await startOver(bench, block)
    const { seconds, emailsSent, requests, milestones, peakMemoryMb } = await inNotifier(
      'broadcast',
      bench,
      queryNode,
      providerUrl,
    )
    if (emailsSent !== members) throw new Error(`${emailsSent} of ${members} emails were sent`)
    const { read, firstRecorded, recorded, firstTaken, lastTaken } = milestones
    return {
      members,
      providerMs,
      requests,
      reading: read,
      firstPart: rounded(firstRecorded - read, 3),
      audience: rounded(recorded - read, 3),
      firstHandOver: firstTaken,
      lastHandOver: lastTaken,
      seconds,
      peakMemoryMb,
    }
  } finally {
    provider.disconnect()
    await queryNode.close()
  }
})
