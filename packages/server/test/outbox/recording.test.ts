import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { readAndRecord } from '../../src/notifier/run.ts'
import { claimDue } from '../../src/outbox/claim.ts'
import { noEmails } from '../../src/outbox/deliver.ts'
import { cancel } from '../../src/outbox/enqueue.ts'
import type { OutgoingEmail } from '../../src/outbox/provider.ts'
import { type Result, recordResults } from '../../src/outbox/record.ts'
import { createRecorder } from '../../src/outbox/recorder.ts'
import { retryFailed } from '../../src/outbox/retry-failed.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()
const CLAIM = {
  provider: 'test',
  others: [],
  takesNew: true,
  reportSeconds: 0,
  types: ['notification'],
  limit: 100,
  leaseSeconds: 120,
  concurrency: 10,
}
const sent = (id: number): Result => ({ id, status: 'SENT', address: 'a@example.org', messageId: null })
const untried = (id: number): Result => ({ id, status: 'PENDING', outcome: 'untried' })

/** As many emails that wait to be sent, by a provider that takes its time. */
async function waiting(members: number, think = () => sleep(5)) {
  const handedOver: OutgoingEmail[] = []
  const send = async (email: OutgoingEmail) => {
    handedOver.push(email)
    await think()
    return { result: 'sent' as const, messageId: null }
  }
  const story = await createStory({ provider: { ...recordingProvider([]), send } })
  for (let n = 0; n < members; n++) await story.member(`member-${n}`)
  await story.begins()
  story.chain.votingPeriodStarted({ candidates: [] })
  story.chain.commitBlock()
  await readAndRecord(story.deps, { events: 0, notifications: 0, setAside: 0, emails: noEmails() })
  return { story, handedOver }
}

/** The database refuses to take that an email was sent, until it relents. */
async function refuse({ db, expectLog }: Story) {
  expectLog(/Cannot record delivery results: sending is paused. disk full/)
  // A sequence counts on when its transaction fails.
  await db.$executeRaw`CREATE SEQUENCE refusals`
  await db.$executeRaw`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM nextval('refusals'); RAISE 'disk full'; END $$`
  await db.$executeRaw`CREATE TRIGGER refuse BEFORE UPDATE ON "Email" FOR EACH ROW WHEN (NEW.status = 'SENT')
    EXECUTE FUNCTION refuse()`
  const relent = () => db.$executeRaw`DROP FUNCTION IF EXISTS refuse CASCADE`
  onTestFinished(async () => {
    await relent()
    await db.$executeRaw`DROP SEQUENCE refusals`
  })
  const refusals = async () => {
    const [row] = await db.$queryRaw<{ count: bigint }[]>`SELECT last_value AS count FROM refusals`
    return Number(row?.count)
  }
  return { relent, refusals }
}

test('sending pauses while results cannot be recorded, then continues', async () => {
  const noticed = () => story.logs.some(({ msg }) => msg.startsWith('Cannot record delivery results'))
  // Ten at a time: the first ones are done at once, and the second ones on their way until the failure is known.
  const { story, handedOver } = await waiting(60, async () => {
    if (handedOver.length > 10) await until(noticed)
  })
  const { relent, refusals } = await refuse(story)
  const running = story.notify()
  await until(noticed)
  const refused = await refusals()
  await until(async () => (await refusals()) > refused + 1)
  expect(handedOver.length).toBe(20)
  await relent()
  expect((await running).emails).toMatchObject({ sent: 60, retrying: 0 })
  expect(new Set(handedOver.map(({ id }) => id)).size).toBe(60)
  expect(handedOver.length).toBe(60)
})

test('after a database failure longer than the lease, the log names the emails that may be sent again', async () => {
  const { story } = await waiting(3)
  await refuse(story)
  story.expectLog(/^Emails 1, 2 may be sent again/)
  const recorder = createRecorder(
    { pool: story.pool, log: story.deps.log, provider: { name: 'test' } },
    { until: new Date(), endsMs: performance.now(), heldBy: new Map() },
  )
  recorder.add([sent(1)])
  recorder.add([sent(2), untried(3)])
  expect(await recorder.ready()).toBe(true)
  await expect(recorder.flush()).rejects.toThrow('disk full')
  expect(await recorder.ready()).toBe(false)
})

test('a result without a valid lease does not touch the email of another notifier', async () => {
  const { story } = await waiting(3)
  const { db } = story
  const {
    emails: [first],
  } = await claimDue(story.pool, CLAIM)
  await db.$executeRaw`UPDATE "Email" SET "leaseUntil" = now() - interval '1 second'`
  await claimDue(story.pool, CLAIM)
  const lease = { until: first?.leaseUntil ?? new Date(), heldBy: new Map() }
  await recordResults(story.pool, 'test', [untried(1)], lease)
  const failure = {
    outcome: 'failed',
    code: 'RECIPIENT_DEFERRED',
    reason: 'busy',
    address: null,
    counts: true,
  } as const
  await recordResults(story.pool, 'test', [{ id: 2, status: 'FAILED', ...failure }], lease)
  await recordResults(story.pool, 'test', [sent(3)], lease)
  const emails = await db.email.findMany({ orderBy: { id: 'asc' } })
  expect(emails.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['PENDING', 2],
    ['PENDING', 2],
    ['SENT', 2],
  ])
})

const outbox = async ({ db }: Story) =>
  Object.fromEntries(
    (await db.counter.findMany({ where: { name: 'outbox_emails' } })).map(({ labels, value }) => [
      (labels as { status: string }).status,
      value,
    ]),
  )

test.each(['before', 'while'])(
  'an email that is cancelled during its hand-over, %s that is recorded, is sent and counts once',
  async (order) => {
    const { story } = await waiting(3)
    const { db, pool } = story
    const { emails } = await claimDue(pool, CLAIM)
    const lease = { until: emails[0]?.leaseUntil ?? new Date(), heldBy: new Map() }
    const [first] = emails.map(({ id }) => id)
    let recording: Promise<void> | undefined
    await inTransaction(pool, async (transaction) => {
      await cancel(transaction, Prisma.sql`id = ${first}`, 'MUTED')
      if (order === 'before') return
      recording = recordResults(
        pool,
        'test',
        emails.map(({ id }) => sent(id)),
        lease,
      )
      await until(async () => {
        const [row] = await db.$queryRaw<{ waits: boolean }[]>`
          SELECT count(*) > 0 AS waits FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`
        return row?.waits ?? false
      })
    })
    await (recording ??
      recordResults(
        pool,
        'test',
        emails.map(({ id }) => sent(id)),
        lease,
      ))
    const states = (await db.email.findMany()).map(({ status, reason, leaseUntil }) => [status, reason, leaseUntil])
    expect(states).toEqual(Array(3).fill(['SENT', null, null]))
    expect(await outbox(story)).toEqual({ IGNORED: 0, SENT: 3 })
    const [counted] = await db.counter.findMany({ where: { name: 'emails_total' } })
    expect(counted?.value).toBe(3)

    // Again, as after a lost connection.
    await recordResults(
      pool,
      'test',
      emails.map(({ id }) => sent(id)),
      lease,
    )
    expect(await outbox(story)).toEqual({ IGNORED: 0, SENT: 3 })
  },
)

test('failed emails that are tried again leave the count of failed ones', async () => {
  const { story } = await waiting(3)
  const { pool, db } = story
  const { emails } = await claimDue(pool, CLAIM)
  const lease = { until: emails[0]?.leaseUntil ?? new Date(), heldBy: new Map() }
  const failure = { outcome: 'rejected', code: 'RECIPIENT_REFUSED', reason: 'no', address: null, counts: true } as const
  await recordResults(
    pool,
    'test',
    emails.map(({ id }) => ({ id, status: 'FAILED' as const, ...failure })),
    lease,
  )
  expect(await outbox(story)).toEqual({ FAILED: 3 })
  const [id = 0] = emails.map((email) => email.id)
  await retryFailed(pool, { ids: [id], emailMaxAgeMs: 86_400_000, lifetimesSeconds: new Map() })
  expect(await outbox(story)).toEqual({ FAILED: 2 })
  expect((await story.notify()).emails).toMatchObject({ sent: 1 })
  expect(await outbox(story)).toEqual({ FAILED: 2, SENT: 1 })
  expect(await db.email.count({ where: { status: 'FAILED' } })).toBe(2)
})

/** A notifier claims what is due, and dies. @returns the ids */
async function dies({ pool, db }: Awaited<ReturnType<typeof createStory>>): Promise<number[]> {
  const { emails } = await claimDue(pool, CLAIM)
  await db.$executeRaw`UPDATE "Email" SET "leaseUntil" = now() - interval '1 second'`
  return emails.map(({ id }) => id).sort((a, b) => a - b)
}

test('emails that a dead notifier claimed but never began are not given up, though more die', async () => {
  const { story, handedOver } = await waiting(60)
  // Of the first claim nobody knows what was begun; of the later ones all were, and each time it is others.
  expect((await dies(story)).length).toBe(60)
  for (let death = 0; death < 8; death++) {
    const first = 10 * (death % 6) + 1
    expect(await dies(story)).toEqual(Array.from({ length: 10 }, (_, n) => first + n))
  }
  // Those in hand at three deaths.
  expect((await story.notify()).emails).toMatchObject({ sent: 40, failed: 20 })
  expect(handedOver.length).toBe(40)
})

test('an email that was in hand at three deaths is given up', async () => {
  const { story, handedOver } = await waiting(10)
  for (let death = 0; death < 3; death++) expect((await dies(story)).length).toBe(10)
  expect((await story.notify()).emails).toMatchObject({ sent: 0, failed: 10 })
  expect(handedOver.length).toBe(0)
})

test.each(['before', 'while'])(
  'an email that was held back for a pause is due, if the member ends the pause %s that is recorded',
  async (order) => {
    const { story } = await waiting(2)
    const { db, pool } = story
    const pauseEnd = new Date(Date.now() + 24 * 60 * 60 * 1000)
    await db.member.updateMany({ data: { pauseEmailsUntil: pauseEnd } })
    const { emails } = await claimDue(pool, CLAIM)
    const lease = { until: emails[0]?.leaseUntil ?? new Date(), heldBy: new Map() }
    const results = emails.map(
      ({ id }): Result => ({ id, status: 'PENDING', outcome: 'untried', sendAt: pauseEnd, isPause: true }),
    )
    const [awake, asleep] = emails.map(({ memberId }) => memberId)
    const saving = await pool.connect()
    try {
      await saving.query('BEGIN')
      await saving.query('UPDATE "Member" SET "pauseEmailsUntil" = NULL WHERE id = $1', [awake])
      if (order === 'before') await saving.query('COMMIT')
      const recording = recordResults(pool, 'test', results, lease)
      if (order === 'while') {
        await until(async () => {
          const [row] = await db.$queryRaw<{ waits: boolean }[]>`
            SELECT count(*) > 0 AS waits FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`
          return row?.waits ?? false
        })
        await saving.query('COMMIT')
      }
      await recording
    } finally {
      await saving.query('ROLLBACK')
      saving.release()
    }
    const due = await db.email.findMany({ where: { sendAt: { lte: new Date() } } })
    expect(due.map(({ memberId }) => memberId)).toEqual([awake])
    expect((await db.email.findFirst({ where: { memberId: asleep ?? -1 } }))?.sendAt).toEqual(pauseEnd)
    expect(await db.email.count({ where: { leaseUntil: null, attempts: 0 } })).toBe(2)
  },
)
