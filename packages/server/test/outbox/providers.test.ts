import { expect, test } from 'vitest'
import { checkHealth } from '../../src/operations/health.ts'
import { deliverDue, deliverOne } from '../../src/outbox/deliver.ts'
import type { Outcome, Provider } from '../../src/outbox/provider.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

const accept: Outcome = { result: 'sent', messageId: null }
const down: Outcome = { result: 'unavailable', reason: 'answered 503' }
const silent: Outcome = { result: 'unknown', reason: 'no answer' }

/** A provider whose answers the test decides, and what it was asked to send. */
function scripted(name: string, answer: Outcome = accept) {
  const asked: number[] = []
  const script = { answer }
  const provider: Provider = {
    name,
    async send({ id }) {
      asked.push(id)
      return script.answer
    },
    close: async () => {},
  }
  return { provider, asked, script }
}

async function waiting(members: number, ...providers: Provider[]) {
  const story = await createStory()
  story.deps.providers = providers
  for (let n = 1; n <= members; n++) await story.member(`member-${n}`)
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  return story
}

const emailsOf = async ({ db }: Story) =>
  (await db.email.findMany({ orderBy: { id: 'asc' } })).map(
    ({ status, provider, attempts }) => `${status} ${provider} ${attempts}`,
  )

const dueNow = ({ db }: Story) => db.email.updateMany({ where: { status: 'PENDING' }, data: { sendAt: new Date(0) } })

test('the first provider sends everything while it accepts emails', async () => {
  const [first, second] = [scripted('first'), scripted('second')]
  const story = await waiting(30, first.provider, second.provider)
  expect((await story.notify()).emails).toMatchObject({ sent: 30 })
  expect(second.asked).toEqual([])
  expect(new Set(await emailsOf(story))).toEqual(new Set(['SENT first 1']))
})

test('when the first provider accepts nothing, the second one sends in the same run, and the log says so', async () => {
  const [first, second] = [scripted('first', down), scripted('second')]
  const story = await waiting(200, first.provider, second.provider)
  story.expectLog(/^An email provider is skipped for now\. first: answered 503$/)
  const { emails } = await story.notify()
  expect(emails).toMatchObject({ sent: 200 })
  expect(emails.stopped).toBeUndefined()
  expect(story.logs.filter(({ msg }) => /is skipped for now/.test(msg))).toHaveLength(1)
  expect(new Set(second.asked).size).toBe(200)
  expect(new Set(await emailsOf(story))).toEqual(new Set(['SENT second 1']))

  // It is left alone, and says nothing again.
  const asked = first.asked.length
  story.chain.revealingStageStarted()
  expect((await story.notify()).emails).toMatchObject({ sent: 200 })
  expect(first.asked.length).toBe(asked)
  expect(story.logs.filter(({ msg }) => /is skipped for now/.test(msg))).toHaveLength(1)

  first.script.answer = accept
  await story.pauseEnds()
  story.chain.announcingPeriodStarted()
  expect((await story.notify()).emails).toMatchObject({ sent: 200 })
  expect(first.asked.length).toBe(asked + 200)
})

test('a first provider that still fails at the end of its pause costs one email of the second no attempt', async () => {
  const [first, second] = [scripted('first', down), scripted('second')]
  const story = await waiting(20, first.provider, second.provider)
  story.expectLog(/is skipped for now/)
  await story.notify()
  await story.pauseEnds()
  story.chain.revealingStageStarted()
  const before = first.asked.length
  expect((await story.notify()).emails).toMatchObject({ sent: 20 })
  expect(first.asked.length).toBe(before + 1)
  expect(new Set(await emailsOf(story))).toEqual(new Set(['SENT second 1']))
})

test('while one process probes the first provider, another one sends with the second', async () => {
  const [first, second] = [scripted('first', down), scripted('second')]
  const story = await waiting(30, first.provider, second.provider)
  story.expectLog(/is skipped for now/)
  await story.notify()
  story.chain.revealingStageStarted()
  await story.pauseEnds()
  const probing = Promise.withResolvers<Outcome>()
  const probed = Promise.withResolvers<void>()
  const probe: Provider = {
    ...first.provider,
    send: () => {
      probed.resolve()
      return probing.promise
    },
  }
  const { config, ...deps } = story.deps
  story.chain.commitBlock()
  story.deps.providers = []
  await story.notify()
  await story.db.email.updateMany({ data: { status: 'PENDING', attempts: 0, provider: null } })
  const prober = deliverDue({ ...deps, providers: [probe, second.provider], emailSender: config.emailSender })
  await probed.promise
  const other = await deliverDue({
    ...deps,
    providers: [first.provider, second.provider],
    emailSender: config.emailSender,
  })
  expect(other.sent).toBeGreaterThan(0)
  probing.resolve(accept)
  await prober
  expect(await story.db.email.count({ where: { status: 'PENDING' } })).toBe(0)
})

test('when all providers accept nothing, sending stops, and each says why', async () => {
  const [first, second] = [scripted('first', down), scripted('second', { ...down, reason: 'is closed' })]
  const story = await waiting(20, first.provider, second.provider)
  story.expectLog(/^Sending has stopped, emails stay in the outbox: first: answered 503; second: is closed$/)
  const { emails } = await story.notify()
  expect(emails.stopped).toMatchObject({ reason: 'first: answered 503; second: is closed' })
  expect(new Set(await emailsOf(story))).toEqual(new Set(['PENDING null 0']))
})

test('an email with an unknown outcome never goes to another provider, however long its own is away', async () => {
  const [first, second] = [scripted('first', silent), scripted('second')]
  const story = await waiting(1, first.provider, second.provider)
  story.expectLog(/is skipped for now/)
  await story.notify()
  expect(await emailsOf(story)).toEqual(['PENDING first 1'])
  first.script.answer = down
  for (let run = 0; run < 5; run++) {
    await dueNow(story)
    await story.pauseEnds()
    await story.notify()
  }
  expect(second.asked).toEqual([])
  expect(await emailsOf(story)).toEqual(['PENDING first 1'])

  first.script.answer = accept
  await dueNow(story)
  await story.pauseEnds()
  await story.notify()
  expect(await emailsOf(story)).toEqual(['SENT first 2'])
})

test('an email of which the second provider may have taken it stays with the second, also when the first is back', async () => {
  const [first, second] = [scripted('first', down), scripted('second', silent)]
  const story = await waiting(1, first.provider, second.provider)
  story.expectLog(/is skipped for now|Sending has stopped/)
  await story.notify()
  expect(await emailsOf(story)).toEqual(['PENDING second 1'])
  first.script.answer = second.script.answer = accept
  const asked = first.asked.length
  await dueNow(story)
  await story.pauseEnds()
  await story.notify()
  expect(first.asked.length).toBe(asked)
  expect(await emailsOf(story)).toEqual(['SENT second 2'])
})

test('an email that a notifier left behind when it died stays with the provider that it was using', async () => {
  const [first, second] = [scripted('first'), scripted('second', down)]
  const story = await waiting(2, second.provider)
  story.expectLog(/Sending has stopped/)
  await story.notify()
  await story.db.sendingPause.deleteMany()
  await story.db.email.updateMany({ data: { provider: 'second', attempts: 1, leaseUntil: new Date(0) } })
  second.script.answer = accept
  story.deps.providers = [first.provider, second.provider]
  expect((await story.notify()).emails).toMatchObject({ sent: 2 })
  expect(first.asked).toEqual([])
})

test('an email whose provider is no longer configured goes to the one that is', async () => {
  const [first, second] = [scripted('first', silent), scripted('second')]
  const story = await waiting(1, first.provider)
  story.expectLog(/Sending has stopped/)
  await story.notify()
  story.deps.providers = [second.provider]
  await dueNow(story)
  await story.notify()
  expect(await emailsOf(story)).toEqual(['SENT second 2'])
})

test('an unknown outcome waits for the report of a provider that reports, and is sent again without one', async () => {
  const first = scripted('first', silent)
  const story = await waiting(1, { ...first.provider, reportSeconds: 1_800 })
  story.expectLog(/Sending has stopped/)
  await story.notify()
  const [email] = await story.db.email.findMany()
  const waits = (email?.sendAt.getTime() ?? 0) - (email?.updatedAt.getTime() ?? 0)
  expect(waits).toBeGreaterThanOrEqual(1_799_000)
  expect(waits).toBeLessThan(1_900_000)

  first.script.answer = accept
  await story.pauseEnds()
  expect((await story.notify()).emails.sent).toBe(0)
  await dueNow(story)
  expect((await story.notify()).emails.sent).toBe(1)
})

test('what a dead notifier had in hand waits for the report as long', async () => {
  const first = scripted('first')
  const story = await waiting(1, { ...first.provider, reportSeconds: 1_800 })
  story.deps.providers = []
  await story.notify()
  await story.db.email.deleteMany()
  const { id } = await story.db.email.create({
    data: { memberId: 0, type: 'notification', provider: 'first', attempts: 1 },
  })
  story.deps.providers = [{ ...first.provider, reportSeconds: 1_800 }]
  const endedSecondsAgo = (seconds: number) =>
    story.db
      .$executeRaw`UPDATE "Email" SET "leaseUntil" = now() - make_interval(secs => ${seconds}::int) WHERE id = ${id}`
  await endedSecondsAgo(1_700)
  expect((await story.notify()).emails).toMatchObject({ sent: 0, ignored: 0 })
  await endedSecondsAgo(1_900)
  // Its notification is gone, which shows that it was claimed.
  expect((await story.notify()).emails).toMatchObject({ ignored: 1 })
})

test('a single email is sent by the next provider also when the pause of the first has ended, and a notifier is to probe it', async () => {
  const [first, second] = [scripted('first', down), scripted('second')]
  const story = await waiting(2, first.provider)
  story.expectLog(/Sending has stopped/)
  await story.notify()
  await story.pauseEnds()
  const asked = first.asked.length
  const { config, ...deps } = story.deps
  await deliverOne({ ...deps, providers: [first.provider, second.provider], emailSender: config.emailSender }, 1)
  expect([first.asked.length, second.asked]).toEqual([asked, [1]])
})

test('a refusal after an unknown outcome leaves the email with the provider that may have it', async () => {
  const [first, second] = [scripted('first', silent), scripted('second')]
  const story = await waiting(1, first.provider, second.provider)
  story.expectLog(/is skipped for now/)
  await story.notify()
  first.script.answer = { result: 'rejected', reason: 'no such mailbox' }
  await dueNow(story)
  await story.pauseEnds()
  await story.notify()
  expect(await emailsOf(story)).toEqual(['FAILED first 2'])
})

test('a single email, too, is sent by the next provider', async () => {
  const [first, second] = [scripted('first', down), scripted('second')]
  const story = await waiting(2, first.provider)
  story.expectLog(/Sending has stopped|is skipped for now/)
  await story.notify()
  const { config, ...deps } = story.deps
  const providers = [first.provider, second.provider]
  await deliverOne({ ...deps, providers, emailSender: config.emailSender }, 1)
  expect(second.asked).toEqual([1])
})

test('the health check names the provider that is left alone, and is well while another one sends', async () => {
  const [first, second] = [scripted('SendGrid', down), scripted('SMTP', down)]
  const story = await waiting(3, first.provider, second.provider)
  story.expectLog(/is skipped for now|Sending has stopped/)
  await story.notify()
  await story.db.sendingPause.delete({ where: { provider: 'SMTP' } })
  await story.db.$executeRaw`UPDATE "SendingPause" SET "createdAt" = now() - interval '1 hour'`
  const emails = async () => (await checkHealth(story.pool, ['sendgrid', 'smtp'])).find(({ name }) => name === 'emails')
  expect(await emails()).toMatchObject({
    ok: true,
    says: expect.stringMatching(/3 due; SendGrid stopped accepting 60 minutes ago/),
  })
  await story.db.$executeRaw`UPDATE "Email" SET "sendAt" = now() - interval '11 minutes'`
  expect(await emails()).toMatchObject({ ok: false })
})
