import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { cancel } from '../../src/outbox/enqueue.ts'
import type { Outcome } from '../../src/outbox/provider.ts'
import { reasonForMember, reasons } from '../../src/outbox/reasons.ts'
import { serveApi } from '../support/api.ts'
import { recordingProvider, stories } from '../support/story.ts'

const createStory = stories()

const RAW = 'connect ECONNREFUSED 127.0.0.1:2 for <bob@example.org> at mail.internal'

test.each<[Outcome, string, keyof typeof reasons]>([
  [{ result: 'unavailable', reason: RAW }, 'PENDING', 'PROVIDER_UNAVAILABLE'],
  [{ result: 'unknown', reason: RAW }, 'PENDING', 'OUTCOME_UNKNOWN'],
  [{ result: 'failed', reason: RAW }, 'PENDING', 'RECIPIENT_DEFERRED'],
  [{ result: 'rejected', reason: RAW }, 'FAILED', 'RECIPIENT_REFUSED'],
  [{ result: 'rejected', fault: 'message', reason: RAW }, 'FAILED', 'MESSAGE_REFUSED'],
])('a member reads why $result emails are not sent, and the operator the error', async (outcome, status, code) => {
  const story = await createStory({ provider: recordingProvider([], () => outcome) })
  story.expectLog(/Sending has stopped/)
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const api = await serveApi(story)
  const query = '{ notifications { emailStatus emailStatusReason } }'
  expect(await api.data(query, {}, story.tokens.auth(Number(bob.id)))).toEqual({
    notifications: [{ emailStatus: status, emailStatusReason: reasons[code] }],
  })
  expect((await story.db.email.findFirstOrThrow()).reason).toContain(RAW)
})

test('a member reads why an email was cancelled, whatever failed before', async () => {
  const outcome: Outcome = { result: 'unavailable', reason: RAW }
  const story = await createStory({ provider: recordingProvider([], () => outcome) })
  story.expectLog(/Sending has stopped/)
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  await inTransaction(story.pool, (transaction) => cancel(transaction, Prisma.sql`true`, 'EMAILS_OFF'))
  const api = await serveApi(story)
  const query = '{ notifications { emailStatus emailStatusReason } }'
  expect(await api.data(query, {}, story.tokens.auth(Number(bob.id)))).toEqual({
    notifications: [{ emailStatus: 'IGNORED', emailStatusReason: reasons.EMAILS_OFF }],
  })
})

test('a reason that another version stored is no error for members either', async () => {
  for (const stored of [RAW, 'attempt 1 of 3: mailbox busy', 'A_CODE_OF_LATER', 'toString', '']) {
    expect(reasonForMember(stored)).toBe(reasons.LAST_ATTEMPT_FAILED)
  }
  expect(reasonForMember('TOO_OLD')).toBe(reasons.TOO_OLD)
  expect(reasonForMember('recorded by the replaced backend, which did not send it')).toMatch(/^recorded by/)
})
