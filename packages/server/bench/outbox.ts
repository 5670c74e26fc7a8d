import { createChain, type QueryNode, startQueryNode } from 'query-node'
import { createComposer } from '../src/emails/compose.ts'
import { announcingPeriodStarted } from '../src/events/council/announcing-period-started.ts'
import {
  addMembers,
  type Bench,
  bench,
  inNotifier,
  type Measured,
  numbers,
  rounded,
  settle,
  startOver,
} from './support.ts'

/**
 * `npm run bench:outbox -- --emails 100000`: emails that wait, and a provider that takes them one by one and answers at
 * once. A tenth of them goes first: memory has to be the same.
 */
const { emails } = numbers({ emails: 100_000 })

await bench('outbox', async (bench) => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 60_000) })
  chain.block(() => chain.announcingPeriodStarted())
  const queryNode = await startQueryNode(chain)
  try {
    await addMembers(bench, 0, emails - 1)
    const few = Math.ceil(emails / 10)
    const tenth = await sendAll(bench, queryNode, few)
    const { seconds, peakMemoryMb, sqlStatements } = await sendAll(bench, queryNode, emails)
    return {
      emails,
      seconds,
      emailsPerSecond: Math.round(emails / seconds),
      peakMemoryMb,
      sqlStatements,
      emailsPerSecondOfTenth: Math.round(few / tenth.seconds),
      peakMemoryMbOfTenth: tenth.peakMemoryMb,
      msToRender: await msToRender(),
    }
  } finally {
    await queryNode.close()
  }
})

async function sendAll(bench: Bench, queryNode: QueryNode, emails: number): Promise<Measured> {
  await startOver(bench, queryNode.chain.head)
  await bench.sql.query(
    `INSERT INTO "Event" (id, type, block, "time", "entityId", fact, data) VALUES ('1', $1, 1, now(), '1', '1', '{}')`,
    [announcingPeriodStarted.type],
  )
  await bench.sql.query(
    `INSERT INTO "Email" (id, "memberId", type, address)
     SELECT id + 1, id, 'notification', email FROM "Member" WHERE id < $1 ORDER BY id`,
    [emails],
  )
  await bench.sql.query(
    `INSERT INTO "Notification" ("memberId", kind, "eventId", "eventType", "entityId", "emailId")
     SELECT "memberId", 'ELECTION_ANNOUNCING_STARTED', '1', $1, '1', id FROM "Email" ORDER BY id`,
    [announcingPeriodStarted.type],
  )
  await settle(bench)
  const measured = await inNotifier('run', bench, queryNode)
  if (measured.emailsSent !== emails) throw new Error(`${measured.emailsSent} of ${emails} emails were sent`)
  return measured
}

/** Milliseconds for the HTML and the text of one email. */
async function msToRender(): Promise<number> {
  const times = 10_000
  const compose = await createComposer({ pioneerUrl: 'https://pioneerapp.xyz' })
  const render = (n: number) =>
    compose({
      memberName: `member-${n}`,
      type: announcingPeriodStarted.type,
      kind: 'ELECTION_ANNOUNCING_STARTED',
      data: {},
    })
  for (let n = 0; n < times; n++) render(n)
  const started = performance.now()
  for (let n = 0; n < times; n++) render(n)
  return rounded((performance.now() - started) / times, 4)
}
