import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { emailKey, readEmailKey } from '../../src/outbox/email-key.ts'
import { cancel } from '../../src/outbox/enqueue.ts'
import type { Outcome } from '../../src/outbox/provider.ts'
import { serveApi } from '../support/api.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'
import { electionMailed, emailsOf, postAsSendGrid, sendgridEvent, webhookKeys } from '../support/webhooks.ts'

const createStory = stories()

/** The pauses between attempts, and of the provider, are over. */
async function laterRun(story: Story) {
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() WHERE status = 'PENDING'`
  await story.pauseEnds()
  await story.notify()
}

const UNKNOWN: Outcome = { result: 'unknown', reason: 'no answer' }

/** An email about which the provider has not answered. */
async function unanswered() {
  const outcomes: Outcome[] = []
  let handedOver = 0
  const provider = recordingProvider([], () => {
    handedOver++
    return outcomes.shift() ?? UNKNOWN
  })
  const story = await createStory({ provider })
  story.expectLog(/Sending has stopped|Sending is paused/)
  await electionMailed(story, 'alice')
  const api = await serveApi(story, { webhookKeys })
  const [email] = await emailsOf(story)
  if (!email) throw new Error('unreachable')
  const outboxSent = async () =>
    (await story.db.counter.findMany({ where: { name: 'outbox_emails' } })).map(({ labels, value }) => [labels, value])
  return { story, api, email, handedOver: () => handedOver, outboxSent }
}

test.each(['processed', 'delivered', 'deferred', 'bounce', 'dropped', 'spamreport', 'open', 'click'])(
  'an email whose outcome was unknown is sent once a report proves it: %s',
  async (event) => {
    const { story, api, email, handedOver, outboxSent } = await unanswered()
    expect(email).toMatchObject({ status: 'PENDING', failureCode: 'OUTCOME_UNKNOWN', attempts: 1 })
    await postAsSendGrid(api, [sendgridEvent(email, event)])
    await postAsSendGrid(api, [sendgridEvent(email, event)])
    await laterRun(story)
    expect(handedOver()).toBe(1)
    expect((await emailsOf(story))[0]).toMatchObject({
      status: 'SENT',
      reason: null,
      failureCode: null,
      failingSince: null,
      leaseUntil: null,
      attempts: 1,
      messageId: 'aProviderId',
      sentAt: expect.any(Date),
    })
    expect(await outboxSent()).toEqual([[{ status: 'SENT' }, 1]])
  },
)

test('an email that was given up with an unknown outcome is sent once a report proves it', async () => {
  const { story, api, email } = await unanswered()
  await laterRun(story)
  await laterRun(story)
  expect((await emailsOf(story))[0]).toMatchObject({ status: 'FAILED', failureCode: 'OUTCOME_UNKNOWN' })
  await postAsSendGrid(api, [sendgridEvent(email, 'delivered')])
  expect((await emailsOf(story))[0]).toMatchObject({ status: 'SENT', reported: 'delivered', failureCode: null })
})

test.each(['FAILED', 'IGNORED'] as const)(
  'an email that was %s moves in the count of the outbox when a report proves it sent',
  async (status) => {
    const { story, api, email, outboxSent } = await unanswered()
    if (status === 'FAILED') {
      await laterRun(story)
      await laterRun(story)
    } else {
      await inTransaction(story.pool, (transaction) => cancel(transaction, Prisma.sql`id = ${email.id}`, 'MUTED'))
    }
    expect((await emailsOf(story))[0]?.status).toBe(status)
    expect(await outboxSent()).toEqual([[{ status }, 1]])
    await postAsSendGrid(api, [sendgridEvent(email, 'delivered')])
    await postAsSendGrid(api, [sendgridEvent(email, 'bounce', { type: 'bounce' })])
    expect((await outboxSent()).sort()).toEqual([
      [{ status }, 0],
      [{ status: 'SENT' }, 1],
    ])
  },
)

test('a report that is faster than the record of its hand-over, or comes after the death of its notifier, counts', async () => {
  const { story, api, email, handedOver } = await unanswered()
  for (const leaseUntil of [new Date(Date.now() + 100_000), new Date(Date.now() - 1_000)]) {
    await story.db.email.updateMany({
      data: { status: 'PENDING', leaseUntil, failureCode: null, reason: null, address: null, sendAt: new Date() },
    })
    await postAsSendGrid(api, [sendgridEvent(email, 'delivered')])
    expect((await emailsOf(story))[0]).toMatchObject({
      status: 'SENT',
      leaseUntil: null,
      address: 'alice@example.org',
    })
  }
  await story.notify()
  expect(handedOver()).toBe(1)
})

test('a hand-over whose report was faster is counted and recorded once', async () => {
  const reports: (() => Promise<unknown>)[] = []
  const provider = {
    ...recordingProvider([]),
    async send() {
      for (const report of reports) await report()
      return { result: 'sent' as const, messageId: 'late' }
    },
  }
  const story = await createStory({ provider })
  const api = await serveApi(story, { webhookKeys })
  reports.push(async () => {
    const [email] = await emailsOf(story)
    if (email) await postAsSendGrid(api, [sendgridEvent({ ...email, address: 'alice@example.org' }, 'delivered')])
  })
  await electionMailed(story, 'alice')
  expect((await emailsOf(story))[0]).toMatchObject({ status: 'SENT', reported: 'delivered', messageId: 'aProviderId' })
  const counters = await story.db.counter.findMany({ where: { name: { in: ['outbox_emails', 'emails_total'] } } })
  expect(counters.map(({ name, value }) => [name, value]).sort()).toEqual([
    ['emails_total', 1],
    ['outbox_emails', 1],
  ])
})

test('a report counts after the attempts were counted anew, while the provider may have the email', async () => {
  const { story, api, email } = await unanswered()
  await story.db.email.updateMany({ data: { attempts: 0 } })
  await postAsSendGrid(api, [sendgridEvent(email, 'delivered')])
  expect((await emailsOf(story))[0]).toMatchObject({ status: 'SENT', reported: 'delivered' })
})

test('an email that was never handed over cannot be reported', async () => {
  const { story, api, email } = await unanswered()
  for (const status of ['PENDING', 'IGNORED', 'FAILED'] as const) {
    await story.db.email.updateMany({ data: { status, attempts: 0, provider: null, collects: status === 'PENDING' } })
    await postAsSendGrid(api, [sendgridEvent(email, 'bounce', { type: 'bounce' })])
    expect((await emailsOf(story))[0]).toMatchObject({ status, reported: null })
  }
  expect(await story.db.suppression.count()).toBe(0)
})

test('a report does not hide that the provider fails', async () => {
  const { story, api, email } = await unanswered()
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
  await story.db.email.updateMany({ data: { status: 'SENT', sentAt: yesterday } })
  await postAsSendGrid(api, [sendgridEvent(email, 'delivered')])
  const { checkHealth } = await import('../../src/operations/health.ts')
  const emails = (await checkHealth(story.pool, ['test'])).find(({ name }) => name === 'emails')
  expect(emails?.says).toContain('0 sent and 0 failed in the last hour')
})

test('the key of an email is read from what we send, and from nothing else', () => {
  const createdAt = new Date(1_790_000_000_123)
  expect(emailKey({ id: 7, createdAt })).toBe('7.1790000000123')
  const key = { id: 7, createdAtMs: 1_790_000_000_123 }
  for (const text of ['7.1790000000123', '<7.1790000000123@example.org>', '7.1790000000123@xn--bcher-kva.example']) {
    expect(readEmailKey(text), text).toEqual(key)
  }
  for (const text of [
    '',
    '7',
    '7.',
    '.7',
    '-7.1',
    '7.1.2',
    '7.1790000000123 ',
    '7,1',
    '7.1@',
    '7.1@a b',
    'x7.1',
    '2147483648.1',
    '7.253402300800000',
    '7.9999999999999999',
    `${'7'.repeat(1_000_000)}.1`,
    `7.1@${'x'.repeat(1_000_000)}`,
  ]) {
    expect(readEmailKey(text), text.slice(0, 30)).toBeUndefined()
  }
})
