import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { cancel, enqueue } from '../../src/outbox/enqueue.ts'
import type { Outcome, OutgoingEmail } from '../../src/outbox/provider.ts'
import { reasonText } from '../../src/outbox/reasons.ts'
import { recordingProvider, stories } from '../support/story.ts'

const createStory = stories()
const closed: Outcome = { result: 'unavailable', reason: 'closed' }

/** Three members whose emails wait, until the provider opens. */
async function waiting() {
  const sent: OutgoingEmail[] = []
  let isOpen = false
  const provider = recordingProvider(sent, () => (isOpen ? { result: 'sent', messageId: null } : closed))
  const story = await createStory({ provider })
  story.expectLog(/Sending has stopped/)
  for (const name of ['alice', 'bob', 'carol']) await story.member(name)
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  return {
    story,
    sent,
    emails: () => story.db.email.findMany({ orderBy: { id: 'asc' } }),
    async open() {
      isOpen = true
      await story.pauseEnds()
    },
  }
}

test('an email about two notifications is sent once', async () => {
  const { story, sent, emails, open } = await waiting()
  await story.db.notification.updateMany({ where: { emailId: 2 }, data: { emailId: 1 } })
  await story.db.email.delete({ where: { id: 2 } })
  await open()
  expect((await story.notify()).emails).toMatchObject({ sent: 2, ignored: 0 })
  expect(sent.map(({ id }) => id)).toEqual([1, 3])
  expect((await emails()).map(({ status, attempts }) => [status, attempts])).toEqual([
    ['SENT', 1],
    ['SENT', 1],
  ])
})

test('an email whose content cannot be read fails alone, and says what is wrong', async () => {
  const { story, sent, emails, open } = await waiting()
  await story.db.notification.updateMany({ where: { emailId: 2 }, data: { kind: 'OF_A_LATER_VERSION' } })
  await open()
  expect((await story.notify()).emails).toMatchObject({ sent: 2, retrying: 1 })
  expect(sent.map(({ id }) => id)).toEqual([1, 3])
  expect((await emails())[1]).toMatchObject({ status: 'PENDING', attempts: 1 })
  expect((await emails())[1]?.reason).toMatch(/^attempt 1 of 3: .*a kind that this version lacks/s)
})

test('a type of email that this version lacks waits for a notifier that has it', async () => {
  const { story, sent, emails, open } = await waiting()
  await story.db.email.updateMany({ where: { id: 2 }, data: { type: 'of-a-later-version' } })
  await open()
  expect((await story.notify()).emails).toMatchObject({ sent: 2, retrying: 0, failed: 0 })
  expect(sent.map(({ id }) => id)).toEqual([1, 3])
  expect((await emails())[1]).toMatchObject({ status: 'PENDING', attempts: 0, leaseUntil: null })
})

test('while the content of emails cannot be loaded, no attempt counts and no lease is kept', async () => {
  const { story, emails, open } = await waiting()
  await open()
  await story.db.$executeRaw`ALTER TABLE "Event" RENAME COLUMN data TO "data_"`
  try {
    await expect(story.notify()).rejects.toThrow(/data/)
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Event" RENAME COLUMN "data_" TO data`
  }
  for (const { status, attempts, leaseUntil } of await emails()) {
    expect({ status, attempts, leaseUntil }).toEqual({ status: 'PENDING', attempts: 0, leaseUntil: null })
  }
  expect((await story.notify()).emails.sent).toBe(3)
})

test('an operator who deletes an email leaves a notification that says so', async () => {
  const { story, open } = await waiting()
  await story.db.email.delete({ where: { id: 2 } })
  await open()
  expect((await story.notify()).emails.sent).toBe(2)
  const notification = await story.db.notification.findFirstOrThrow({ where: { memberId: 1 } })
  expect(notification).toMatchObject({ emailId: null, emailStatus: null })
})

test('what is enqueued and cancelled is counted, and only waiting emails are cancelled', async () => {
  const { story, emails, open } = await waiting()
  await open()
  const { db, pool } = story
  await inTransaction(pool, async (transaction) => {
    const id = await enqueue(transaction, { memberId: 1, type: 'verification', address: 'new@example.org' })
    expect(id).toBe(4)
    expect(await cancel(transaction, Prisma.sql`"memberId" < 2`, 'EMAILS_OFF')).toBe(3)
  })
  expect((await emails()).map(({ status, reason }) => [status, reason])).toEqual([
    ['IGNORED', 'EMAILS_OFF'],
    ['IGNORED', 'EMAILS_OFF'],
    ['PENDING', 'closed'],
    ['IGNORED', 'EMAILS_OFF'],
  ])
  await story.notify()
  expect(await inTransaction(pool, (transaction) => cancel(transaction, Prisma.sql`true`, 'EMAILS_OFF'))).toBe(0)
  const counters = await db.counter.findMany({ where: { name: { in: ['emails_enqueued_total', 'outbox_emails'] } } })
  expect(counters.map(({ labels, value }) => [JSON.stringify(labels), value]).sort()).toEqual([
    ['{"status":"IGNORED"}', 3],
    ['{"status":"SENT"}', 1],
    ['{"type":"notification"}', 3],
    ['{"type":"verification"}', 1],
  ])
})

test('a stored reason is a code with a text, or a text of its own', () => {
  expect(reasonText('TOO_OLD')).toBe('too old')
  expect(reasonText('recorded by the replaced backend, which did not send it')).toMatch(/^recorded by/)
  expect(reasonText('toString')).toBe('toString')
})
