import { expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { deliverDue } from '../../src/outbox/deliver.ts'
import { enqueue } from '../../src/outbox/enqueue.ts'
import type { Outcome, OutgoingEmail, Provider } from '../../src/outbox/provider.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

const accept: Outcome = { result: 'sent', messageId: null }
const down: Outcome = { result: 'unavailable', reason: 'answered 503' }
const silent: Outcome = { result: 'unknown', reason: 'no answer' }
const deferred: Outcome = { result: 'failed', inDoubt: true, reason: '451 Local error' }

/** Members with an email each that waits, and a provider whose answers the test decides. */
async function waiting(members: number, answer: (email: OutgoingEmail) => Outcome | Promise<Outcome>) {
  const asked: number[] = []
  const accepted: number[] = []
  const provider: Provider = {
    name: 'test',
    async send(email) {
      asked.push(email.id)
      const outcome = await answer(email)
      if (outcome.result === 'sent') accepted.push(email.id)
      return outcome
    },
    close: async () => {},
  }
  const story = await createStory({ provider })
  story.expectLog(/Sending (has stopped|is paused)/)
  for (let n = 1; n <= members; n++) await story.member(`member-${n}`)
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  return { story, asked, accepted }
}

/** Seconds from the last failure until the next probe. */
async function pauseOf({ db }: Story) {
  const pause = await db.sendingPause.findFirst()
  return pause ? Math.round((pause.until.getTime() - pause.updatedAt.getTime()) / 1000) : null
}

const emailsOf = ({ db }: Story) => db.email.findMany({ orderBy: { id: 'asc' } })
const attemptsOf = async (story: Story) =>
  (await emailsOf(story)).map(({ status, attempts }) => `${status} ${attempts}`)

/** So many minutes pass. */
const pass = async ({ db }: Story, minutes: number) => {
  await db.$executeRaw`UPDATE "SendingPause" SET until = until - make_interval(mins => ${minutes}::int)`
  await db.$executeRaw`UPDATE "Email" SET "sendAt" = "sendAt" - make_interval(mins => ${minutes}::int),
    "failingSince" = "failingSince" - make_interval(mins => ${minutes}::int),
    "createdAt" = "createdAt" - make_interval(mins => ${minutes}::int)`
}

test('an outage pauses sending for every process, then single emails probe, each time another one', async () => {
  let isDown = true
  const { story, asked, accepted } = await waiting(30, () => (isDown ? down : accept))
  await story.notify()
  const inHand = asked.length
  expect(inHand).toBeLessThanOrEqual(10)
  await story.notify()
  expect(asked.length).toBe(inHand)

  const pauses: (number | null)[] = [await pauseOf(story)]
  for (let probe = 1; probe <= 9; probe++) {
    await story.pauseEnds()
    await story.notify()
    expect(asked.length).toBe(inHand + probe)
    pauses.push(await pauseOf(story))
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600, 600])
  expect(new Set(asked).size).toBe(asked.length)
  expect(new Set(await attemptsOf(story))).toEqual(new Set(['PENDING 0']))

  isDown = false
  await story.pauseEnds()
  expect((await story.notify()).emails).toMatchObject({ sent: 30, failed: 0, retrying: 0 })
  expect(new Set(accepted).size).toBe(30)
  expect(accepted.length).toBe(30)
  expect(await pauseOf(story)).toBeNull()
})

test('one process of many probes', async () => {
  const { story, asked } = await waiting(30, () => down)
  await story.notify()
  asked.length = 0
  await story.pauseEnds()
  const { config, ...deps } = story.deps
  const notifier = () => deliverDue({ ...deps, emailSender: config.emailSender })
  const summaries = await Promise.all(Array.from({ length: 5 }, notifier))
  expect(asked.length).toBe(1)
  expect(summaries.filter(({ retrying }) => retrying === 1).length).toBe(1)
})

test.each([
  ['longer than the own pause', 90, 90],
  ['shorter than the own pause', 3, 10],
  ['of more than a day', 1_000_000, 86_400],
])('a pause that the provider asks for, %s, is respected', async (_, askedSeconds, expected) => {
  const { story } = await waiting(2, () => ({ ...down, retryAfterMs: askedSeconds * 1000 }))
  expect((await story.notify()).emails.stopped?.waitSeconds).toBe(expected)
  expect(await pauseOf(story)).toBe(expected)
})

test('a pause belongs to a provider, and ends when its row is deleted', async () => {
  let isDown = true
  const { story, accepted } = await waiting(2, () => (isDown ? down : accept))
  await story.notify()
  isDown = false
  const [provider] = story.deps.providers
  if (!provider) throw new Error('There is a provider')
  story.deps.providers = [{ ...provider, name: 'another' }]
  await story.notify()
  expect(accepted.length).toBe(2)

  story.deps.providers = [provider]
  story.chain.revealingStageStarted()
  await story.notify()
  expect(accepted.length).toBe(2)
  await story.db.sendingPause.deleteMany()
  await story.notify()
  expect(accepted.length).toBe(4)
})

test('emails that are not sent anyway do not count as a probe', async () => {
  let isDown = true
  const { story, accepted } = await waiting(4, () => (isDown ? down : accept))
  await story.notify()
  isDown = false
  await story.db.member.updateMany({ where: { id: { in: [0, 1, 2] } }, data: { receiveEmails: false } })
  await story.pauseEnds()
  expect((await story.notify()).emails).toMatchObject({ sent: 1, ignored: 3 })
  expect(accepted.length).toBe(1)
})

test('a pause without anything to probe with costs nothing, and is over for the next email', async () => {
  let isDown = true
  const { story, accepted } = await waiting(1, () => (isDown ? down : accept))
  await story.notify()
  isDown = false
  await story.db.email.updateMany({ data: { status: 'IGNORED' } })
  await story.pauseEnds()
  const before = await story.db.sendingPause.findMany()
  expect((await story.notify()).emails).toEqual({ sent: 0, ignored: 0, failed: 0, retrying: 0 })
  expect(await story.db.sendingPause.findMany()).toEqual(before)
  story.chain.revealingStageStarted()
  await story.notify()
  expect(accepted.length).toBe(1)
})

test('an email with which the provider fails alone, while others are accepted, counts attempts and fails', async () => {
  const { story, accepted } = await waiting(12, ({ to }) => (to.startsWith('member-3@') ? down : accept))
  await story.notify()
  for (let run = 0; run < 6; run++) {
    await pass(story, 15)
    await story.notify()
  }
  const emails = await attemptsOf(story)
  expect(emails.filter((email) => email === 'SENT 1').length).toBe(11)
  expect(emails[2]).toBe('FAILED 3')
  expect(accepted.length).toBe(11)
})

test('a provider that fails every other time loses nothing', async () => {
  let times = 0
  const { story, accepted } = await waiting(40, () => (times++ % 2 ? accept : down))
  for (let run = 0; run < 100 && accepted.length < 40; run++) {
    await story.notify()
    await pass(story, 15)
  }
  expect(new Set(await attemptsOf(story))).toEqual(new Set(['SENT 1']))
  expect(accepted.length).toBe(40)
})

test('an email that waits alone for a day fails; with another one, both wait', async () => {
  for (const members of [1, 2]) {
    const { story } = await waiting(members, () => down)
    await story.notify()
    await pass(story, 23 * 60)
    await story.notify()
    expect(new Set(await attemptsOf(story))).toEqual(new Set(['PENDING 0']))
    await pass(story, 2 * 60)
    await story.notify()
    expect(new Set(await attemptsOf(story))).toEqual(new Set([members === 1 ? 'FAILED 0' : 'PENDING 0']))
  }
})

test('a confirmation waits until its link has expired, then fails', async () => {
  const { story } = await waiting(1, () => down)
  await story.db.member.updateMany({ data: { email: null, unverifiedEmail: 'new@example.org' } })
  await inTransaction(story.pool, (transaction) =>
    enqueue(transaction, { memberId: 0, type: 'verification', address: 'new@example.org' }),
  )
  await story.notify()
  await pass(story, 6 * 24 * 60)
  await story.notify()
  const confirmation = () => story.db.email.findFirstOrThrow({ where: { type: 'verification' } })
  expect(await confirmation()).toMatchObject({ status: 'PENDING', attempts: 0 })
  await pass(story, 25 * 60)
  await story.notify()
  expect(await confirmation()).toMatchObject({ status: 'FAILED', attempts: 0, failureCode: 'LINK_EXPIRED' })
})

test('an outage of two days loses only what has become too old', async () => {
  let isDown = true
  const { story, accepted } = await waiting(5, () => (isDown ? down : accept))
  await story.notify()
  for (let hour = 0; hour < 48; hour += 4) {
    await pass(story, 4 * 60)
    await story.db.$executeRaw`UPDATE "Event" SET "time" = "time" - interval '4 hours'`
    if (hour === 24) story.chain.revealingStageStarted()
    await story.notify()
  }
  await pass(story, 60)
  await story.db.$executeRaw`UPDATE "Event" SET "time" = now() - interval '4 days' WHERE number = 1`
  isDown = false
  expect((await story.notify()).emails).toMatchObject({ sent: 5, ignored: 5, failed: 0 })
  expect(accepted.length).toBe(5)
})

test('a provider that takes emails and never answers costs each email at most one attempt a turn, and pauses', async () => {
  let hangs = true
  const { story, asked } = await waiting(40, () => (hangs ? silent : accept))
  await story.notify()
  const inHand = asked.length
  expect(inHand).toBeLessThanOrEqual(10)
  for (let probe = 0; probe < 10; probe++) {
    await pass(story, 10)
    await story.notify()
  }
  expect(asked.length).toBe(inHand + 10)
  expect(new Set(asked).size).toBe(asked.length)
  expect((await emailsOf(story)).filter(({ attempts }) => attempts === 1).length).toBe(asked.length)

  hangs = false
  await pass(story, 10)
  await story.notify()
  await pass(story, 10)
  await story.notify()
  expect((await emailsOf(story)).every(({ status }) => status === 'SENT')).toBe(true)
})

test('one email without an answer does not pause the others, whom the provider accepts meanwhile', async () => {
  let accepts = 0
  const { story } = await waiting(20, async ({ to }) => {
    if (!to.startsWith('member-1@')) {
      accepts++
      return accept
    }
    while (accepts < 15) await new Promise((resolve) => setTimeout(resolve, 1))
    return silent
  })
  expect((await story.notify()).emails).toMatchObject({ sent: 19, retrying: 1 })
  expect(await pauseOf(story)).toBeNull()
  expect((await attemptsOf(story))[0]).toBe('PENDING 1')
})

test('an email whose outcome stays unknown fails after three attempts, also when it is alone', async () => {
  const { story } = await waiting(1, () => silent)
  for (let run = 0; run < 4; run++) {
    await story.notify()
    await pass(story, 15)
  }
  expect(await emailsOf(story)).toMatchObject([
    { status: 'FAILED', attempts: 3, failureCode: 'OUTCOME_UNKNOWN', reason: 'attempt 3 of 3: no answer' },
  ])
})

test('a server that defers every recipient for a quarter of an hour loses nobody', async () => {
  let isDown = true
  const { story } = await waiting(10, () => (isDown ? deferred : accept))
  for (const minutes of [0, 2, 13, 15, 15]) {
    await pass(story, minutes)
    await story.notify()
  }
  expect(new Set(await attemptsOf(story))).toEqual(new Set(['PENDING 2']))
  isDown = false
  await pass(story, 15)
  expect((await story.notify()).emails.sent).toBe(10)
})

test('a mailbox that defers while others accept fails after three attempts', async () => {
  const { story } = await waiting(12, ({ to }) => (to.startsWith('member-3@') ? deferred : accept))
  for (const minutes of [0, 2, 13]) {
    await pass(story, minutes)
    await story.notify()
  }
  expect((await emailsOf(story))[2]).toMatchObject({ status: 'FAILED', attempts: 3, failureCode: 'RECIPIENT_DEFERRED' })
})
