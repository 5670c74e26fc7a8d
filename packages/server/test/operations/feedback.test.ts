import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { forgetReports } from '../../src/jobs/forget-reports.ts'
import { reportingNames } from '../../src/operations/feedback.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { serveApi } from '../support/api.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'
import { emailsOf, postAsSendGrid, sendgridEvent, webhookKeys } from '../support/webhooks.ts'

const createStory = stories()

/** So many members were each sent an email, by SendGrid. */
async function sent(count: number) {
  const story = await createStory({ provider: { ...recordingProvider([]), name: 'SendGrid' } })
  await story.member('alice')
  await story.db.$executeRaw`
    INSERT INTO "Member" (id, name, email) SELECT n, 'm' || n, 'm' || n || '@example.org'
    FROM generate_series(1, ${count - 1}::int) n`
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const emails = await emailsOf(story)
  const api = await serveApi(story, { webhookKeys, metricsToken: 'metrics' })
  const report = async (from: number, to: number, event: string, fields = {}) =>
    postAsSendGrid(
      api,
      emails.slice(from, to).map((email) => sendgridEvent(email, event, fields)),
    )
  return { story, api, report }
}

const feedback = async ({ pool }: Story, reporting = ['SendGrid']) =>
  (await checkHealth(pool, ['sendgrid'], undefined, reporting)).find(({ name }) => name === 'feedback')

const rates = async ({ url }: { url: string }) => {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer metrics' } })
  const lines = (await response.text()).split('\n')
  return lines.filter((line) => /^notifications_email_(bounce|complaint)_rate\{/.test(line))
}

test('complaints are shown, and from 0.1 % on something is wrong, unless they are one or two', async () => {
  const { story, api, report } = await sent(1_001)
  await report(0, 1_001, 'delivered')
  expect(await feedback(story)).toMatchObject({
    ok: true,
    says: 'SendGrid: 1001 sent in the last 7 days, 0 bounced (0 %), 0 marked as spam (0 %)',
  })
  await report(0, 1, 'spamreport')
  await report(0, 1, 'spamreport')
  expect(await feedback(story)).toMatchObject({ ok: true, says: expect.stringContaining('1 marked as spam (0.1 %)') })
  await report(1, 2, 'spamreport')
  expect(await feedback(story)).toMatchObject({ ok: true, says: expect.stringContaining('2 marked as spam (0.2 %)') })
  await report(2, 3, 'spamreport')
  expect(await feedback(story)).toMatchObject({
    ok: false,
    says: expect.stringMatching(
      /3 marked as spam \(0\.3 %\)\. Mailbox providers reject senders with 0\.1 % complaints/,
    ),
  })
  expect((await fetch(`${api.url}/readyz`)).status).toBe(503)
  expect(await rates(api)).toEqual([
    'notifications_email_bounce_rate{provider="SendGrid"} 0',
    expect.stringMatching(/^notifications_email_complaint_rate\{provider="SendGrid"\} 0\.00299/),
  ])
})

test('bounces are shown, and from 5 % on something is wrong', async () => {
  const { story, api, report } = await sent(100)
  await report(0, 4, 'bounce', { type: 'bounce' })
  await report(0, 4, 'bounce', { type: 'blocked' })
  expect(await feedback(story)).toMatchObject({
    ok: true,
    says: 'SendGrid: 100 sent in the last 7 days, 4 bounced (4 %), 0 marked as spam (0 %)',
  })
  await report(4, 5, 'bounce', { type: 'blocked' })
  expect(await feedback(story)).toMatchObject({
    ok: false,
    says: expect.stringMatching(/5 bounced \(5 %\).* with 5 % bounces: are the addresses real\?$/),
  })
  expect(await rates(api)).toContain('notifications_email_bounce_rate{provider="SendGrid"} 0.05')
})

test('of fewer than a hundred emails, one complaint is no rate', async () => {
  const { story, api, report } = await sent(99)
  await report(0, 99, 'spamreport')
  expect(await feedback(story)).toEqual({
    name: 'feedback',
    ok: true,
    says: 'SendGrid: 99 sent in the last 7 days, 0 bounced, 99 marked as spam',
  })
  expect(await rates(api)).toEqual([])
})

/** Everything that was counted happened so many hours ago. */
const shift = ({ db }: Story, hours: number) => db.$executeRaw`
  UPDATE "Counter" SET labels = labels || jsonb_build_object('hour',
    to_char((now() - make_interval(hours => ${hours}::int)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24'))
  WHERE name = 'emails_by_hour'`

const WEEK_HOURS = 7 * 24

test('what is older than seven days no longer counts', async () => {
  const { story, report } = await sent(100)
  await report(0, 50, 'spamreport')
  await shift(story, WEEK_HOURS - 1)
  expect(await feedback(story)).toMatchObject({ ok: false })
  await forgetReports.runBatch(story.deps)
  expect(await feedback(story)).toMatchObject({ ok: false })
  await shift(story, WEEK_HOURS + 1)
  expect(await feedback(story)).toMatchObject({ ok: true, says: expect.stringContaining('0 sent') })
  await shift(story, WEEK_HOURS + 25)
  await forgetReports.runBatch(story.deps)
  expect(await story.db.counter.count({ where: { name: 'emails_by_hour' } })).toBe(0)
})

test('complaints that come days after their emails are compared with those emails, not with the few of today', async () => {
  const { story, report } = await sent(100)
  await story.db.counter.updateMany({ where: { name: 'emails_by_hour' }, data: { value: 10_000 } })
  await shift(story, 3 * 24)
  await report(0, 5, 'spamreport')
  expect(await feedback(story)).toMatchObject({
    ok: true,
    says: expect.stringContaining('10000 sent in the last 7 days, 0 bounced (0 %), 5 marked as spam (0.05 %)'),
  })
})

test.each([
  [2, 100, true],
  [3, 100, false],
  [2, 1_000, true],
  [3, 3_000, false],
  [3, 3_001, true],
  [4, 3_001, false],
])('%i complaints of %i emails are well: %s', async (complaints, emails, ok) => {
  const { story, report } = await sent(5)
  await report(0, complaints, 'spamreport')
  await story.db.counter.updateMany({
    where: { name: 'emails_by_hour', labels: { path: ['what'], equals: 'sent' } },
    data: { value: emails },
  })
  expect(await feedback(story)).toMatchObject({ ok })
})

test('a webhook that broke is noticed within a day, whatever it reported before', async () => {
  const { story, report } = await sent(100)
  await report(0, 100, 'delivered')
  await shift(story, 30)
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  const ofToday = (value: number) => story.db.$executeRaw`
    UPDATE "Counter" SET value = ${value}::int WHERE name = 'emails_by_hour' AND labels->>'hour' =
      (SELECT max(labels->>'hour') FROM "Counter" WHERE name = 'emails_by_hour')`
  await ofToday(99)
  expect(await feedback(story)).toMatchObject({ ok: true, says: expect.stringMatching(/spam \(0 %\)$/) })
  await ofToday(999)
  expect(await feedback(story)).toMatchObject({
    ok: true,
    says: expect.stringMatching(/\. It has reported nothing for a day: check its webhook$/),
  })
  await ofToday(1_000)
  expect(await feedback(story)).toMatchObject({ ok: false })
})

test('only providers with a webhook count, and one that reports nothing is named', async () => {
  const { story, report } = await sent(100)
  expect((await feedback(story))?.says).toMatch(/\. It has reported nothing: check its webhook$/)
  await report(0, 100, 'spamreport')
  expect(await feedback(story, ['Mailgun'])).toMatchObject({
    ok: true,
    says: 'Mailgun: 0 sent in the last 7 days, 0 bounced, 0 marked as spam',
  })
  expect(await feedback(story, [])).toMatchObject({
    ok: true,
    says: 'no provider reports bounces and complaints: the operations guide says how',
  })
  expect(reportingNames(parseConfig({}).webhookKeys)).toEqual([])
  expect(reportingNames(webhookKeys)).toEqual(['SendGrid', 'Mailgun'])
})

test('an email that a report proves sent counts as sent', async () => {
  const { story, report } = await sent(100)
  await story.db.counter.deleteMany({ where: { name: 'emails_by_hour' } })
  await story.db.email.updateMany({
    data: { status: 'PENDING', failureCode: 'OUTCOME_UNKNOWN', sendAt: new Date('2999-01-01') },
  })
  await report(0, 100, 'processed')
  await report(0, 5, 'bounce', { type: 'blocked' })
  expect(await feedback(story)).toMatchObject({ ok: false, says: expect.stringContaining('100 sent') })
})
