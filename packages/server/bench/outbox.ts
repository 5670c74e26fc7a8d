import { createChain, type QueryNode, startQueryNode } from 'query-node'
import { createComposer } from '../src/emails/compose.ts'
import { notification } from '../src/emails/types/notification.ts'
import { announcingPeriodStarted } from '../src/events/council/announcing-period-started.ts'
import { addMembers, type Bench, bench, inNotifier, numbers, rounded, settle, startOver, walBytes } from './support.ts'

/**
 * `npm run bench:outbox -- --emails 100000`: waiting emails, and a provider that answers at once, to each email, to
 * batches, and to batches that it reports by a webhook. A tenth is sent first, to compare peak memory.
 */
const { emails } = numbers('outbox', 'Measures sending emails that wait', { emails: 100_000 })

await bench('outbox', async (bench) => {
  const chain = createChain({ genesisTime: new Date(Date.now() - 60_000) })
  chain.block(() => chain.announcingPeriodStarted())
  const queryNode = await startQueryNode(chain)
  try {
    await addMembers(bench, 0, emails - 1)
    const few = Math.ceil(emails / 10)
    const tenth = await sendAll('run', bench, queryNode, few)
    const single = await sendAll('run', bench, queryNode, emails)
    const batches = await sendAll('runInBatches', bench, queryNode, emails)
    const reported = await sendAll('runReported', bench, queryNode, emails)
    return {
      emails,
      ...figures(single, emails, ''),
      ...figures(batches, emails, 'InBatches'),
      ...figures(reported, emails, 'Reported'),
      emailsPerSecondOfTenth: Math.round(few / tenth.seconds),
      peakMemoryMbOfTenth: tenth.peakMemoryMb,
      msToRender: await msToRender(),
    }
  } finally {
    await queryNode.close()
  }
})

type Sent = Awaited<ReturnType<typeof sendAll>>

function figures({ seconds, requests, ...sent }: Sent, emails: number, how: '' | 'InBatches' | 'Reported') {
  return {
    [`seconds${how}`]: seconds,
    [`emailsPerSecond${how}`]: Math.round(emails / seconds),
    [`requests${how}`]: requests,
    [`requestsPerEmail${how}`]: rounded(requests / emails, 4),
    [`walBytesPerEmail${how}`]: sent.walBytesPerEmail,
    [`peakMemoryMb${how}`]: sent.peakMemoryMb,
    [`sqlStatements${how}`]: sent.sqlStatements,
  }
}

async function sendAll(
  task: 'run' | 'runInBatches' | 'runReported',
  bench: Bench,
  queryNode: QueryNode,
  emails: number,
) {
  await startOver(bench, queryNode.chain.head)
  await bench.sql.query(
    `INSERT INTO "Event" (id, type, block, "time", "entityId", fact, data) VALUES ('1', $1, 1, now(), '1', '1', '{}')`,
    [announcingPeriodStarted.type],
  )
  await bench.sql.query(
    `INSERT INTO "Email" (id, "memberId", type)
     SELECT id + 1, id, 'notification' FROM "Member" WHERE id < $1 ORDER BY id`,
    [emails],
  )
  await bench.sql.query(
    `INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "entityId", "emailId")
     SELECT "memberId", 'ELECTION_ANNOUNCING_STARTED', '1', 1, '1', id FROM "Email" ORDER BY id`,
  )
  await settle(bench)
  const before = await walBytes(bench)
  const measured = await inNotifier(task, bench, queryNode)
  if (measured.emailsSent !== emails) throw new Error(`${measured.emailsSent} of ${emails} emails were sent`)
  return { ...measured, walBytesPerEmail: Math.round(((await walBytes(bench)) - before) / emails) }
}

async function msToRender(): Promise<number> {
  const times = 10_000
  const context = {
    pioneerUrl: 'https://pioneerapp.xyz',
    emailMaxAgeMs: Number.POSITIVE_INFINITY,
    emailSender: 'Pioneer <notifications@example.org>',
  }
  const compose = await createComposer(context)
  const content = {
    address: null,
    receiveEmails: true,
    kind: 'ELECTION_ANNOUNCING_STARTED',
    eventType: announcingPeriodStarted.type,
    eventId: 'OLYMPIA-2000-5',
    eventBlock: 2_000,
    eventTime: new Date(),
    data: {},
  }
  const render = (n: number) => compose(notification.compose({ ...content, name: `member-${n}` }, context))
  for (let n = 0; n < times; n++) render(n)
  const started = performance.now()
  for (let n = 0; n < times; n++) render(n)
  return rounded((performance.now() - started) / times, 4)
}
