import { expect, test } from 'vitest'
import type { Outcome } from '../../src/outbox/provider.ts'
import { runScript } from '../support/command.ts'
import { recordingProvider, type Story, stories } from '../support/story.ts'

const createStory = stories()

/** Bob's and carol's emails about an election fail, dave's is sent. */
async function failures(outcome: Outcome = { result: 'rejected', reason: '550 no such mailbox \u001b[31m' }) {
  let fails = true
  const provider = recordingProvider([], ({ to }) =>
    fails && !to.startsWith('dave') ? outcome : { result: 'sent', messageId: 'x' },
  )
  const story = await createStory({ provider })
  const [bob, carol, dave] = [await story.member('bob'), await story.member('carol'), await story.member('dave')]
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  const accept = () => {
    fails = false
  }
  const emails = (...args: string[]) => runScript('emails.ts', args, story.url)
  return { story, bob, carol, dave, accept, emails }
}

const statuses = async ({ db }: Story) =>
  (await db.email.findMany({ orderBy: [{ memberId: 'asc' }, { id: 'asc' }] })).map(
    ({ status, attempts }) => `${status} ${attempts}`,
  )

test('emails: shows what waits, what became of the last day’s, and why some failed', async () => {
  const { story, emails } = await failures()
  const erin = await story.member('erin', { emailFrequency: 'WEEKLY', urgentImmediately: false })
  await story.db.subscription.createMany({
    data: [0, 1, 2].map((memberId) => ({
      memberId,
      kind: 'ELECTION_VOTING_STARTED',
      shouldNotify: false,
      shouldNotifyByEmail: false,
    })),
  })
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  await story.db.email.create({ data: { type: 'verification', memberId: Number(erin.id), address: 'x@example.org' } })
  await story.db.sendingPause.create({
    data: { provider: 'test', until: new Date(Date.now() + 60_000), reason: '401 wrong key' },
  })
  const { code, stdout } = await emails()
  expect(code).toBe(0)
  const withoutTimes = stdout.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '<time>')
  const [example] = await story.db.email.findMany({ where: { status: 'FAILED' }, orderBy: { id: 'desc' } })
  const [waiting] = await story.db.email.findMany({ where: { type: 'verification' } })
  expect(withoutTimes.split('\n')).toEqual([
    'Waiting now',
    '  digest: 0 due, 1 later',
    '  verification: 1 due, 0 later',
    `  The oldest is ${waiting?.id} (verification), due since <time>.`,
    '  Digests that collect news: 1, the next until <time>.',
    '  test has accepted nothing since <time>, next attempt at <time>: 401 wrong key',
    '',
    'The last 24 hours',
    '  notification: 1 sent, 2 failed, 0 not sent on purpose',
    `  2 failed: the address cannot receive emails. Such as ${example?.id}, to member ${example?.memberId}: 550 no such mailbox �[31m`,
    '',
    '2 emails failed in all. `npm run emails -- --failed` lists them.',
    '',
  ])
  expect(JSON.parse((await emails('--json')).stdout)).toMatchObject({
    waiting: [
      { type: 'digest', due: 0, later: 1 },
      { type: 'verification', due: 1, later: 0 },
    ],
    failed: 2,
    failures: [{ reason: 'RECIPIENT_REFUSED', count: 2 }],
    pauses: [{ provider: 'test' }],
  })
})

test('emails: an empty outbox', async () => {
  const story = await createStory()
  const { code, stdout } = await runScript('emails.ts', [], story.url)
  expect([code, stdout]).toEqual([
    0,
    'Waiting now\n  nothing\n\nThe last 24 hours\n  nothing\n\n0 emails failed in all.\n',
  ])
  expect((await runScript('emails.ts', ['--failed'], story.url)).stdout).toBe('There is none.\n')
})

test('emails --failed and --to: list the newest emails with what became of them', async () => {
  const { story, bob, carol, dave, emails } = await failures()
  const failed = (await emails('--failed')).stdout.trimEnd().split('\n')
  expect(failed).toHaveLength(2)
  for (const line of failed) {
    expect(line).toMatch(
      /^\d+ {2}notification for \d+ \((bob|carol)\), written at .*\. Given up at .*, after 1 attempt: 550 no such mailbox �\[31m\.$/,
    )
  }
  expect((await emails('--to', dave.id)).stdout).toMatch(
    /^\d+ {2}notification for .* \(dave\), .* accepted it to dave@example.org at /,
  )
  await story.db.email.updateMany({
    where: { memberId: Number(dave.id) },
    data: { reported: 'bounced', reportedAt: new Date(), reportedReason: '550 gone \u001b[31m' },
  })
  expect((await emails('--to', dave.id)).stdout).toMatch(
    /accepted it to .*\. The email provider reported at .*: the mailbox refused it: 550 gone �\[31m\.\n$/,
  )
  expect((await emails('--failed', '--to', dave.id)).stdout).toBe('There is none.\n')
  expect(JSON.parse((await emails('--failed', '--to', bob.id, '--json')).stdout)).toMatchObject({
    emails: [{ memberId: Number(bob.id), name: 'bob', status: 'FAILED', failureCode: 'RECIPIENT_REFUSED' }],
    total: 1,
  })
  await story.db.$executeRaw`
    INSERT INTO "Email" (type, "memberId", status) SELECT 'notification', ${Number(carol.id)}::int, 'FAILED' FROM generate_series(1, 150)`
  const { stdout } = await emails('--failed')
  expect(stdout.trimEnd().split('\n')).toHaveLength(101)
  expect(stdout).toMatch(/^Only the newest 100 of 152 are listed.$/m)
})

test('emails --retry failed: sends every failed email again, and only those', async () => {
  const { story, accept, emails } = await failures({ result: 'rejected', fault: 'message', reason: '554 no' })
  const [first] = await story.db.email.findMany({ where: { status: 'FAILED' } })
  const { code, stdout } = await emails('--retry', 'failed')
  expect(stdout).toBe('2 emails will be tried again by the next run of the notifier.\n')
  expect(code).toBe(0)
  expect(await statuses(story)).toEqual(['PENDING 0', 'PENDING 0', 'SENT 1'])
  // What became of it so far can still be read.
  expect(await story.db.email.findUnique({ where: { id: first?.id ?? 0 } })).toMatchObject({
    reason: first?.reason,
    failureCode: 'MESSAGE_REFUSED',
    createdAt: first?.createdAt,
    failingSince: null,
  })
  accept()
  await story.notify()
  expect(await statuses(story)).toEqual(['SENT 1', 'SENT 1', 'SENT 1'])
  expect((await emails('--retry', 'failed', '--json')).stdout).toBe(
    `${JSON.stringify({ retried: 0, unknown: 0, refused: 0, tooOld: 0, leftOut: 0 }, undefined, 2)}\n`,
  )
})

test('emails --retry failed: leaves out those whose address cannot receive emails, unless it is another by now', async () => {
  const { story, bob, carol, emails } = await failures()
  const { id } = await story.db.email.findFirstOrThrow({ where: { memberId: Number(bob.id) } })
  const all = await emails('--retry', 'failed')
  expect([all.code, all.stdout]).toEqual([
    0,
    '0 emails will be tried again by the next run of the notifier.\nLeft out, because the provider said that their addresses cannot receive emails: 2. With --retry <ids>, they are tried again too.\n',
  ])
  expect(await statuses(story)).toEqual(['FAILED 1', 'FAILED 1', 'SENT 1'])
  expect(JSON.parse((await emails('--retry', 'failed', '--to', carol.id, '--json')).stdout)).toMatchObject({
    retried: 0,
    leftOut: 1,
  })
  await story.db.email.create({
    data: {
      type: 'verification',
      memberId: Number(carol.id),
      status: 'FAILED',
      failureCode: 'RECIPIENT_REFUSED',
      address: 'carol@new.example',
    },
  })
  await story.db.member.update({ where: { id: Number(carol.id) }, data: { email: 'carol2@example.org' } })
  expect((await emails('--retry', 'failed')).stdout).toMatch(/^1 email will be tried again.*\nLeft out, .*: 2\./)
  expect(await statuses(story)).toEqual(['FAILED 1', 'PENDING 0', 'FAILED 0', 'SENT 1'])
  const one = await emails('--retry', String(id))
  expect([one.code, one.stdout]).toEqual([
    0,
    '1 email will be tried again by the next run of the notifier.\nOf these, 1 went to addresses that the provider said cannot receive emails.\n',
  ])
  expect(await statuses(story)).toEqual(['PENDING 0', 'PENDING 0', 'FAILED 0', 'SENT 1'])
})

test('emails --retry with ids or --to: only these are tried again, with all their attempts', async () => {
  const { story, bob, carol, dave, emails } = await failures({ result: 'unknown', reason: 'no answer' })
  story.expectLog(/Sending has stopped/)
  await story.db.email.updateMany({
    where: { memberId: { in: [Number(bob.id), Number(carol.id)] } },
    data: { status: 'FAILED', attempts: 3, failureCode: 'OUTCOME_UNKNOWN' },
  })
  const idOf = async (member: { id: string }) =>
    (await story.db.email.findFirstOrThrow({ where: { memberId: Number(member.id) } })).id
  const one = await emails('--retry', `${await idOf(bob)},${await idOf(dave)}, 99999`)
  expect(one.stdout).toBe(
    `1 email will be tried again by the next run of the notifier.\nOf these, 1 may arrive twice: the provider did not say whether it had sent them.\nNot tried again, because they were sent: ${await idOf(dave)}.\nNot tried again, because there is no such email: 99999.\n`,
  )
  expect(one.code).toBe(1)
  expect(await statuses(story)).toEqual(['PENDING 0', 'FAILED 3', 'SENT 1'])
  expect((await emails('--retry', 'failed', '--to', dave.id)).stdout).toMatch(/^0 emails/)
  expect((await emails('--retry', 'failed', '--to', carol.id)).stdout).toMatch(/^1 email /)
  expect(await statuses(story)).toEqual(['PENDING 0', 'PENDING 0', 'SENT 1'])
})

test('emails: ids that are not tried again are named with the reason, and so is a member who is not registered', async () => {
  const { story, bob, dave, emails } = await failures()
  const member = { memberId: Number(dave.id), type: 'notification' }
  const waiting = await story.db.email.create({ data: member })
  const ignored = await story.db.email.create({ data: { ...member, status: 'IGNORED', reason: 'READ' } })
  const failed = await story.db.email.findFirstOrThrow({ where: { memberId: Number(bob.id) } })
  const missing = Array.from({ length: 25 }, (_, n) => ignored.id + 1 + n)
  const ids = [waiting.id, ignored.id, ...missing]
  const { code, stdout } = await emails('--retry', ids.join())
  expect(code).toBe(1)
  expect(stdout.trimEnd().split('\n').slice(1).sort()).toEqual([
    `Not tried again, because there is no such email: ${missing.slice(0, 20).join(', ')} and 5 more.`,
    `Not tried again, because they wait to be sent anyway: ${waiting.id}.`,
    `Not tried again, because they were not sent on purpose: ${ignored.id}.`,
  ])
  expect((await emails('--retry', String(failed.id), '--to', dave.id)).stdout).toMatch(
    new RegExp(`because there is no such email to member ${dave.id}: ${failed.id}.\n$`),
  )
  const json = JSON.parse((await emails('--retry', `${waiting.id},${failed.id}`, '--json')).stdout)
  expect(json).toMatchObject({ retried: 1, refused: 1, others: [{ id: waiting.id, status: 'PENDING' }] })
  for (const args of [[], ['--retry', 'failed']]) {
    const unknown = await emails('--to', '77', ...args)
    expect([unknown.code, unknown.stdout]).toEqual([1, 'Membership 77 is not registered here.\n'])
  }
  expect(JSON.parse((await emails('--to', '77', '--json')).stdout)).toEqual({
    error: 'Membership 77 is not registered here.',
  })
})

test('emails --retry: what is too old by now stays failed, and says so', async () => {
  const { story, bob, carol, emails } = await failures()
  await story.db.$executeRaw`UPDATE "Event" SET "time" = "time" - interval '4 days'`
  const member = { memberId: Number(bob.id), status: 'FAILED' } as const
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60 * 1000)
  await story.db.email.createMany({
    data: [
      { ...member, type: 'digest', sendAt: daysAgo(4), createdAt: daysAgo(9) },
      { ...member, type: 'digest', sendAt: daysAgo(2), createdAt: daysAgo(9), reason: 'young' },
      { ...member, type: 'verification', createdAt: daysAgo(8), address: 'a@example.org' },
      { ...member, type: 'verification', createdAt: daysAgo(6), address: 'b@example.org', reason: 'young' },
      { ...member, type: 'address-changed', createdAt: daysAgo(90), address: 'c@example.org', reason: 'young' },
    ],
  })
  const { stdout } = await emails('--retry', 'failed')
  expect(stdout).toMatch(/^3 emails will be tried again/)
  expect(stdout).toMatch(/^Not tried again, because what they tell, or their link, is too old by now: 4.$/m)
  const retried = await story.db.email.findMany({ where: { status: 'PENDING' } })
  expect(retried.map(({ reason }) => reason)).toEqual(['young', 'young', 'young'])
  const { id } = await story.db.email.findFirstOrThrow({ where: { memberId: Number(carol.id) } })
  const one = await emails('--retry', String(id))
  expect([one.code, one.stdout]).toEqual([1, expect.stringMatching(/^0 emails .*\nNot tried again, .*: 1.$/m)])
})

test('emails --retry failed: any number of them', async () => {
  const { story, carol, emails } = await failures({ result: 'rejected', fault: 'message', reason: '554 no' })
  await story.db.$executeRaw`
    INSERT INTO "Email" (type, "memberId", status, address)
    SELECT 'address-changed', ${Number(carol.id)}::int, 'FAILED', 'c@example.org' FROM generate_series(1, 3500)`
  expect(JSON.parse((await emails('--retry', 'failed', '--json')).stdout)).toMatchObject({ retried: 3_502, tooOld: 0 })
  expect(await story.db.email.count({ where: { status: 'PENDING' } })).toBe(3_502)
})
