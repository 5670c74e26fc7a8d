import { simpleParser } from 'mailparser'
import { mention } from 'query-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { RECORDING } from '../../src/db/recording.ts'
import { createSmtp } from '../../src/emails/providers/smtp.ts'
import { type EmailFrequency, Prisma } from '../../src/generated/prisma/client.ts'
import { explain } from '../../src/lib/explain.ts'
import { CalmMistake, saveCalm } from '../../src/members/calm.ts'
import { storePublicUrl } from '../../src/members/public-url.ts'
import { startScript } from '../emails/smtp-stand-in.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'

const createStory = stories()

const HOUR_MS = 60 * 60 * 1000
type Options = Parameters<typeof createStory>[0]

/** Bob, who follows the forum, and dave, who writes in it. */
async function bobs(settings: Parameters<Story['member']>[1] = {}, options: Options = {}) {
  const story = await createStory(options)
  const { chain, db } = story
  const bob = await story.member('bob', settings)
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.wants(bob, 'PROPOSAL_CREATED_ALL')
  const dave = story.stranger('dave')
  const category = chain.categoryCreated('General')
  const threads = ['Plants', 'Cacti'].map((title) =>
    chain.threadCreated({ by: dave, in: category, title, text: 'Water them.' }),
  )
  const [plants, cacti] = threads as [(typeof threads)[0], (typeof threads)[0]]
  await story.begins()
  const memberId = Number(bob.id)
  return {
    story,
    chain,
    db,
    bob,
    dave,
    category,
    plants,
    cacti,
    memberId,
    post: (text: string, thread = plants) => chain.postAdded({ by: dave, in: thread, text }),
    saves: (changes: Parameters<typeof saveCalm>[2]) =>
      inTransaction(story.pool, (transaction) => saveCalm(transaction, memberId, changes)),
    /** What bob's inbox says of each email. */
    inbox: async () => {
      const rows = await db.notification.findMany({
        where: { memberId },
        include: { email: true },
        orderBy: { id: 'asc' },
      })
      return rows.map(({ email, emailStatus, emailStatusReason }) =>
        [email?.status ?? emailStatus, email ? email.reason : emailStatusReason].filter(Boolean).join(' '),
      )
    },
    emails: () => db.email.findMany({ where: { memberId }, orderBy: { id: 'asc' } }),
    subjects: () => story.sent.map(({ subject }) => subject),
  }
}

/** Does it again where the clock hour, which the limit counts by, ended meanwhile. */
async function withinAnHour(work: () => Promise<unknown>): Promise<void> {
  const hour = () => Math.floor(Date.now() / HOUR_MS)
  for (let began = hour() - 1; began !== hour(); ) {
    began = hour()
    try {
      await work()
    } catch (error) {
      if (began === hour()) throw error
    }
  }
}

/** Time passes, until what waits is due. */
const passTime = ({ db }: Story) =>
  db.$executeRaw`UPDATE "Email" SET "sendAt" = now() - interval '1 second' WHERE status = 'PENDING' AND "leaseUntil" IS NULL`

describe.for(['HOURLY', 'DAILY', 'WEEKLY'] satisfies EmailFrequency[])('%s', (emailFrequency) => {
  test('news collects over several runs, and comes in one email when it is due, then in the next', async () => {
    const { story, post, emails, inbox, subjects } = await bobs({ emailFrequency, digestHour: 8 })
    post('One.')
    await story.notify()
    post('Two.')
    post('Three.')
    await story.notify()
    expect(story.sent).toEqual([])
    const [digest, ...others] = await emails()
    expect(others).toEqual([])
    expect(digest).toMatchObject({ type: 'digest', status: 'PENDING', collects: true, attempts: 0 })
    const due = digest?.sendAt ?? new Date(0)
    expect(due.getTime()).toBeGreaterThan(Date.now() - HOUR_MS)
    expect([due.getUTCMinutes(), due.getUTCSeconds()]).toEqual([0, 0])
    if (emailFrequency !== 'HOURLY') expect(due.getUTCHours()).toBe(8)
    if (emailFrequency === 'WEEKLY') expect(due.getUTCDay()).toBe(1)
    expect(await inbox()).toEqual(['PENDING', 'PENDING', 'PENDING'])

    await passTime(story)
    await story.notify()
    expect(subjects()).toEqual(['3 updates: dave posted in “Plants”'])
    for (const text of ['One.', 'Two.', 'Three.']) expect(story.sent[0]?.text).toContain(text)
    expect(story.sent[0]?.text).toContain(`${emailFrequency.toLowerCase()} digest`)
    expect(await inbox()).toEqual(['SENT', 'SENT', 'SENT'])

    post('Four.')
    await story.notify()
    await passTime(story)
    await story.notify()
    expect(subjects()[1]).toBe('1 update: dave posted in “Plants”')
    expect(story.sent[1]?.text).not.toContain('Three.')
  })

  test('mentions and elections do not wait for it, unless the member wants that', async () => {
    const { story, chain, bob, post, subjects, saves } = await bobs({ emailFrequency })
    post(`Well, ${mention(bob)}?`)
    chain.announcingPeriodStarted()
    post('By the way.')
    await story.notify()
    expect(subjects().sort()).toEqual([
      expect.stringMatching(/^Stand for the council by /),
      'dave mentioned you in “Plants”',
    ])
    await saves({ urgentImmediately: false })
    post(`Well, ${mention(bob)}!`)
    await story.notify()
    expect(story.sent.length).toBe(2)
    await passTime(story)
    await story.notify()
    expect(subjects()[2]).toBe('2 updates: dave mentioned you in “Plants”')
  })
})

test('a digest is grouped by thread and proposal, with what concerns the member most first', async () => {
  const { story, chain, bob, dave, post, plants, cacti } = await bobs({
    emailFrequency: 'DAILY',
    urgentImmediately: false,
  })
  post('Plants one.')
  post('Cacti one.', cacti)
  chain.proposalCreated({ by: dave, title: 'A watering can', description: 'Please.' })
  post(`Cacti two, ${mention(bob)}`, cacti)
  post('Plants two.')
  await story.notify()
  await passTime(story)
  await story.notify()
  const [email] = story.sent
  expect(email?.subject).toBe('5 updates: dave mentioned you in “Cacti”')
  expect(email?.headers).toMatchObject({
    'Feedback-ID': 'digest:digest::joystream',
    'List-Id': 'Joystream DAO: Digest <digest.notifications.example.org>',
  })
  const lines = (email?.text ?? '').split('\n').filter((line) => /^\* |^(Plants|Cacti|A watering can)$/.test(line))
  expect(lines).toEqual([
    'Cacti',
    '* dave mentioned you in “Cacti”',
    '* dave posted',
    'Plants',
    '* dave posted',
    '* dave posted',
    'A watering can',
    '* New proposal: A watering can (signal)',
  ])
  for (const { id } of [plants, cacti]) expect(email?.text).toContain(`/#/forum/thread/${id}?post=`)
})

test('a digest shows fifty pieces of news and says how many more there are', async () => {
  const { story, post, inbox } = await bobs({ emailFrequency: 'DAILY' })
  for (let n = 1; n <= 63; n++) post(`Number ${n}.`)
  await story.notify()
  await passTime(story)
  await story.notify()
  const [email] = story.sent
  expect(email?.subject).toBe('63 updates: dave posted in “Plants”')
  expect(email?.text.match(/^\* dave posted$/gm)).toHaveLength(50)
  expect(email?.text).toContain('And 13 more, which you can read in Pioneer.')
  expect(email?.html).toMatch(/<a href="https:\/\/pioneer\.example\/#\/"[^>]*>And 13 more, which/)
  expect(new Set(await inbox())).toEqual(new Set(['SENT']))
})

test('what was taken back leaves its digest, and only that; a digest of nothing else is not sent', async () => {
  const { story, chain, post, inbox, subjects, emails } = await bobs({ emailFrequency: 'DAILY' })
  const rude = post('Rude words.')
  post('Kind words.')
  await story.notify()
  chain.postModerated(rude)
  await story.notify()
  expect(await inbox()).toEqual(['IGNORED WITHDRAWN', 'PENDING'])
  await passTime(story)
  await story.notify()
  expect(subjects()).toEqual(['1 update: dave posted in “Plants”'])
  expect(story.sent[0]?.text).not.toContain('Rude')
  expect(await inbox()).toEqual(['IGNORED WITHDRAWN', 'SENT'])

  const alone = post('More rude words.')
  await story.notify()
  chain.postModerated(alone)
  await story.notify()
  await passTime(story)
  await story.notify()
  expect(story.sent.length).toBe(1)
  expect((await emails()).map(({ status, reason }) => [status, reason])).toEqual([
    ['SENT', null],
    ['IGNORED', 'SUBJECT_GONE'],
  ])
})

test('a digest is not sent to somebody who switched emails off or removed the address meanwhile', async () => {
  for (const [data, reason] of [
    [{ receiveEmails: false }, 'EMAILS_OFF'],
    [{ email: null }, 'NO_ADDRESS'],
  ] as const) {
    const { story, db, post, inbox } = await bobs({ emailFrequency: 'DAILY' })
    post('One.')
    await story.notify()
    await db.member.updateMany({ data })
    await passTime(story)
    await story.notify()
    expect(story.sent).toEqual([])
    expect(await inbox()).toEqual([`IGNORED ${reason}`])
  }
})

test('news in a digest does not become too old while it collects; a digest that is sent too late does', async () => {
  const { story, db, post, subjects, inbox } = await bobs({ emailFrequency: 'WEEKLY' })
  post('One.')
  await story.notify()
  await db.$executeRaw`UPDATE "Event" SET time = now() - interval '6 days'`
  await passTime(story)
  await story.notify()
  expect(subjects()).toEqual(['1 update: dave posted in “Plants”'])
  post('Two.')
  await story.notify()
  await db.$executeRaw`UPDATE "Email" SET "sendAt" = now() - interval '4 days' WHERE status = 'PENDING'`
  await story.notify()
  expect(story.sent.length).toBe(1)
  expect(await inbox()).toEqual(['SENT', 'IGNORED TOO_OLD'])
})

test('one event that cannot be put into words does not keep the others of its digest from being sent', async () => {
  const { story, db, post, subjects } = await bobs({ emailFrequency: 'DAILY' })
  post('One.')
  post('Two.')
  post('Three.')
  await story.notify()
  const [first, second] = await db.notification.findMany({ orderBy: { id: 'asc' } })
  await db.notification.updateMany({ where: { id: first?.id ?? 0 }, data: { kind: 'OF_A_LATER_VERSION' } })
  await db.event.updateMany({ where: { number: second?.eventNumber ?? 0 }, data: { type: 'OfALaterVersion' } })
  await passTime(story)
  await story.notify()
  expect(subjects()).toEqual(['3 updates: dave posted in “Plants”'])
  expect(story.sent[0]?.text).toContain('Three.')
  expect(story.sent[0]?.text).toContain('And 2 more')
})

test('news that arrives while its digest is being sent joins the next one, also when the first has to be sent again', async () => {
  const sent: Story['sent'] = []
  const during: (() => Promise<unknown>)[] = []
  let isDown = true
  const provider = recordingProvider(sent, () =>
    isDown ? { result: 'unavailable', reason: 'not now', retryAfterMs: 0 } : { result: 'sent', messageId: null },
  )
  const { send } = provider
  provider.send = async (email) => {
    await during.shift()?.()
    return send(email)
  }
  const { story, chain, post, emails, inbox } = await bobs({ emailFrequency: 'HOURLY' }, { provider })
  story.expectLog(/not now/)
  post('One.')
  await story.notify()
  await passTime(story)
  // Another notifier records while the provider has the first digest.
  during.push(async () => {
    post('Two.')
    await story.notify()
  })
  await story.notify()
  expect((await emails()).map(({ type, collects }) => [type, collects])).toEqual([
    ['digest', false],
    ['digest', true],
  ])
  isDown = false
  await story.pauseEnds()
  await passTime(story)
  chain.commitBlock()
  await story.notify()
  expect(sent.map(({ subject }) => subject)).toEqual(Array(2).fill('1 update: dave posted in “Plants”'))
  expect(await inbox()).toEqual(['SENT', 'SENT'])
})

test('a notifier that claims a digest and one that adds to it cannot both win', async () => {
  const { story, post, emails, inbox } = await bobs({ emailFrequency: 'HOURLY' })
  post('One.')
  await story.notify()
  await passTime(story)
  // The claim is made, and not committed yet.
  const claimer = await story.pool.connect()
  await claimer.query('BEGIN')
  await claimer.query(`UPDATE "Email" SET "leaseUntil" = now() + interval '1 minute', attempts = 1, collects = false`)
  post('Two.')
  const adding = story.notify()
  await expect.poll(() => waitingForLock(story), { timeout: 60_000 }).toBe(1)
  await claimer.query('COMMIT')
  claimer.release()
  await adding
  expect((await emails()).map(({ collects, attempts }) => [collects, attempts])).toEqual([
    [false, 1],
    [true, 0],
  ])
  expect(new Set((await story.db.notification.findMany()).map(({ emailId }) => emailId)).size).toBe(2)
  expect(await inbox()).toEqual(['PENDING', 'PENDING'])
})

/** How many sessions of this database wait for a lock. */
async function waitingForLock({ db }: Story): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return row?.count ?? 0
}

test('settings that are saved while news is being recorded move its digest too', async () => {
  const { story, post, emails, saves } = await bobs({ emailFrequency: 'WEEKLY' })
  post('One.')
  const recorder = await story.pool.connect()
  await recorder.query('BEGIN')
  await recorder.query(Prisma.sql`SELECT pg_advisory_xact_lock(${RECORDING})`.text)
  const { rows } = await recorder.query(
    `INSERT INTO "Email" (type, "memberId", "sendAt", collects) SELECT 'digest', id, now() + interval '6 days', true FROM "Member" RETURNING id`,
  )
  expect(rows.length).toBe(1)
  const saving = saves({ emailFrequency: 'IMMEDIATE' })
  await new Promise((resolve) => setImmediate(resolve))
  await recorder.query('COMMIT')
  recorder.release()
  await saving
  const [digest] = await emails()
  expect(digest?.sendAt.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
})

test('during a pause nothing is sent, not even a mention; one digest follows at its end', async () => {
  const pauseEmailsUntil = new Date(Date.now() + 5 * 24 * HOUR_MS)
  const { story, bob, post, emails, subjects } = await bobs({ pauseEmailsUntil })
  post(`Well, ${mention(bob)}?`)
  await story.notify()
  post('By the way.')
  await story.notify()
  expect(story.sent).toEqual([])
  expect((await emails()).map(({ type, sendAt }) => ({ type, sendAt }))).toEqual([
    { type: 'digest', sendAt: pauseEmailsUntil },
  ])
  await story.db.member.updateMany({ data: { pauseEmailsUntil: new Date(Date.now() - 1) } })
  await passTime(story)
  await story.notify()
  expect(subjects()).toEqual(['2 updates: dave mentioned you in “Plants”'])
  expect(story.sent[0]?.text).toContain('You receive this because your emails were paused.')
  post('After the pause.')
  await story.notify()
  expect(subjects()[1]).toBe('Re: Plants')
})

test('emails that wait when a pause begins are sent at its end, or when the member ends it', async () => {
  const { story, db, post, emails, saves } = await bobs({}, { emailDelaySeconds: 600 })
  post('One.')
  await story.notify()
  const until = new Date(Date.now() + 24 * HOUR_MS)
  await saves({ pauseEmailsUntil: until })
  await passTime(story)
  await story.notify()
  expect(story.sent).toEqual([])
  expect((await emails()).map(({ sendAt, attempts, status }) => ({ sendAt, attempts, status }))).toEqual([
    { sendAt: until, attempts: 0, status: 'PENDING' },
  ])
  await saves({ pauseEmailsUntil: null })
  await story.notify()
  expect(story.sent.length).toBe(1)
  expect(await db.email.count({ where: { status: 'PENDING' } })).toBe(0)
})

test('switching to immediate emails sends what has collected', async () => {
  const { story, post, saves, subjects } = await bobs({ emailFrequency: 'WEEKLY' })
  post('One.')
  await story.notify()
  await saves({ emailFrequency: 'IMMEDIATE' })
  await story.notify()
  post('Two.')
  await story.notify()
  expect(subjects()).toEqual(['1 update: dave posted in “Plants”', 'Re: Plants'])
})

test('what is above the limit of an hour comes in one digest at its end, urgent or not', () =>
  withinAnHour(async () => {
    const { story, bob, post, emails, subjects } = await bobs({}, { emailsPerHour: 3 })
    const carol = await story.member('carol')
    await story.wants(carol, 'FORUM_POST_ALL')
    for (let n = 1; n <= 2; n++) post(`Number ${n}.`)
    await story.notify()
    post(`Number 3.`)
    for (let n = 4; n <= 6; n++) post(`Number ${n}, ${mention(bob)}`)
    await story.notify()
    post(`Number 7, ${mention(bob)}`)
    await story.notify()
    expect(story.sent.filter(({ to }) => to === 'bob@example.org').length).toBe(3)
    expect(story.sent.filter(({ to }) => to === 'carol@example.org').length).toBe(3)
    const digests = (await emails()).filter(({ type }) => type === 'digest')
    expect(digests.length).toBe(1)
    const due = digests[0]?.sendAt ?? new Date(0)
    expect(due.getTime() % HOUR_MS).toBe(0)
    expect(due.getTime()).toBeGreaterThan(Date.now() - HOUR_MS)

    await passTime(story)
    await story.notify()
    expect(subjects().slice(6).sort()).toEqual([
      '4 updates: dave mentioned you in “Plants”',
      '4 updates: dave posted in “Plants”',
    ])
    expect(story.sent[6]?.text).toContain('there was more news than is emailed one by one')
  }))

test('the limit counts the clock hour: the next one begins anew', () =>
  withinAnHour(async () => {
    const { story, db, post } = await bobs({}, { emailsPerHour: 2 })
    for (let n = 1; n <= 2; n++) post(`Number ${n}.`)
    await story.notify()
    await db.$executeRaw`UPDATE "Email" SET "createdAt" = now() - interval '1 hour', "updatedAt" = now() - interval '1 hour'`
    for (let n = 3; n <= 4; n++) post(`Number ${n}.`)
    await story.notify()
    expect(story.sent.length).toBe(4)
  }))

test('without a limit, everything is sent at once', async () => {
  const { story, post } = await bobs({}, { emailsPerHour: 0 })
  for (let n = 1; n <= 40; n++) post(`Number ${n}.`)
  await story.notify()
  expect(story.sent.length).toBe(40)
})

test.each([
  ['at the same time', false],
  ['later', true],
])('a member who has a digest gets it at the end of the hour when mentions exceed the limit %s', (_, later) =>
  withinAnHour(async () => {
    const { story, bob, post, emails, subjects } = await bobs({ emailFrequency: 'WEEKLY' }, { emailsPerHour: 1 })
    post('By the way.')
    if (later) await story.notify()
    for (let n = 1; n <= 3; n++) post(`Number ${n}, ${mention(bob)}`)
    await story.notify()
    expect(subjects()).toEqual(['dave mentioned you in “Plants”'])
    const waiting = (await emails()).filter(({ status }) => status === 'PENDING')
    expect(waiting.length).toBe(1)
    expect(waiting[0]?.sendAt.getTime()).toBeLessThanOrEqual(Date.now() + HOUR_MS)
    await passTime(story)
    await story.notify()
    expect(subjects()[1]).toBe('3 updates: dave mentioned you in “Plants”')
  }),
)

test('immediate emails wait for the delay, and confirmations do not', async () => {
  const { story, post, emails } = await bobs({}, { emailDelaySeconds: 120 })
  post('One.')
  await story.notify()
  expect(story.sent).toEqual([])
  const [email] = await emails()
  const delay = (email?.sendAt.getTime() ?? 0) - (email?.createdAt.getTime() ?? 0)
  expect(Math.abs(delay - 120_000)).toBeLessThanOrEqual(1)
  await passTime(story)
  await story.notify()
  expect(story.sent.length).toBe(1)
})

test('memberships that share an address get one email about a fact, in a digest or not', async () => {
  const { story, post, inbox } = await bobs({ emailFrequency: 'DAILY' })
  const carol = await story.member('carol', { email: 'Bob@example.org' })
  await story.wants(carol, 'FORUM_POST_ALL')
  post('One.')
  await story.notify()
  expect(await inbox()).toEqual(['PENDING'])
  expect((await story.notificationOf(carol)).emailStatus).toBe('IGNORED')
  await passTime(story)
  await story.notify()
  expect(story.sent.length).toBe(1)
})

test('a zone that PostgreSQL does not know is a mistake of the member, whoever saves it', async () => {
  const { saves } = await bobs()
  await expect(saves({ timeZone: 'Europe/Nowhere' })).rejects.toBeInstanceOf(CalmMistake)
  await expect(saves({ emailFrequency: 'NEVER' as EmailFrequency })).rejects.toBeInstanceOf(CalmMistake)
})

test('a zone that the database has lost since stops news with an error that says what to do, and loses none', async () => {
  const { story, post, db, emails } = await bobs({ emailFrequency: 'DAILY' })
  await db.$executeRaw`ALTER TABLE "Member" DROP CONSTRAINT "Member_timeZone_check"`
  try {
    await db.member.updateMany({ data: { timeZone: 'Europe/Atlantis' } })
    post('One.')
    const failure = await story.notify().catch(explain)
    expect(failure).toMatchObject({ known: true, message: expect.stringContaining('(time zone "Europe/Atlantis" not') })
    expect(await db.setAsideEvent.count()).toBe(0)
    await db.member.updateMany({ data: { timeZone: 'UTC' } })
  } finally {
    await db.$executeRaw`ALTER TABLE "Member" ADD CONSTRAINT "Member_timeZone_check"
      CHECK (('2000-01-01'::timestamptz AT TIME ZONE "timeZone") IS NOT NULL)`
  }
  await story.notify()
  expect(await emails()).toMatchObject([{ type: 'digest', status: 'PENDING' }])
})

test('a digest that waits for its time is not overdue, and one that was due an hour ago is', async () => {
  const { story, post, db } = await bobs({ emailFrequency: 'WEEKLY' })
  const { sharedMetrics } = await import('../../src/operations/shared-metrics.ts')
  const age = async () => {
    const { log, queryNode, pool } = story.deps
    const registry = await sharedMetrics({ pool, queryNode, tokens: story.tokens, log })
    const [sample] = (await registry.getMetricsAsJSON()).filter(({ name }) =>
      name.endsWith('oldest_pending_email_age_seconds'),
    )
    return sample?.values[0]?.value
  }
  post('One.')
  await story.notify()
  await db.$executeRaw`UPDATE "Email" SET "createdAt" = now() - interval '6 days'`
  expect(await age()).toBe(0)
  await db.$executeRaw`UPDATE "Email" SET "sendAt" = now() - interval '1 hour'`
  expect(await age()).toBeGreaterThanOrEqual(3_600)
  expect(await age()).toBeLessThan(24 * 3_600)
})

test('a digest that collects does not keep an email waiting that nobody accepts', async () => {
  const sent: Story['sent'] = []
  const provider = recordingProvider(sent, () => ({ result: 'unavailable', reason: 'not this one', retryAfterMs: 0 }))
  const { story, bob, post, db } = await bobs({ emailFrequency: 'WEEKLY' }, { provider })
  story.expectLog(/not this one/)
  post(`Well, ${mention(bob)}?`)
  post('By the way.')
  await story.notify()
  await db.$executeRaw`UPDATE "Email" SET "failingSince" = now() - interval '25 hours' WHERE type = 'notification'`
  await story.pauseEnds()
  await story.notify()
  const emails = await db.email.findMany({ orderBy: { type: 'asc' } })
  expect(emails.map(({ type, status }) => [type, status])).toEqual([
    ['digest', 'PENDING'],
    ['notification', 'FAILED'],
  ])
})

test('a member who leaves takes their digest along', async () => {
  const { story, post, db, memberId } = await bobs({ emailFrequency: 'DAILY' })
  post('One.')
  await story.notify()
  await db.member.delete({ where: { id: memberId } })
  expect(await db.email.count()).toBe(0)
  await passTime(story)
  post('Two.')
  await story.notify()
  expect(story.sent).toEqual([])
})

test('what was recorded beyond fifty is told when the first are no longer to be told', async () => {
  const { story, post, db } = await bobs({ emailFrequency: 'DAILY' })
  for (let n = 1; n <= 120; n++) post(`Number ${n}.`)
  await story.notify()
  // Unreadable are the first two pages: 100 of 120.
  await db.$executeRaw`UPDATE "Event" SET data = 'null' WHERE number IN (SELECT number FROM "Event" ORDER BY number LIMIT 100)`
  await passTime(story)
  await story.notify()
  expect(story.sent[0]?.text.match(/^\* dave posted$/gm)).toHaveLength(20)
  expect(story.sent[0]?.text).toContain('And 100 more')
})

test('many digests with much news are sent, a member’s own news to each', async () => {
  const { story, chain, dave, plants } = await bobs()
  const names = Array.from({ length: 120 }, (_, n) => `reader${n}`)
  for (const name of names) {
    const reader = await story.member(name, { emailFrequency: 'DAILY' })
    await story.wants(reader, 'FORUM_POST_ALL')
  }
  for (let n = 1; n <= 3; n++) chain.postAdded({ by: dave, in: plants, text: `Number ${n}.` })
  await story.notify()
  story.sent.length = 0
  await passTime(story)
  await story.notify()
  expect(story.sent.map(({ to }) => to).sort()).toEqual(names.map((name) => `${name}@example.org`).sort())
  for (const { text, to } of story.sent) {
    expect(text).toContain(`Hi ${to.split('@')[0]},`)
    expect(text.match(/^\* dave posted$/gm)).toHaveLength(3)
  }
})

test('a digest of thousands of which most were read is chosen in a few steps', async () => {
  const { story, post, db, memberId } = await bobs({ emailFrequency: 'WEEKLY' })
  post('The first.')
  await story.notify()
  await db.$executeRaw`
    INSERT INTO "Event" (id, type, block, "time", fact, data, sources)
    SELECT 'copy-' || n, type, block, "time", 'copy-' || n, data, sources FROM "Event", generate_series(1, 10000) n
    WHERE type = 'PostAdded' ORDER BY n`
  await db.$executeRaw`
    INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "emailId", "isRead")
    SELECT ${memberId}, 'FORUM_POST_ALL', id, number, (SELECT max(id) FROM "Email"), substr(id, 6)::int <= 9930
    FROM "Event" WHERE id LIKE 'copy-%' ORDER BY number`
  await db.notification.updateMany({ where: { eventId: { not: { startsWith: 'copy-' } } }, data: { isRead: true } })
  await passTime(story)
  let statements = 0
  const { pool } = story
  const before = pool.query
  Object.assign(pool, {
    query: (text: string, values: unknown[]) => {
      if (/OFFSET examined/.test(text)) statements++
      return Reflect.apply(before, pool, [text, values])
    },
  })
  await story.notify()
  Object.assign(pool, { query: before })
  expect(statements).toBeLessThan(15)
  expect(story.sent.map(({ subject }) => subject)).toEqual(['70 updates: dave posted in “Plants”'])
  expect(story.sent[0]?.text.match(/^\* dave posted$/gm)).toHaveLength(50)
  const told = await db.notification.groupBy({ by: ['emailStatusReason'], _count: true })
  expect(new Map(told.map((row) => [row.emailStatusReason, row._count]))).toEqual(
    new Map([
      [null, 70],
      ['READ', 9_931],
    ]),
  )
})

test('over SMTP, a digest that the server puts off comes once, whole, as the same message', async () => {
  const server = await startScript({ message: '451 4.3.0 Try again later' })
  const provider = createSmtp({ url: `smtp://${server.host}/?ignoreTLS=true`, sender: 'Pioneer <news@example.org>' })
  onTestFinished(() => provider.close())
  const { story, post, saves, emails, inbox } = await bobs({ emailFrequency: 'DAILY' }, { provider })
  story.expectLog(/Try again later/)
  await storePublicUrl(story.pool, 'https://notifications.example.org')
  post('Déjà vu.')
  post(`${'.'.repeat(3)}\nWater them.`)
  await story.notify()
  expect(server.messages).toEqual([])
  await passTime(story)
  await story.notify()
  expect((await emails())[0]).toMatchObject({ status: 'PENDING', collects: false })
  // It would move a digest that collects: this one is closed.
  await saves({ emailFrequency: 'WEEKLY' })
  post('The next one.')
  server.script.message = '250 2.0.0 Ok'
  await story.pauseEnds()
  await story.notify()
  expect(await inbox()).toEqual(['SENT', 'SENT', 'PENDING'])
  await story.notify()
  const received = await Promise.all(server.messages.map((source) => simpleParser(source)))
  expect(received.map(({ subject }) => subject)).toEqual(Array(2).fill('2 updates: dave posted in “Plants”'))
  expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(1)
  const [, email] = received
  expect(email?.text).toContain('Déjà vu.')
  expect(email?.text).toContain('... Water them.')
  expect(email?.text).not.toContain('The next one.')
  expect(email?.to).toMatchObject({ text: 'bob@example.org' })
  expect(email?.headerLines.map(({ line }) => line).join('\n')).toMatch(
    /List-Unsubscribe:\s+<https:\/\/notifications\.example\.org\/unsubscribe\/[\w.-]+>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click/,
  )
})
