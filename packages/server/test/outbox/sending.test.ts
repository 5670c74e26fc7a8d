import { expect, test } from 'vitest'
import type { Outcome, OutgoingEmail } from '../../src/outbox/provider.ts'
import { recordingProvider, stories } from '../support/story.ts'

const createStory = stories()

/** An election that three members hear of, and a provider whose answers the test decides. */
async function election(outcome: (email: OutgoingEmail) => Outcome, { age }: { age?: number } = {}) {
  const sent: OutgoingEmail[] = []
  const story = await createStory({ provider: recordingProvider(sent, outcome), age })
  const members = [await story.member('alice'), await story.member('bob'), await story.member('carol')] as const
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  const { db } = story
  return {
    story,
    db,
    sent,
    members,
    emails: () => db.email.findMany({ orderBy: { id: 'asc' } }),
    /** Time passes: what waits for a pause or a lease is due. */
    later: () => db.$executeRaw`
      UPDATE "Email" SET "sendAt" = now(), "leaseUntil" = now() - interval '1 second' WHERE status = 'PENDING'`,
  }
}

const accept: Outcome = { result: 'sent', messageId: 'p-1' }
/** Milliseconds from the record of an attempt to the next attempt. */
const pauseOf = ({ sendAt, updatedAt }: { sendAt: Date; updatedAt: Date }) => sendAt.getTime() - updatedAt.getTime()
const toBob = ({ to }: OutgoingEmail) => to === 'bob@example.org'

test('every member gets the email once, and the notification shows it as sent', async () => {
  const { story, members, sent, emails } = await election(() => accept)
  expect((await story.notify()).emails).toEqual({ sent: 3, ignored: 0, failed: 0, retrying: 0 })
  await story.notify()
  expect(sent.map(({ to }) => to)).toEqual(['alice@example.org', 'bob@example.org', 'carol@example.org'])
  for (const { status, attempts, messageId, sentAt, leaseUntil } of await emails()) {
    expect({ status, attempts, messageId, leaseUntil }).toEqual({
      status: 'SENT',
      attempts: 1,
      messageId: 'p-1',
      leaseUntil: null,
    })
    expect(sentAt).toBeInstanceOf(Date)
  }
  for (const member of members) {
    expect(await story.notificationOf(member)).toMatchObject({ emailStatus: 'SENT', retryCount: 0 })
  }
})

test('an email that fails is tried three times with growing pauses, then fails with its last error', async () => {
  const { story, members, emails, later } = await election((email) =>
    toBob(email) ? { result: 'failed', reason: 'mailbox busy' } : accept,
  )
  const waits: number[] = []
  for (const attempt of [1, 2, 3]) {
    const { emails: summary } = await story.notify()
    expect(summary).toMatchObject(attempt === 1 ? { sent: 2, retrying: 1 } : { sent: 0 })
    const [, bobs] = await emails()
    expect(bobs).toMatchObject({ attempts: attempt, reason: `attempt ${attempt} of 3: mailbox busy` })
    expect(await story.notificationOf(members[1])).toMatchObject({
      emailStatus: attempt === 3 ? 'FAILED' : 'PENDING',
      emailStatusReason: `attempt ${attempt} of 3: mailbox busy`,
      retryCount: attempt,
    })
    if (attempt < 3 && bobs) waits.push(pauseOf(bobs))
    // Not due yet: nothing happens.
    expect((await story.notify()).emails.retrying).toBe(0)
    await later()
  }
  const [first = 0, second = 0] = waits
  expect(first).toBeGreaterThan(50_000)
  expect(second).toBeGreaterThan(first * 4)
  expect((await emails()).map(({ status }) => status)).toEqual(['SENT', 'FAILED', 'SENT'])
})

test('an email that succeeds at its second attempt counts one retry', async () => {
  let attempts = 0
  const { story, members, sent, later } = await election((email) =>
    toBob(email) && attempts++ === 0 ? { result: 'failed', reason: 'timeout' } : accept,
  )
  await story.notify()
  await later()
  await story.notify()
  expect(sent.filter(toBob).length).toBe(1)
  expect(await story.notificationOf(members[1])).toMatchObject({
    emailStatus: 'SENT',
    emailStatusReason: null,
    retryCount: 1,
  })
})

test('an address that does not exist is not retried, and the others get their email', async () => {
  const { story, members, sent, emails } = await election((email) =>
    toBob(email) ? { result: 'rejected', reason: '550 no such mailbox' } : accept,
  )
  expect((await story.notify()).emails).toMatchObject({ sent: 2, failed: 1 })
  expect(sent.length).toBe(2)
  expect((await emails())[1]).toMatchObject({ status: 'FAILED', attempts: 1, reason: '550 no such mailbox' })
  expect(await story.notificationOf(members[1])).toMatchObject({ emailStatus: 'FAILED' })
})

test('a wrong key stops the sending, and no attempt counts', async () => {
  let keyIsRight = false
  const { story, sent, emails } = await election(() =>
    keyIsRight ? accept : { result: 'unavailable', reason: 'the API key is wrong' },
  )
  story.expectLog(/Sending has stopped, emails stay in the outbox: the API key is wrong/)
  expect((await story.notify()).emails).toMatchObject({
    sent: 0,
    failed: 0,
    stopped: { reason: 'the API key is wrong', waitSeconds: 10 },
  })
  expect((await emails()).map(({ status, attempts }) => [status, attempts])).toEqual(Array(3).fill(['PENDING', 0]))
  keyIsRight = true
  await story.pauseEnds()
  expect((await story.notify()).emails.sent).toBe(3)
  expect(sent.length).toBe(3)
})

test('the email of a notifier that died while sending is sent again after two minutes', async () => {
  const { story, db, sent, emails, later } = await election(() => accept)
  await story.notify()
  // As it stands when a notifier dies between hand-over and record: the outcome is unknown.
  await db.$executeRaw`
    UPDATE "Email" SET status = 'PENDING', "sentAt" = NULL, attempts = 1, "leaseUntil" = now() + interval '2 minutes'
    WHERE id = 2`
  expect((await story.notify()).emails.sent).toBe(0)
  await later()
  expect((await story.notify()).emails.sent).toBe(1)
  const [first, second] = sent.filter(toBob)
  expect(second?.messageId).toBe(first?.messageId)
  expect((await emails())[1]).toMatchObject({ status: 'SENT', attempts: 2 })
})

test('an email during which three notifiers died fails as unknown', async () => {
  const { story, db, members, emails, later } = await election((email) =>
    toBob(email) ? { result: 'failed', reason: 'never reached' } : accept,
  )
  await story.notify()
  await db.$executeRaw`UPDATE "Email" SET attempts = 3, reason = NULL WHERE id = 2`
  await later()
  expect((await story.notify()).emails.failed).toBe(1)
  expect((await emails())[1]).toMatchObject({ status: 'FAILED', attempts: 3, reason: /unknown outcome/ })
  expect((await story.notificationOf(members[1])).emailStatusReason).toMatch(/unknown outcome/)
})

test('a member who switched emails off, or lost their address, is not emailed, and the reason is stored', async () => {
  let open = false
  const { story, db, sent, members } = await election(() =>
    open ? accept : { result: 'unavailable', reason: 'closed' },
  )
  story.expectLog(/Sending has stopped/)
  await story.notify()
  const [alice, bob, carol] = members
  await db.member.update({ where: { id: Number(alice.id) }, data: { receiveEmails: false } })
  await db.member.update({ where: { id: Number(bob.id) }, data: { email: null } })
  await db.member.update({ where: { id: Number(carol.id) }, data: { email: 'new@example.org' } })
  open = true
  await story.pauseEnds()
  expect((await story.notify()).emails).toMatchObject({ sent: 1, ignored: 2 })
  expect(sent.map(({ to }) => to)).toEqual(['new@example.org'])
  expect(await story.notificationOf(alice)).toMatchObject({
    emailStatus: 'IGNORED',
    emailStatusReason: 'the member receives no emails',
    retryCount: 0,
  })
  expect(await story.notificationOf(bob)).toMatchObject({
    emailStatus: 'IGNORED',
    emailStatusReason: 'no verified address',
  })
})

test('news that has become too old while waiting is not emailed', async () => {
  let open = false
  const { story, db, sent, members } = await election(() =>
    open ? accept : { result: 'unavailable', reason: 'closed' },
  )
  story.expectLog(/Sending has stopped/)
  await story.notify()
  await db.$executeRaw`UPDATE "Event" SET "time" = now() - interval '4 days'`
  open = true
  await story.pauseEnds()
  expect((await story.notify()).emails).toMatchObject({ sent: 0, ignored: 3 })
  expect(sent).toEqual([])
  for (const member of members) {
    expect(await story.notificationOf(member)).toMatchObject({ emailStatus: 'IGNORED', emailStatusReason: 'too old' })
  }
})

test('without a provider, notifications are recorded and emails are ignored with the reason', async () => {
  const story = await createStory({ provider: null })
  const bob = await story.member('bob')
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  const { notifications, emails } = await story.notify()
  expect(notifications).toBe(1)
  expect(emails).toEqual({ sent: 0, ignored: 1, failed: 0, retrying: 0 })
  expect(await story.notificationOf(bob)).toMatchObject({
    emailStatus: 'IGNORED',
    emailStatusReason: 'no email provider',
  })
})

test('an exception of a provider counts as a failure', async () => {
  const { story, emails } = await election(() => {
    throw new Error('bug in the provider')
  })
  expect((await story.notify()).emails.retrying).toBe(3)
  expect((await emails())[0]?.reason).toBe('attempt 1 of 3: bug in the provider')
})

test('an email whose notification was deleted is not sent and does not stop the next ones', async () => {
  let open = false
  const { story, db, sent, emails } = await election(() =>
    open ? accept : { result: 'unavailable', reason: 'closed' },
  )
  story.expectLog(/Sending has stopped/)
  await story.notify()
  await db.notification.deleteMany({ where: { emailId: 1 } })
  open = true
  await story.pauseEnds()
  expect((await story.notify()).emails).toMatchObject({ sent: 2, ignored: 1 })
  expect(sent.length).toBe(2)
  expect((await emails())[0]).toMatchObject({ status: 'IGNORED', reason: 'SUBJECT_GONE' })
})

test('waiting emails are sent while news cannot be recorded', async () => {
  let open = false
  const { story, db, sent } = await election(() => (open ? accept : { result: 'unavailable', reason: 'closed' }))
  story.expectLog(/Sending has stopped/)
  await story.notify()
  open = true
  await story.pauseEnds()
  story.chain.revealingStageStarted()
  await db.$executeRaw`ALTER TABLE "Event" RENAME COLUMN fact TO "fact_"`
  try {
    await expect(story.notify()).rejects.toThrow(/fact/)
  } finally {
    await db.$executeRaw`ALTER TABLE "Event" RENAME COLUMN "fact_" TO fact`
  }
  expect(sent.length).toBe(3)
  expect((await story.notify()).notifications).toBe(3)
})
