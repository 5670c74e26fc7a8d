import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { noteSendFailure } from '../../src/operations/runs.ts'
import { serveApi } from '../support/api.ts'
import { hostileRole } from '../support/hostile-role.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

/** What is wrong: names and advice. */
async function wrong({ pool }: Story, provider = 'test'): Promise<string[]> {
  const checks = await checkHealth(pool, provider === 'none' ? [] : [provider])
  return checks.filter(({ ok }) => !ok).map(({ name, says }) => `${name} ${says}`)
}

/** As if everything that was noted and recorded had happened so many minutes earlier. */
async function minutesPass({ db }: Story, minutes: number): Promise<void> {
  await db.$executeRaw`
    UPDATE "Store" SET "updatedAt" = "updatedAt" - make_interval(mins => ${minutes}), value = value
      || CASE WHEN value ? 'succeededAt' THEN jsonb_build_object('succeededAt', (value->>'succeededAt')::timestamptz - make_interval(mins => ${minutes})) ELSE '{}' END
      || CASE WHEN value ? 'headMovedAt' THEN jsonb_build_object('headMovedAt', (value->>'headMovedAt')::timestamptz - make_interval(mins => ${minutes})) ELSE '{}' END`
  await db.$executeRaw`
    UPDATE "Email" SET "sendAt" = "sendAt" - make_interval(mins => ${minutes}), "updatedAt" = "updatedAt" - make_interval(mins => ${minutes})`
}

/** A service whose notifier has just run. */
async function running() {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.begins()
  story.chain.announcingPeriodStarted()
  await story.notify()
  return { story, bob }
}

test('a service that has just run, or is new, passes every check', async () => {
  expect(await wrong(await createStory())).toEqual([])
  const { story } = await running()
  expect(await wrong(story)).toEqual([])
})

test('half an hour without a successful run fails the check, whatever the reason', async () => {
  const { story } = await running()
  await minutesPass(story, 29)
  expect(await wrong(story)).toEqual([])
  await minutesPass(story, 2)
  expect(await wrong(story)).toEqual([
    expect.stringMatching(/^notifier ran well last 31 minutes ago: check its cron job or worker/),
  ])
  await story.node.close()
  story.expectLog(/Nothing more was read/)
  await story.notify()
  expect((await wrong(story))[0]).toMatch(/^notifier ran well last 31 minutes ago: The query node at .* cannot be read/)
})

const says = async ({ pool }: Story, name: string) =>
  (await checkHealth(pool, ['test'])).find((check) => check.name === name)?.says

test('a failed run is shown at once, three in a row fail the check, and one that succeeds ends that', async () => {
  const { story } = await running()
  story.expectLog(/Nothing more was read/)
  for (const failed of [1, 2]) {
    story.node.duringNext(1, { errors: 'out of order' })
    await story.notify()
    expect([failed, await wrong(story)]).toEqual([failed, []])
    expect(await says(story, 'notifier')).toMatch(
      /^ran well \d+ seconds ago, but the last run failed: .*: out of order$/,
    )
  }
  story.node.duringNext(1, { errors: 'still out of order' })
  await story.notify()
  expect(await wrong(story)).toEqual([
    expect.stringMatching(/^notifier ran well last .* ago, and the last 3 runs failed: .*: still out of order$/),
  ])
  await story.notify()
  expect(await wrong(story)).toEqual([])
  expect(await says(story, 'notifier')).toMatch(/^ran well \d+ seconds ago$/)
})

test('runs that fail in the middle of a backlog are counted too', async () => {
  const { story } = await running()
  story.expectLog(/Nothing more was read/)
  for (const _ of [1, 2, 3]) {
    story.chain.announcingPeriodStarted()
    // The head is answered, its page is not.
    story.node.duringNext(1, {})
    story.node.duringNext(1, { errors: 'page lost' })
    await story.notify()
  }
  expect(await wrong(story)).toEqual([expect.stringMatching(/the last 3 runs failed: .*: page lost$/)])
})

test('runs that the database lets fail are counted too', async () => {
  const { story } = await running()
  await story.db.store.update({ where: { key: 'Progress' }, data: { value: 'lost' } })
  for (const _ of [1, 2, 3]) await expect(story.notify()).rejects.toThrow(/The cursor in the table Store/)
  const [first] = await wrong(story)
  expect(first).toMatch(
    /^notifier .* the last 3 runs failed: The table Store has no position on the chain under Progress: set its value to /,
  )
})

test.each(['lost', { block: 'lost' }, { block: null }, [[]], 7])(
  'an unreadable cursor, %j, is the only fault',
  async (value) => {
    const { story } = await running()
    await story.db.store.update({ where: { key: 'Progress' }, data: { value } })
    expect(await wrong(story)).toEqual([
      'cursor is unreadable: set the value of Progress in the table Store to {"block": <number>}',
    ])
  },
)

test('emails that cannot be sent fail the check at once, until one is sent', async () => {
  const { story } = await running()
  await story.db.$executeRaw`ALTER TABLE "Email" RENAME COLUMN attempts TO tries`
  story.chain.votingPeriodStarted({ candidates: [] })
  try {
    await expect(story.notify()).rejects.toThrow(/attempts/)
    expect(await wrong(story)).toEqual([
      expect.stringMatching(/^emails could not be sent \d+ seconds ago. The database is not up to date/),
    ])
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Email" RENAME COLUMN tries TO attempts`
  }
  await story.notify()
  expect(await wrong(story)).toEqual([])
})

test('a failure to send is over at the next run without one, though nothing was due', async () => {
  const { story } = await running()
  // Of a process that has ended since.
  await noteSendFailure(story.pool, 'The disk is full')
  expect(await wrong(story)).toEqual([expect.stringMatching(/^emails could not be sent .* The disk is full$/)])
  await story.notify()
  expect(await wrong(story)).toEqual([])
})

test('a failure to send from before an upgrade is not shown after it', async () => {
  const { story } = await running()
  await noteSendFailure(story.pool, 'The database is not up to date')
  const { db } = story
  const migrated = (minutes: number) =>
    db.$executeRaw`UPDATE _prisma_migrations SET finished_at = now() - make_interval(mins => ${minutes}::int)`
  await migrated(1)
  expect(await wrong(story)).toHaveLength(1)
  await db.$executeRaw`UPDATE "Store" SET value = value || jsonb_build_object('sendFailedAt', now() - interval '2 minutes')
    WHERE key = 'LastRun'`
  expect(await wrong(story)).toEqual([])
})

test('a database that takes no changes fails the check, which says why', async () => {
  const { story } = await running()
  const readOnly = connect(await hostileRole(story.url, { default_transaction_read_only: 'on' }))
  onTestFinished(readOnly.close)
  expect(await wrong({ ...story, pool: readOnly.pool })).toEqual([
    expect.stringMatching(
      /^database answers, but cannot be written to. The database takes no changes: .*read_only is on/,
    ),
  ])
  const api = await serveApi({ ...story, deps: { ...story.deps, ...readOnly } })
  const readiness = await fetch(`${api.url}/readyz`)
  expect([readiness.status, await readiness.json()]).toEqual([503, expect.objectContaining({ ready: false })])

  await story.db.$executeRaw`ALTER TABLE "Store" RENAME COLUMN "updatedAt" TO "changedAt"`
  try {
    expect((await wrong(story))[0]).toMatch(/^database (answers, but cannot be written|cannot be used)/)
  } finally {
    await story.db.$executeRaw`ALTER TABLE "Store" RENAME COLUMN "changedAt" TO "updatedAt"`
  }
  expect(await wrong(story)).toEqual([])
})

test('a role that may read but not write fails the check', async () => {
  const { story } = await running()
  const name = `reader_${process.pid}`
  await story.pool.query(`CREATE ROLE ${name} LOGIN PASSWORD 'reader'; GRANT pg_read_all_data TO ${name}`)
  onTestFinished(async () => void (await story.pool.query(`DROP ROLE ${name}`)))
  const url = new URL(story.url)
  url.username = name
  url.password = 'reader'
  const { pool, close } = connect(url.href)
  onTestFinished(close)
  expect(await wrong({ ...story, pool })).toEqual([
    expect.stringMatching(/^database answers, but cannot be written to. The role in DATABASE_URL lacks rights/),
  ])
})

test('health checks write once in ten seconds, however often somebody asks', async () => {
  const { story } = await running()
  await checkHealth(story.pool, ['test'])
  const written = () => story.db.store.findUnique({ where: { key: 'HealthCheck' } })
  const first = await written()
  await story.db.$executeRaw`UPDATE "Store" SET "updatedAt" = now() + interval '1 hour' WHERE key = 'HealthCheck'`
  const ahead = await written()
  await checkHealth(story.pool, ['test'])
  expect(await written()).toEqual(ahead)
  await story.db.$executeRaw`UPDATE "Store" SET "updatedAt" = now() - interval '11 seconds' WHERE key = 'HealthCheck'`
  await checkHealth(story.pool, ['test'])
  expect((await written())?.updatedAt.getTime()).toBeGreaterThanOrEqual(first?.updatedAt.getTime() ?? Infinity)
})

test("a member's address that the query node quotes is hidden", async () => {
  const { story } = await running()
  await minutesPass(story, 31)
  story.node.duringNext(1, { errors: 'no mailbox bob@example.org' })
  story.expectLog(/Nothing more was read/)
  await story.notify()
  expect((await wrong(story))[0]).toMatch(/answered with an error: no mailbox \[not logged\]$/)
})

test('a query node without an event for a day fails the check, although every run succeeds', async () => {
  const { story } = await running()
  await minutesPass(story, 23 * 60)
  await story.notify()
  expect(await wrong(story)).toEqual([])
  await minutesPass(story, 61)
  await story.notify()
  expect(await wrong(story)).toEqual([
    expect.stringMatching(/^query node has its newest event in block \d+, first seen 24 hours ago: .* it has stopped/),
  ])
  story.chain.votingPeriodStarted({ candidates: [] })
  await story.notify()
  expect(await wrong(story)).toEqual([])
})

test('a notifier that stands still for a day is at fault, and not the query node, which it has not asked', async () => {
  const { story } = await running()
  await minutesPass(story, 30 * 60)
  expect(await wrong(story)).toEqual([
    expect.stringMatching(/^notifier ran well last 30 hours ago: check its cron job or worker/),
  ])
  const checks = await checkHealth(story.pool, ['test'])
  expect(checks.find(({ name }) => name === 'query node')?.says).toMatch(
    /first seen 30 hours ago; it was last read 30 /,
  )
})

test('a cursor far behind fails the check, which says whether it moves', async () => {
  const { story } = await running()
  await story.db
    .$executeRaw`UPDATE "Store" SET value = jsonb_set(value, '{head}', to_jsonb((value->>'head')::int + 5000)) WHERE key = 'LastRun'`
  expect(await wrong(story)).toEqual([expect.stringMatching(/^cursor .* 5000 blocks behind: it is moving, wait/)])
  await story.db.$executeRaw`UPDATE "Store" SET "updatedAt" = now() - interval '6 minutes' WHERE key = 'Progress'`
  expect(await wrong(story)).toEqual([expect.stringMatching(/^cursor .* it stands still, read the notifier's log/)])
})

test('a cursor ahead of the query node is reported, and fails the check when it is far ahead', async () => {
  const { story } = await running()
  const back = (blocks: number) => story.db.$executeRaw`
    UPDATE "Store" SET value = jsonb_set(value, '{head}', to_jsonb((value->>'head')::int - ${blocks}::int)) WHERE key = 'LastRun'`
  await back(10)
  expect(await wrong(story)).toEqual([])
  const checks = await checkHealth(story.pool, ['smtp'])
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'cursor', says: expect.stringMatching(/only at \d+, so nothing is read until/) }),
  )
  await back(300)
  expect(await wrong(story)).toEqual([expect.stringMatching(/^cursor .* nothing is read: wait until it is rebuilt/)])
})

test('overdue or mostly failing emails fail the check; a few failures among many do not', async () => {
  const { story, bob } = await running()
  const emails = (count: number, status: 'SENT' | 'FAILED' | 'PENDING') =>
    story.db.email.createMany({
      data: Array.from({ length: count }, () => ({
        memberId: Number(bob.id),
        type: 'notification',
        address: 'bob@example.org',
        status,
        reason: status === 'FAILED' ? '<bob@example.org>: mailbox full' : null,
      })),
    })
  await emails(5, 'FAILED')
  expect(await wrong(story)).toEqual([
    'emails 1 sent and 5 failed in the last hour, 0 due, the last one because: <[not logged]>: mailbox full',
  ])
  await emails(10, 'SENT')
  expect(await wrong(story)).toEqual([])
  await emails(1, 'PENDING')
  expect(await wrong(story)).toEqual([])
  await minutesPass(story, 45)
  expect(await wrong(story)).toContainEqual(
    expect.stringMatching(/^emails .* 1 due, the oldest 45 minutes ago: check that a notifier runs/),
  )
})

test('a provider that accepts nothing is shown at once, and fails the check after ten minutes', async () => {
  const { story, bob } = await running()
  await story.db.email.create({ data: { memberId: Number(bob.id), type: 'notification' } })
  const data = {
    provider: 'SendGrid',
    until: new Date(Date.now() + 60_000),
    reason: 'answered 401 to <bob@example.org>',
  }
  await story.db.sendingPause.create({ data })
  const says = async () => (await checkHealth(story.pool, ['sendgrid'])).find(({ name }) => name === 'emails')
  expect(await says()).toEqual({
    name: 'emails',
    ok: true,
    says: expect.stringMatching(
      /1 due; the provider stopped accepting \d+ seconds ago: answered 401 to <\[not logged\]>$/,
    ),
  })
  await story.db.$executeRaw`UPDATE "SendingPause" SET "createdAt" = now() - interval '11 minutes'`
  expect(await says()).toMatchObject({ ok: false, says: expect.stringContaining('11 minutes ago') })
  await story.db.$executeRaw`UPDATE "SendingPause" SET until = now() - interval '1 hour'`
  expect(await says()).toMatchObject({ ok: true, says: expect.stringMatching(/1 due$/) })
})

test('a missing provider, missing migrations and a lost database fail their checks', async () => {
  const { story } = await running()
  expect(await wrong(story, 'none')).toEqual([
    expect.stringMatching(/^email provider none is configured: set SENDGRID/),
  ])
  await story.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%_status'`
  expect(await wrong(story)).toEqual(['database lacks 20261122020000_status: run `npm run migrate`'])
  await story.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = now()`
  const pool = { query: async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432')) }
  const [says] = await wrong({ pool } as unknown as Story)
  expect(says).toMatch(/^database cannot be used. The database cannot be reached/)
  // Anybody may ask the API for it.
  expect(says).not.toContain('10.0.0.7')
})

test('a silent database fails the check within seconds', async () => {
  const pool = { query: () => new Promise(() => {}) }
  expect(await wrong({ pool } as unknown as Story)).toEqual([
    'database has not answered for 5 seconds: check whether it is running or overloaded',
  ])
})
