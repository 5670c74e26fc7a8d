import assert from 'node:assert/strict'
import { createChain, startQueryNode } from 'query-node'
import { addMembers, bench, inNotifier, numbers, startOver } from './support.ts'

/**
 * `npm run bench:deadlines -- --members 10000 --voters 1000`: a run in which members who have not voted for the council
 * are reminded, without the sending, and a whole run after it, in which nothing is due.
 */
const { members, voters } = numbers('deadlines', 'Measures a run in which a deadline is due', {
  members: 10_000,
  voters: 1_000,
})

const HOUR_MS = 3_600_000
const HOUR_BLOCKS = 600
/** Of the voting stage. */
const PAST_HOURS = 50
const LEFT_HOURS = 23

await bench('deadlines', async (bench) => {
  const chain = createChain({ genesisTime: new Date(Date.now() - PAST_HOURS * HOUR_MS) })
  const people = Array.from({ length: voters }, (_, n) => chain.memberJoins(`voter-${n}`))
  chain.commitBlock()
  chain.votingPeriodStarted({
    candidates: people.slice(0, 12),
    endsAt: chain.openBlock + (PAST_HOURS + LEFT_HOURS) * HOUR_BLOCKS,
  })
  for (const { address } of people) chain.voteCast(address)
  chain.commitBlock()
  const queryNode = await startQueryNode(chain)
  try {
    await addMembers(bench, 0, members - 1)
    await startOver(bench, chain.head)
    const due = await inNotifier('readAndRecord', bench, queryNode)
    // The ids of the chain begin at 0 or 1: all voters are among the members.
    assert.equal(due.notifications, members - voters)
    const queryNodeRequests = queryNode.requests.count
    queryNode.requests.reset()
    await bench.sql.query(`UPDATE "Email" SET status = 'IGNORED'`)
    const idle = await inNotifier('run', bench, queryNode)
    assert.equal(idle.notifications, 0)
    return {
      members,
      voters,
      seconds: due.seconds,
      queryNodeRequests,
      notifications: due.notifications,
      peakMemoryMb: due.peakMemoryMb,
      idleSeconds: idle.seconds,
      idleQueryNodeRequests: queryNode.requests.count,
      idleSqlStatements: idle.sqlStatements,
    }
  } finally {
    await queryNode.close()
  }
})
