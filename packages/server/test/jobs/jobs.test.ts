import { expect, onTestFinished, test } from 'vitest'
import { exclusively } from '../../src/db/lease.ts'
import type { Job } from '../../src/jobs/job.ts'
import { jobs } from '../../src/jobs/list.ts'
import { keepRunningJobs, runDueJobs } from '../../src/jobs/run.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const MINUTE_MS = 60_000

/** A job that does as many batches as there are left, and what it did. */
function countingJob(left: number, runBatch?: () => Promise<void>) {
  let batches = 0
  const job: Job = {
    name: 'count',
    intervalSeconds: 3_600,
    async runBatch() {
      batches++
      await runBatch?.()
      return --left > 0
    },
  }
  return { job, batches: () => batches }
}

const deps = ({ pool, deps }: Story, stop?: AbortSignal) => ({ pool, log: deps.log, config: deps.config, stop })
const minutesPass = ({ db }: Story, minutes: number) => db.$executeRaw`
  UPDATE "Job" SET "endedAt" = "endedAt" - make_interval(mins => ${minutes})`
const health = async ({ pool }: Story) => (await checkHealth(pool, ['test'])).find(({ name }) => name === 'jobs')

test('every job has a name of its own and an interval', () => {
  expect(new Set(jobs.map(({ name }) => name)).size).toBe(jobs.length)
  for (const { intervalSeconds } of jobs) expect(intervalSeconds).toBeGreaterThanOrEqual(60)
})

test('a job runs batch by batch to its end, then not again before its interval is over', async () => {
  const story = await createStory()
  const { job, batches } = countingJob(3)
  await runDueJobs(deps(story), [job])
  expect(batches()).toBe(3)
  await runDueJobs(deps(story), [job])
  await minutesPass(story, 59)
  await runDueJobs(deps(story), [job])
  expect(batches()).toBe(3)
  await minutesPass(story, 2)
  await runDueJobs(deps(story), [job])
  expect(batches()).toBe(4)
})

test('only one of several processes runs a job', async () => {
  const story = await createStory()
  let running = 0
  let most = 0
  const { job, batches } = countingJob(20, async () => {
    most = Math.max(most, ++running)
    await story.pool.query('SELECT pg_sleep(0.01)')
    running--
  })
  await Promise.all(Array.from({ length: 8 }, () => runDueJobs(deps(story), [job])))
  expect(most).toBe(1)
  expect(batches()).toBe(20)
})

test('a job whose process has stalled is taken over when its lease has ended, and the stalled one stops', async () => {
  const story = await createStory()
  const { job, batches } = countingJob(1)
  const stall = Promise.withResolvers<void>()
  const stalled = countingJob(9, () => stall.promise)
  const running = runDueJobs(deps(story), [stalled.job])
  await until(() => stalled.batches() === 1)
  await runDueJobs(deps(story), [job])
  expect(batches()).toBe(0)
  await story.db.$executeRaw`UPDATE "Lease" SET "leaseUntil" = now() - interval '1 second'`
  await runDueJobs(deps(story), [job])
  expect(batches()).toBe(1)
  const lease = await story.db.lease.findFirst()
  const other = await exclusively(story.pool, 'job: count', async () => {
    stall.resolve()
    await running
    return 'not disturbed'
  })
  expect(other).toBe('not disturbed')
  expect(stalled.batches()).toBe(1)
  expect(lease).toMatchObject({ name: 'job: count', holder: null })
})

test('a job that fails says why, keeps none of the others from running, and is wrong until it ends well', async () => {
  const story = await createStory()
  story.expectLog(/^Job failed: "fail" runs again when it is next due. no luck/)
  let fails = true
  const failing: Job = {
    name: 'fail',
    intervalSeconds: 60,
    runBatch: async () => {
      if (fails) throw new Error('no luck, says bob@example.org')
      return false
    },
  }
  const { job, batches } = countingJob(1)
  await runDueJobs(deps(story), [failing, job])
  expect(batches()).toBe(1)
  expect(await health(story)).toMatchObject({
    ok: false,
    says: expect.stringMatching(/^"fail" failed \d+ seconds ago: no luck, says \[not logged\]$/),
  })
  fails = false
  await minutesPass(story, 2)
  await runDueJobs(deps(story), [failing, job])
  expect(await health(story)).toMatchObject({
    ok: true,
    says: expect.stringMatching(/"fail" ran well \d+ seconds ago/),
  })
})

test('a job that is interrupted finishes its batch and is due again at once', async () => {
  const story = await createStory()
  const stop = new AbortController()
  const { job, batches } = countingJob(5, async () => stop.abort())
  await runDueJobs(deps(story, stop.signal), [job])
  expect(batches()).toBe(1)
  expect(await story.db.job.findMany()).toEqual([])
  expect(await story.db.lease.findMany()).toMatchObject([{ name: 'job: count', leaseUntil: null }])
  await runDueJobs(deps(story), [job])
  expect(batches()).toBe(5)
})

test('a job that is overdue fails the health check', async () => {
  const story = await createStory()
  expect(await health(story)).toMatchObject({ ok: true, says: 'none has run yet' })
  await runDueJobs(deps(story), [countingJob(1).job])
  await minutesPass(story, 89)
  expect((await health(story))?.ok).toBe(true)
  await minutesPass(story, 2)
  expect(await health(story)).toMatchObject({
    ok: false,
    says: expect.stringMatching(/^"count" last ran 91 minutes ago/),
  })
})

test('expired attempts are deleted, however many, and no others', async () => {
  const story = await createStory()
  const old = Array.from({ length: 2_500 }, (_, n) => ({
    key: `old ${n}`,
    count: 1,
    since: new Date(Date.now() - 11 * MINUTE_MS),
  }))
  const recent = { key: 'new', count: 1, since: new Date(Date.now() - 9 * MINUTE_MS) }
  await story.db.rateLimit.createMany({ data: [...old, recent] })
  await runDueJobs(deps(story))
  expect(await story.db.rateLimit.findMany({ select: { key: true } })).toEqual([{ key: 'new' }])
})

test('after WHY_DAYS, events that concern nobody are deleted and the others lose their rules', async () => {
  const story = await createStory({ whyDays: 30 })
  const { db } = story
  const bob = await story.member('bob')
  const event = (n: number, ageDays: number) => ({
    id: `OLYMPIA-${n}`,
    type: 'PostAdded',
    block: n,
    time: new Date(Date.now() - ageDays * 24 * 60 * MINUTE_MS),
    fact: String(n),
    actorId: 5,
    rules: [{ audience: 'everyone', kind: 'FORUM_POST_ALL' }],
    data: { thread: 'Plants' },
    sources: ['post:7'],
  })
  const old = Array.from({ length: 2_500 }, (_, n) => event(n, 31))
  await db.event.createMany({ data: [...old, event(3_000, 29), event(3_001, 29)] })
  for (const block of [7, 2_400, 3_001]) {
    const { id, number } = await db.event.findFirstOrThrow({ where: { block } })
    const data = { memberId: Number(bob.id), kind: 'FORUM_POST_ALL', eventId: id, eventNumber: number }
    await db.notification.create({ data })
  }
  await runDueJobs(deps(story))
  const kept = await db.event.findMany({ orderBy: { number: 'asc' } })
  expect(kept.map(({ block, rules, actorId, data }) => [block, rules, actorId, data])).toEqual([
    [7, null, null, old[7]?.data],
    [2_400, null, null, old[7]?.data],
    [3_000, old[7]?.rules, 5, old[7]?.data],
    [3_001, old[7]?.rules, 5, old[7]?.data],
  ])
  expect(await db.notification.count()).toBe(3)
})

test('a worker runs due jobs and stops on request', async () => {
  const story = await createStory()
  const stop = new AbortController()
  const running = keepRunningJobs({ ...deps(story), stop: stop.signal })
  onTestFinished(() => stop.abort())
  await until(async () => (await story.db.job.count({ where: { endedAt: { not: null } } })) === jobs.length)
  stop.abort()
  await running
})

test('what no rate needs and no score counts is forgotten, and suppressions are not', async () => {
  const story = await createStory()
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)
  const hour = (hours: number) => ago(hours).toISOString().slice(0, 13)
  const counts = [0, 1, 24, 167, 190, 194, 9_000].map((hours) => ({
    name: 'emails_by_hour',
    labels: { hour: hour(hours), provider: 'SendGrid', what: 'sent' },
    value: 1,
  }))
  const total = { name: 'emails_total', labels: { provider: 'SendGrid', outcome: 'sent' }, value: 7 }
  await story.db.counter.createMany({ data: [...counts, total] })
  const suppression = (address: string, days: number, reason: string | null) => ({
    address,
    mailbox: address,
    reason,
    updatedAt: ago(days * 24),
  })
  await story.db.suppression.createMany({
    data: [
      suppression('bounced@example.org', 1_000, 'BOUNCED'),
      suppression('scored@example.org', 89, null),
      suppression('forgotten@example.org', 91, null),
    ],
  })
  await runDueJobs(story.deps)
  const kept = await story.db.counter.findMany()
  expect(kept.flatMap(({ labels }) => (labels as { hour?: string }).hour ?? []).sort()).toEqual(
    [0, 1, 24, 167, 190].map(hour).sort(),
  )
  expect(kept.find(({ name }) => name === 'emails_total')?.value).toBe(7)
  const addresses = (await story.db.suppression.findMany()).map(({ address }) => address)
  expect(addresses.sort()).toEqual(['bounced@example.org', 'scored@example.org'])
})
