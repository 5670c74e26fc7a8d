import { expect, onTestFinished, test } from 'vitest'
import { query } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { explainEvent } from '../../src/inbox/why/explain.ts'
import { run } from '../../src/notifier/run.ts'
import { work } from '../../src/notifier/worker.ts'
import type { Provider } from '../../src/outbox/provider.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'
import { until } from '../support/until.ts'

const createStory = stories()

/** More than are resolved at once. */
const MEMBERS = 10_001
/** Recipients of one request, and of the first part. */
const FIRST = 1_000
/** The last to be told, were all in one part. */
const LAST = MEMBERS - 1

/** Takes a thousand emails in a request. */
function batchProvider(taken: number[]): Provider {
  const take = async (emails: readonly { to: string }[]) => {
    taken.push(...emails.map(({ to }) => Number(to.split('@')[0])))
    return { result: 'sent', messageId: 'test' } as const
  }
  return {
    ...recordingProvider([]),
    send: (email) => take([email]),
    batch: {
      mostRecipients: FIRST,
      placeholder: (variable) => `-${variable}-`,
      send: ({ recipients }) => take(recipients),
    },
  }
}

/** The beginning of an election, which all members follow. `taken`: the addresses that the provider got emails for. */
async function broadcast(options: Parameters<typeof createStory>[0] = {}, members = MEMBERS) {
  const taken: number[] = []
  const story = await createStory({ provider: batchProvider(taken), ...options })
  await story.db.$executeRaw`
    INSERT INTO "Member" (id, name, email) SELECT n, 'member-' || n, n || '@example.org'
    FROM generate_series(0, ${members - 1}::int) n`
  await story.begins()
  story.chain.announcingPeriodStarted()
  story.chain.commitBlock()
  return { story, taken }
}

/** As ranges, with every repeated id: ten thousand ids are no message. */
function ranges(ids: readonly number[]): string {
  const all: { first: number; last: number }[] = []
  for (const id of ids.toSorted((a, b) => a - b)) {
    const range = all.at(-1)
    if (range && id === range.last + 1) range.last = id
    else all.push({ first: id, last: id })
  }
  return all.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(' ')
}

async function notified({ pool }: Story): Promise<string> {
  const { rows } = await query<{ memberId: number }>(
    pool,
    Prisma.sql`SELECT "memberId" FROM "Notification" ORDER BY "memberId"`,
  )
  return ranges(rows.map(({ memberId }) => memberId))
}

async function counted({ db }: Story) {
  const counters = await db.counter.findMany({ where: { name: { in: ['events_total', 'recorded_total'] } } })
  return Object.fromEntries(counters.map(({ name, value }) => [name, Number(value)]))
}

/** Until it is called back, no transaction can move the cursor. */
async function holdCursor({ pool }: Story) {
  const session = await pool.connect()
  await session.query('BEGIN')
  await session.query(`SELECT FROM "Store" WHERE key = 'Progress' FOR SHARE`)
  let isHeld = true
  const release = async () => {
    if (isHeld) await session.query('ROLLBACK')
    if (isHeld) session.release()
    isHeld = false
  }
  onTestFinished(release)
  return release
}

/** Every transaction that moves the cursor fails at its end. */
async function breakCursor({ db }: Story) {
  await db.$executeRaw`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the notifier dies here'; END $$`
  await db.$executeRaw`CREATE CONSTRAINT TRIGGER dies AFTER UPDATE ON "Store" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (old.key = 'Progress') EXECUTE FUNCTION fail()`
  const mend = () => db.$executeRaw`DROP FUNCTION IF EXISTS fail() CASCADE`
  onTestFinished(async () => void (await mend()))
  return mend
}

test('the first members of a broadcast get their emails while the others are still recorded', async () => {
  const { story, taken } = await broadcast()
  const release = await holdCursor(story)
  const running = run(story.deps)
  await until(() => taken.length > 0)
  expect(await notified(story)).toBe(`0-${FIRST - 1}`)
  await release()
  const { events, notifications, emails } = await running
  expect({ events, notifications, sent: emails.sent }).toEqual({ events: 1, notifications: MEMBERS, sent: MEMBERS })
  expect(ranges(taken)).toBe(`0-${LAST}`)
  expect(await notified(story)).toBe(`0-${LAST}`)
  expect(await counted(story)).toEqual({ events_total: 1, recorded_total: MEMBERS })
  expect(await story.db.event.findMany({ select: { isBegun: true } })).toEqual([{ isBegun: false }])
})

test('a worker sends the first emails of a broadcast while the others are still recorded', async () => {
  const { story, taken } = await broadcast()
  const release = await holdCursor(story)
  const stop = new AbortController()
  // Nothing looks at the outbox again before the end of the test.
  const working = work({ ...story.deps, stop: stop.signal }, { seconds: 3_600 }, 3_600_000)
  await until(() => taken.length > 0)
  expect(ranges(taken)).toBe(`0-${FIRST - 1}`)
  await release()
  await until(async () => (await notified(story)) === `0-${LAST}`)
  stop.abort()
  await working
})

test('a notifier that dies between the parts of a broadcast loses nothing and tells nobody twice', async () => {
  const { story, taken } = await broadcast()
  const mend = await breakCursor(story)
  for (let death = 0; death < 3; death++) await expect(run(story.deps)).rejects.toThrow(/the notifier dies here/)
  expect(await notified(story)).toBe(`0-${FIRST - 1}`)
  expect(ranges(taken)).toBe(`0-${FIRST - 1}`)
  const explained = async (memberId: number) => {
    const [event] = await story.db.event.findMany()
    const [one] = await explainEvent(story.pool, memberId, event?.id ?? '', { whyDays: 90, reader: 'member' })
    return [one?.outcome, ...(one?.steps ?? []).map(({ text }) => text)].join('\n')
  }
  expect(await explained(0)).toMatch(/^You were notified in the app and by email.*\bThis is why you were notified\./s)
  expect(await explained(LAST)).toMatch(
    /^You were not notified so far: the first members of all were, and the others follow\.\n.*\bThis is why you will be notified\./s,
  )
  expect(await explained(LAST)).not.toMatch(/do not lead to what was recorded/)
  // What a first member changes now has no part in what happened.
  await story.db.member.update({ where: { id: 0 }, data: { receiveEmails: false } })
  await story.refuses({ id: '0' } as Parameters<Story['refuses']>[0], 'ELECTION_ANNOUNCING_STARTED')

  await mend()
  const { notifications } = await run(story.deps)
  expect(notifications).toBe(MEMBERS - FIRST)
  expect(await notified(story)).toBe(`0-${LAST}`)
  expect(ranges(taken)).toBe(`0-${LAST}`)
  expect(await counted(story)).toEqual({ events_total: 1, recorded_total: MEMBERS })
  expect(await explained(LAST)).toMatch(/^You were notified in the app and by email/)
  expect(await explained(0)).toMatch(/^You were notified in the app and by email.*\bThis is why you were notified\./s)
  expect(await explained(0)).not.toMatch(/switched|do not lead to what was recorded/)
})

test('an event that has another fact when it is read again notifies nobody twice', async () => {
  const { story, taken } = await broadcast()
  const mend = await breakCursor(story)
  await expect(run(story.deps)).rejects.toThrow(/the notifier dies here/)
  await story.db.event.updateMany({ data: { fact: 'as an earlier version computed it' } })
  await mend()
  await run(story.deps)
  expect(await notified(story)).toBe(`0-${LAST}`)
  expect(ranges(taken)).toBe(`0-${LAST}`)
})

test('the first part of a broadcast leaves members to the second whose address is shared, or who get digests', async () => {
  const { story, taken } = await broadcast()
  const { db } = story
  await db.member.update({ where: { id: 1 }, data: { email: `${LAST}@EXAMPLE.org` } })
  await db.member.update({ where: { id: 2 }, data: { emailFrequency: 'DAILY', urgentImmediately: false } })
  await db.member.update({ where: { id: 3 }, data: { pauseEmailsUntil: new Date(Date.now() + 3_600_000) } })
  await db.member.update({ where: { id: 4 }, data: { receiveEmails: false } })
  await db.member.update({ where: { id: 5 }, data: { email: null } })
  await story.refuses({ id: '6' } as Parameters<Story['refuses']>[0], 'ELECTION_ANNOUNCING_STARTED')
  const mend = await breakCursor(story)
  await expect(run(story.deps)).rejects.toThrow(/the notifier dies here/)
  // One of the thousand shares its address and one refuses this kind; four others are not among them.
  const first = `0 7-${FIRST + 3}`
  expect(await notified(story)).toBe(first)
  expect(ranges(taken)).toBe(first)
  await mend()
  await run(story.deps)
  expect(await notified(story)).toBe(`0-5 7-${LAST}`)
  // Member 1 has the address of the last one.
  expect(ranges(taken)).toBe(`0 7-${LAST}`)
  const reasons = await db.notification.findMany({ where: { emailId: null }, orderBy: { memberId: 'asc' } })
  expect(reasons.map(({ memberId, emailStatusReason }) => `${memberId} ${emailStatusReason}`)).toEqual([
    '4 EMAILS_OFF',
    '5 NO_ADDRESS',
    `${LAST} SHARED_ADDRESS`,
  ])
})

test.each<[string, Parameters<typeof createStory>[0], number, number]>([
  ['to few members', {}, MEMBERS - 1, MEMBERS - 1],
  ['that nothing emails', { provider: null }, MEMBERS, 0],
  ['whose emails wait', { emailDelaySeconds: 60 }, MEMBERS, 0],
  ['that is too old for emails', { emailMaxAgeMs: 1_000, age: 60_000 }, MEMBERS, 0],
])('a broadcast %s is recorded in one part', async (_, options, members, emails) => {
  const { story, taken } = await broadcast(options, members)
  const mend = await breakCursor(story)
  await expect(run(story.deps)).rejects.toThrow(/the notifier dies here/)
  expect(await notified(story)).toBe('')
  await mend()
  await run(story.deps)
  expect(await notified(story)).toBe(`0-${members - 1}`)
  expect(ranges(taken)).toBe(emails ? `0-${emails - 1}` : '')
})

test('a first part whose blocks another notifier has handled records nothing', async () => {
  const { story, taken } = await broadcast()
  const { db } = story
  // After the cursor was read, between the requests for the head and for the events.
  let requests = 0
  const { request } = story.deps.queryNode
  const queryNode = {
    ...story.deps.queryNode,
    request: (async (...args: Parameters<typeof request>) => {
      const data = { value: { block: story.chain.head } }
      if (++requests === 2) await db.store.update({ where: { key: 'Progress' }, data })
      return request(...args)
    }) as typeof request,
  }
  await run({ ...story.deps, queryNode })
  expect([await notified(story), taken]).toEqual(['', []])
})
