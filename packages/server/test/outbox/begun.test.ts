import { expect, test } from 'vitest'
import { createSendGrid } from '../../src/emails/providers/sendgrid.ts'
import { forgetReports } from '../../src/jobs/forget-reports.ts'
import { read } from '../../src/notifier/run.ts'
import { deliverDue } from '../../src/outbox/deliver.ts'
import type { Outcome, OutgoingEmail, Provider } from '../../src/outbox/provider.ts'
import { startSendGrid } from '../emails/provider-stand-in.ts'
import { serveApi } from '../support/api.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'
import { emailsOf, postAsSendGrid, sendgridEvent, webhookKeys } from '../support/webhooks.ts'

const createStory = stories()
const REPORT_SECONDS = 1_800

/** Emails that wait for a provider that reports. */
async function waiting(members: number, provider: Provider) {
  const story = await createStory({ provider: { ...provider, reportSeconds: REPORT_SECONDS } })
  for (let n = 1; n <= members; n++) await story.member(`member-${n}`)
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  return story
}

/** A notifier dies with a request under way: nothing that it does later reaches the database. */
async function dyingNotifier(members: number, { inHand }: { inHand: number }) {
  const begun: OutgoingEmail[] = []
  const answer = Promise.withResolvers<Outcome>()
  const story = await waiting(members, {
    ...recordingProvider([]),
    concurrency: () => inHand,
    send: (email) => {
      begun.push(email)
      return answer.promise
    },
  })
  const running = story.notify()
  await until(() => begun.length === inHand)
  const [leased] = await story.db.handOver.findMany()
  if (!leased) throw new Error('unreachable')
  // As if the notifier had died: its lease is another one by now.
  await passes(story, 121)
  answer.resolve({ result: 'unknown', reason: 'dead' })
  story.expectLog(/Sending has stopped/)
  const before = { emails: await emailsOf(story), handOvers: await story.db.handOver.findMany() }
  await running
  await story.db.sendingPause.deleteMany()
  expect(await emailsOf(story)).toEqual(before.emails)
  return { story, begun: begun.map(({ id }) => id).sort((a, b) => a - b), before }
}

/** So many seconds pass, for what a notifier has in hand. */
async function passes({ db }: Story, seconds: number) {
  await db.$executeRaw`UPDATE "Email" SET "leaseUntil" = "leaseUntil" - make_interval(secs => ${seconds}::int)`
  await db.$executeRaw`UPDATE "HandOver" SET "leaseUntil" = "leaseUntil" - make_interval(secs => ${seconds}::int)`
}

function sendingBy(story: Story) {
  const sent: OutgoingEmail[] = []
  story.deps.providers = [{ ...recordingProvider(sent), reportSeconds: REPORT_SECONDS }]
  return { sent, ids: () => sent.map(({ id }) => id).sort((a, b) => a - b) }
}

test('what a dead notifier had not begun is sent when its lease has ended; what it had begun waits for the report', async () => {
  const { story, begun } = await dyingNotifier(8, { inHand: 3 })
  const { ids } = sendingBy(story)
  expect((await story.notify()).emails).toMatchObject({ sent: 5 })
  const all = (await emailsOf(story)).map(({ id }) => id)
  expect(ids()).toEqual(all.filter((id) => !begun.includes(id)))
  // For these, it was the first attempt.
  expect((await emailsOf(story)).map(({ attempts }) => attempts)).toEqual(Array(8).fill(1))

  await passes(story, REPORT_SECONDS)
  expect((await story.notify()).emails).toMatchObject({ sent: 3 })
  expect(ids()).toEqual(all)
})

test('emails that were never begun are sent, however many notifiers have died with them', async () => {
  const { story } = await dyingNotifier(4, { inHand: 1 })
  await story.db.email.updateMany({ data: { attempts: 3 } })
  const { sent } = sendingBy(story)
  await story.notify()
  expect(sent).toHaveLength(3)
})

test('more than a few of the emails that were not begun share a request', async () => {
  const { story } = await dyingNotifier(40, { inHand: 1 })
  const api = await startSendGrid()
  story.deps.providers = [
    {
      ...createSendGrid({ apiKey: 'SG.key', sender: 'Pioneer <notifications@example.org>', baseUrl: api.url }),
      name: 'test',
      reportSeconds: REPORT_SECONDS,
    },
  ]
  await story.notify()
  expect(api.sizes).toEqual([39])
})

test('without a record, nobody knows what was begun: all that a dead notifier had in hand waits', async () => {
  const { story } = await dyingNotifier(4, { inHand: 1 })
  await story.db.handOver.deleteMany()
  const { sent } = sendingBy(story)
  await story.notify()
  expect(sent).toEqual([])
  await passes(story, REPORT_SECONDS)
  await story.notify()
  expect(sent).toHaveLength(4)
})

test('of notifiers that died at the same time, each one has its own record', async () => {
  const { story, begun } = await dyingNotifier(6, { inHand: 2 })
  const [first] = await story.db.handOver.findMany()
  // Another one, whose lease ends in the same millisecond, had begun a third email.
  const third = (await emailsOf(story)).map(({ id }) => id).find((id) => !begun.includes(id))
  if (!first || third === undefined) throw new Error('unreachable')
  await story.db.handOver.create({ data: { leaseUntil: first.leaseUntil, emailIds: [third] } })
  const { ids } = sendingBy(story)
  await story.notify()
  expect(ids()).toHaveLength(3)
  expect(ids()).not.toContain(third)
})

test('the record ends with the results, and is not kept for a provider that reports nothing', async () => {
  const story = await waiting(30, recordingProvider([]))
  let during = 0
  const [provider] = story.deps.providers
  if (!provider) throw new Error('unreachable')
  const counting: Provider = {
    ...provider,
    async send(email) {
      during = Math.max(during, await story.db.handOver.count())
      return provider.send(email)
    },
  }
  story.deps.providers = [counting]
  expect((await story.notify()).emails).toMatchObject({ sent: 30 })
  expect(during).toBeGreaterThan(0)
  expect(await story.db.handOver.count()).toBe(0)

  during = 0
  const { reportSeconds: _, ...silent } = counting
  story.deps.providers = [silent]
  story.chain.revealingStageStarted()
  expect((await story.notify()).emails).toMatchObject({ sent: 30 })
  expect(during).toBe(0)
})

test('an email that is reported or cancelled after its claim is not sent by the request that follows', async () => {
  const api = await startSendGrid()
  const provider = createSendGrid({
    apiKey: 'SG.key',
    sender: 'Pioneer <notifications@example.org>',
    baseUrl: api.url,
  })
  const story = await waiting(5, { ...provider, perSecond: 1_000 })
  const webhooks = await serveApi(story, { webhookKeys })
  const { emailTypes } = story.deps
  story.deps.emailTypes = {
    ...emailTypes,
    async open() {
      const prepare = await emailTypes.open()
      return async (pool, emails) => {
        const prepared = await prepare(pool, emails)
        const [reported, cancelled] = await emailsOf(story)
        if (!reported || !cancelled) throw new Error('unreachable')
        const email = { ...reported, address: 'member-1@example.org' }
        await postAsSendGrid(webhooks, [sendgridEvent(email, 'delivered')])
        await story.db.email.update({ where: { id: cancelled.id }, data: { status: 'IGNORED', reason: 'MUTED' } })
        return prepared
      }
    },
  }
  await story.notify()
  expect(api.sizes).toEqual([3])
  expect((await emailsOf(story)).map(({ status }) => status)).toEqual(['SENT', 'IGNORED', 'SENT', 'SENT', 'SENT'])
})

test('while the database cannot record what begins, nothing begins, and no attempt counts', async () => {
  const sent: OutgoingEmail[] = []
  const story = await waiting(30, recordingProvider(sent))
  await story.db
    .$executeRaw`ALTER TABLE "HandOver" ADD CONSTRAINT refusal CHECK (cardinality("emailIds") = 0) NOT VALID`
  try {
    story.chain.commitBlock()
    await read(story.deps)
    await expect(deliverDue({ ...story.deps, emailSender: story.deps.config.emailSender })).rejects.toThrow(/refusal/)
  } finally {
    await story.db.$executeRaw`ALTER TABLE "HandOver" DROP CONSTRAINT refusal`
  }
  expect(sent).toEqual([])
  const states = (await emailsOf(story)).map(({ status, attempts, leaseUntil }) => ({ status, attempts, leaseUntil }))
  expect(states).toEqual(Array(30).fill({ status: 'PENDING', attempts: 0, leaseUntil: null }))
})

test('what dead notifiers left is deleted after two days', async () => {
  const story = await createStory()
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
  await story.db.handOver.createMany({
    data: [49, 47].map((hours) => ({ leaseUntil: hoursAgo(hours), emailIds: [hours] })),
  })
  await forgetReports.runBatch(story.deps)
  expect((await story.db.handOver.findMany()).map(({ emailIds }) => emailIds)).toEqual([[47]])
})
