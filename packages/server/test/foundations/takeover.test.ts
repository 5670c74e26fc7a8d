import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { backToPioneer } from '../../src/db/setup/back-to-pioneer.ts'
import { migrate, planMigration } from '../../src/db/setup/migrate.ts'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { isKind } from '../../src/events/kinds.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { noteRun } from '../../src/operations/runs.ts'
import { cloneDatabase } from '../support/database.ts'
import { query, REPLACED_DATABASE, schemaOf } from '../support/schema.ts'
import { SECRET_KEY } from '../support/secret.ts'

const ALL = await readMigrationNames()
const SCRIPT = join(import.meta.dirname, '../../scripts/migrate.ts')

/** As Prisma's `db push` makes it: without a record of migrations. */
const PUSHED_DATABASE = REPLACED_DATABASE.replace(/CREATE TABLE _prisma_migrations[^;]*;/, '')
  .replace(/INSERT INTO _prisma_migrations[^;]*;/, '')
  .replace('JSON NOT NULL', 'JSONB NOT NULL')
  .replaceAll('ON DELETE RESTRICT', 'ON DELETE RESTRICT ON UPDATE CASCADE')

async function databaseWith(script: string): Promise<string> {
  const { url, close } = await cloneDatabase(null)
  onTestFinished(close)
  await query(url, script)
  return url
}

async function command(url: string, args: string[], env: Record<string, string> = {}) {
  return promisify(execFile)(process.execPath, [SCRIPT, ...args], {
    env: { DATABASE_URL: url, APP_SECRET_KEY: SECRET_KEY, ...env },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

/** The rows of every table, by one statement: a database can have more tables than the server takes connections. */
async function contentsOf(url: string): Promise<unknown> {
  const tables = await query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  const rows = tables.map(
    ({ tablename }) => `SELECT '${tablename}' AS "table", to_jsonb(t) AS row FROM "${tablename}" t`,
  )
  return rows.length ? query(url, `${rows.join(' UNION ALL ')} ORDER BY 1, 2`) : []
}

const snapshot = async (url: string) => [await schemaOf(url), await contentsOf(url)]

test('a database that the replaced backend made with `prisma db push` is taken over', async () => {
  const url = await databaseWith(PUSHED_DATABASE)
  expect(await migrate(url)).toEqual(ALL)
  expect(await migrate(url)).toEqual([])
  expect(await query(url, 'SELECT name FROM "Member"')).toEqual([{ name: 'alice' }])
  const fresh = await databaseWith('')
  await migrate(fresh)
  expect(await schemaOf(url)).toEqual(await schemaOf(fresh))
})

test('status says that the notifier waits for its first run, until half an hour after the takeover', async () => {
  const url = await databaseWith(PUSHED_DATABASE)
  await migrate(url)
  const { pool, close } = connect(url)
  onTestFinished(close)
  const check = async () =>
    (await checkHealth(pool, ['test'])).filter(({ name, ok }) => !ok || ['notifier', 'cursor'].includes(name))
  const cursor = { name: 'cursor', ok: true, says: 'is at block 1, where the first run continues' }
  expect(await check()).toEqual([{ name: 'notifier', ok: true, says: 'is waiting for the first run' }, cursor])
  await query(url, "UPDATE _prisma_migrations SET finished_at = finished_at - interval '31 minutes'")
  expect(await check()).toEqual([
    { name: 'notifier', ok: false, says: 'is waiting for the first run: check its cron job or worker' },
    cursor,
  ])
  await noteRun(pool, { failure: 'no answer' })
  expect((await check())[0]).toMatchObject({ ok: false, says: expect.stringMatching(/no answer$/) })
  await noteRun(pool, { head: 1, succeeded: true })
  expect((await check())[0]).toMatchObject({ ok: true, says: expect.stringMatching(/^ran well/) })
})

const OTHER_APP = 'CREATE TABLE "User" (id UUID PRIMARY KEY); CREATE TABLE invoices (id INT)'
const MIGRATIONS_OF_ANOTHER = `
  CREATE TABLE _prisma_migrations (id TEXT, migration_name TEXT, finished_at TIMESTAMPTZ, rolled_back_at TIMESTAMPTZ);
  INSERT INTO _prisma_migrations VALUES ('1', '20200101000000_init', now(), NULL)`

test.each<[string, string, RegExp]>([
  ['of another application', OTHER_APP, /has tables that are neither .*: User, invoices\. Nothing was changed/],
  ['of another application that uses Prisma', `${OTHER_APP};${MIGRATIONS_OF_ANOTHER}`, /: User, invoices\. Nothing/],
  ['that has a table of the same name only', 'CREATE TABLE "Member" (id UUID)', /neither .*: Member\. Nothing/],
  [
    'with tables of the same names only',
    `${PUSHED_DATABASE}; ALTER TABLE "Store" ALTER COLUMN value TYPE TEXT; ALTER TABLE "Member" DROP COLUMN name`,
    /not that of the backend .*: Member.name is missing, Store.value has the type text, not json or jsonb\. Nothing/,
  ],
  [
    'with a table of ours besides',
    `${PUSHED_DATABASE}; CREATE TABLE "Email" (id INT)`,
    /no record of its migrations in _prisma_migrations: Email\. Restore/,
  ],
  [
    'with many tables',
    Array.from({ length: 300 }, (_, n) => `CREATE TABLE "table ${String(n).padStart(3, '0')}" ()`).join(';'),
    /: table 000, table 001, table 002, table 003, table 004 and 295 more\. Nothing/,
  ],
])('a database %s is refused in our own words, and stays as it is', async (_, script, words) => {
  const url = await databaseWith(script)
  const before = await snapshot(url)
  for (const args of [[], ['--dry-run']]) {
    const { code, stdout, stderr } = await command(url, args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(words)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  }
  expect(await snapshot(url)).toEqual(before)
})

test.each([
  ['Subscription', `("memberId", kind) VALUES (99, 'FORUM_POST_ALL')`, /a row of a member .* id 4 of member 99\. /],
  [
    'Notification',
    `("memberId", kind, "eventId") VALUES (98, 'FORUM_POST_ALL', 'x'), (99, 'FORUM_POST_ALL', 'x')`,
    /2 rows of members .* id 3 of member 98, for example\. /,
  ],
])('a row of %s without its member is named, with the statement that deletes it', async (table, values, words) => {
  const url = await databaseWith(
    `${PUSHED_DATABASE}; ALTER TABLE "${table}" DROP CONSTRAINT "${table}_memberId_fkey"; INSERT INTO "${table}" ${values}`,
  )
  const before = await snapshot(url)
  const { code, stderr } = await command(url, [])
  expect(code).toBe(1)
  expect(stderr).toMatch(`The table ${table} has `)
  expect(stderr).toMatch(words)
  expect(await snapshot(url)).toEqual(before)

  const [statement = ''] = /DELETE FROM .*$/m.exec(stderr) ?? []
  await query(url, statement)
  expect(await migrate(url)).toEqual(ALL)
})

test.each([
  ['a text', '"5"', /but "5"\./],
  ['nothing', 'null', /but null\./],
  ['a block in quotes', '{"block": "5", "eventIds": []}', /but \{"block": "5"/],
  ['a part of a block', '{"block": 5.5, "eventIds": []}', /but \{"block": 5\.5/],
  ['a block that no chain has', '{"block": 1e300, "eventIds": []}', /but \{"block": 1e300/],
  ['no block', '{"eventIds": []}', /but \{"eventIds"/],
  ['events without ids', '{"block": 5, "eventIds": [7]}', /but \{"block": 5/],
  ['an id that cannot be stored', '{"block": 5, "eventIds": ["\\u0000"]}', /but \{"block": 5/],
  ['a megabyte', `"${'x'.repeat(1_000_000)}"`, /^.{1,700}$/s],
])('a position on the chain that is %s stops the takeover before anything is changed', async (_, value, words) => {
  const database = `${REPLACED_DATABASE}; UPDATE "Store" SET value = '${value}' WHERE key = 'Progress'`
  const url = await databaseWith(database)
  const before = await schemaOf(url)
  const errors = [await messageOf(migrate(url)), await messageOf(planMigration(url))]
  for (const message of errors) {
    expect(message).toMatch(/^The table Store has no position on the chain under Progress, but/)
    expect(message).toMatch(words)
  }
  expect(await schemaOf(url)).toEqual(before)
  expect(await query(url, `SELECT value::text FROM "Store" WHERE key = 'Progress'`)).toEqual([{ value }])
})

test('the message about an unreadable position has two statements, after each of which the takeover succeeds', async () => {
  for (const statement of [/UPDATE "Store" .* WHERE key = 'Progress'(?=\.)/, /DELETE FROM "Store" .*'Progress'(?=:)/]) {
    const url = await databaseWith(`${PUSHED_DATABASE}; UPDATE "Store" SET value = '{"block": null}'`)
    for (const args of [['--dry-run'], []]) {
      const { code, stdout, stderr } = await command(url, args)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(statement)])
      const [sql = ''] = statement.exec(stderr) ?? []
      if (!args.length) await query(url, sql.replace('<number>', '5'))
    }
    expect(await migrate(url)).toEqual(ALL)
  }
})

const messageOf = (work: Promise<unknown>) => work.then(String, (error: Error) => error.message)

test('a dry run prints what a takeover would do, and changes nothing', async () => {
  const url = await databaseWith(`${PUSHED_DATABASE};
    INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify") VALUES (7, 'FORUM_THREAD_ENTITY_POST', '13', false)`)
  const before = await snapshot(url)
  const members = '[{"id": 7, "name": "alice"}, {"id": 8, "name": "bob"}]'
  const { code, stdout } = await command(url, ['--dry-run'], { INITIAL_MEMBERSHIPS: members })
  expect(code).toBe(0)
  expect(stdout.trim().split('\n')).toEqual([
    'Dry run: nothing is changed.',
    'The database is that of the replaced backend. A takeover',
    '  keeps members: 1, settings: 3, notifications: 2',
    '  continues at block 1',
    '  removes older settings of the same member and kind: 1',
    '  switches email off, too, in settings that are off: 2',
    '  marks notifications whose email was not sent as IGNORED: 1',
    '  leaves the time of notifications unknown, and their order as it is',
    ...ALL.map((name) => `Would apply migration ${name}`),
    'Would register member 8',
  ])
  expect(await snapshot(url)).toEqual(before)

  await migrate(url)
  expect((await command(url, ['--dry-run'])).stdout).toBe('Dry run: nothing is changed.\nThe database is up to date.\n')
})

test('a dry run on an empty database lists the migrations', async () => {
  const url = await databaseWith('')
  const { stdout } = await command(url, ['--dry-run'], { INITIAL_MEMBERSHIPS: '[{"id": 7, "name": "alice"}]' })
  expect(stdout.trim().split('\n').slice(1)).toEqual([
    ...ALL.map((name) => `Would apply migration ${name}`),
    'Would register member 7',
  ])
  expect(await schemaOf(url)).toEqual([])
})

/** What the replaced backend sends, with the types that its client gives the parameters. */
const STATEMENTS: [string, unknown[]][] = [
  [
    'INSERT INTO "Member" (id, name, "unverifiedEmail", "receiveEmails") VALUES ($1, $2, $3, $4)',
    [9, 'carol', 'c@x', true],
  ],
  ['UPDATE "Member" SET email = $1, "unverifiedEmail" = NULL WHERE id = $2', ['c@x', 9]],
  [
    `INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify")
     VALUES ($1, CAST($2::text AS "public"."NotificationKind"), $3, $4)`,
    [9, 'FORUM_THREAD_ENTITY_POST', '12', true],
  ],
  [
    `SELECT m.id FROM "Member" m JOIN "Subscription" s ON s."memberId" = m.id
     WHERE s.kind = CAST($1::text AS "public"."NotificationKind") AND s."shouldNotify" = $2`,
    ['FORUM_POST_ALL', true],
  ],
  [
    `INSERT INTO "Notification" ("memberId", kind, "eventId", "entityId", "emailStatus")
     VALUES ($1, CAST($2::text AS "public"."NotificationKind"), $3, $4, CAST($5::text AS "public"."NotificationEmailStatus"))
     ON CONFLICT DO NOTHING`,
    [9, 'FORUM_POST_ALL', 'OLYMPIA-6-1', '5', 'PENDING'],
  ],
  [
    `UPDATE "Notification" SET "emailStatus" = CAST($1::text AS "public"."NotificationEmailStatus"), "retryCount" = "retryCount" + 1
     WHERE "memberId" = $2 AND "eventId" = $3`,
    ['FAILED', 9, 'OLYMPIA-6-1'],
  ],
  [
    `INSERT INTO "Store" (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2`,
    ['Progress', '{"block": 6, "eventIds": ["OLYMPIA-6-1"]}'],
  ],
]

test('the way back restores the tables of the replaced backend, whose statements work on them', async () => {
  const url = await databaseWith(
    PUSHED_DATABASE.replace(
      "'FORUM_POST_ALL', 'FORUM_THREAD_ENTITY_POST')",
      "'FORUM_POST_ALL', 'FORUM_THREAD_ENTITY_POST', 'ONLY_THERE')",
    ),
  )
  const schema = await schemaOf(url)
  await migrate(url)
  await query(url, OUR_ROWS)
  await query(url, `INSERT INTO "TokenGeneration" ("memberId", generation) VALUES (7, 1)`)
  await query(url, `INSERT INTO "WatchedAccount" ("memberId", account, address, label) VALUES (7, '0x1', '5a', 'cold')`)
  await query(url, `INSERT INTO "Store" (key, value) VALUES ('LinkKey', '"ab"')`)
  await query(url, `UPDATE "Member" SET "emailFrequency" = 'DAILY', "timeZone" = 'Europe/Berlin' WHERE id = 8`)
  await query(url, `INSERT INTO "Email" (id, "memberId", type, collects) VALUES (900, 8, 'digest', true)`)
  await query(
    url,
    `INSERT INTO "Suppression" (address, mailbox, reason) VALUES ('a@x', 'a@x', 'BOUNCED'), ('b@x', 'b@x', NULL)`,
  )
  const before = await snapshot(url)
  const dryRun = await command(url, ['--back-to-pioneer', '--dry-run'])
  expect(await snapshot(url)).toEqual(before)
  const done = await command(url, ['--back-to-pioneer'])
  const losses = [
    '  settings of kinds that it does not know: 1',
    '  notifications of kinds that it does not know: 1',
    '  settings "in the app only", which are off there: 1',
    '  notifications of another event with the same id: 1',
    '  emails about addresses that are not sent yet: 1',
    '  digests and pauses, of members who get every email at once there: 1',
    '  addresses that bounced or complained, which get emails again: 1',
    "  accounts whose votes count as a member's: 1",
    '  events that were set aside: 1',
    '  that tokens were ended, of members: 1; change APP_SECRET_KEY, or they are valid again',
  ]
  expect(dryRun.stdout.trim().split('\n')).toEqual([
    'Dry run: nothing is changed.',
    'The old backend cannot keep:',
    ...losses,
  ])
  expect(done.stdout.trim().split('\n')).toEqual([
    'The old backend could not keep:',
    ...losses,
    'The database is that of the old backend again. `npm run migrate` takes it over once more.',
  ])

  expect(await schemaOf(url)).toEqual(schema)
  expect(await query(url, 'SELECT * FROM "Member" ORDER BY id')).toMatchObject([
    { id: 7, name: 'alice', email: 'alice@example.org', receiveEmails: true },
    { id: 8, name: 'bob' },
  ])
  expect(
    await query(url, 'SELECT "memberId", kind, "entityId", "shouldNotify" AS told FROM "Subscription" ORDER BY id'),
  ).toEqual([
    { memberId: 7, kind: 'FORUM_THREAD_ENTITY_POST', entityId: '12', told: true },
    { memberId: 7, kind: 'FORUM_POST_ALL', entityId: null, told: false },
    { memberId: 8, kind: 'FORUM_POST_ALL', entityId: null, told: false },
    { memberId: 8, kind: 'FORUM_POST_MENTION', entityId: null, told: true },
  ])
  // It sends what is pending.
  expect(
    await query(
      url,
      'SELECT id, "eventId", "emailStatus" AS status, "retryCount" AS count, "isRead" FROM "Notification" ORDER BY id',
    ),
  ).toEqual([
    { id: 1, eventId: 'OLYMPIA-1-1', status: 'SENT', count: 0, isRead: true },
    { id: 2, eventId: 'OLYMPIA-1-2', status: 'IGNORED', count: 0, isRead: false },
    { id: 3, eventId: 'OLYMPIA-5-1', status: 'PENDING', count: 1, isRead: false },
    { id: 5, eventId: 'OLYMPIA-5-2', status: 'IGNORED', count: 0, isRead: true },
  ])
  expect(await query(url, 'SELECT * FROM "Store" ORDER BY key')).toEqual([
    { key: 'LinkKey', value: 'ab' },
    { key: 'Progress', value: { block: 5, eventIds: ['OLYMPIA-5-1', 'OLYMPIA-5-2'] } },
  ])

  const { pool, close } = connect(url)
  onTestFinished(close)
  for (const [text, values] of STATEMENTS) await pool.query(text, values)
  const { rows } = await pool.query('SELECT id, "emailStatus" FROM "Notification" WHERE "memberId" = 9')
  // New ids continue after ours.
  expect(rows).toEqual([{ id: 7, emailStatus: 'FAILED' }])

  expect(await migrate(url)).toEqual(ALL)
  expect(await query(url, `SELECT value FROM "Store" WHERE key = 'Progress'`)).toEqual([
    { value: { block: 6, eventIds: ['OLYMPIA-6-1'] } },
  ])
  // Links in emails that were sent before are valid again.
  expect(await query(url, `SELECT value FROM "Store" WHERE key = 'LinkKey'`)).toEqual([{ value: 'ab' }])
})

test('the way back keeps the record of the migrations of the replaced backend', async () => {
  const url = await databaseWith(REPLACED_DATABASE)
  await migrate(url)
  await backToPioneer(url, false)
  expect(await query(url, 'SELECT migration_name FROM _prisma_migrations')).toEqual([
    { migration_name: '20230101000000_init' },
  ])
})

test('the way back from a database that never was the replaced backend has its kinds too', async () => {
  const url = await databaseWith('')
  await migrate(url)
  await backToPioneer(url, false)
  const kinds = await query(url, 'SELECT unnest(enum_range(NULL::"NotificationKind"))::text AS kind')
  expect(kinds.length).toBeGreaterThan(0)
  expect(kinds.filter(({ kind }) => !isKind(String(kind)))).toEqual([])
  expect(await schemaOf(url)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Notification.kind USER-DEFINED/)]),
  )
})

test.each<[string, string, RegExp]>([
  [
    'an email is being sent',
    `UPDATE "Email" SET "leaseUntil" = now() + interval '5 minutes' WHERE id = 1`,
    /is sending 1/,
  ],
  [
    'events wait',
    `INSERT INTO "WaitingEvent" (id, type, block, "row", kind, "listId") VALUES ('x', 'PostAdded', 5, '{}', 'thread', '1')`,
    /^1 events wait/,
  ],
  ['a migration is missing', `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_jobs'`, /npm run migrate/],
])('there is no way back while %s', async (_, statement, words) => {
  const url = await databaseWith(PUSHED_DATABASE)
  await migrate(url)
  await query(url, OUR_ROWS)
  await query(url, statement)
  const before = await snapshot(url)
  const { code, stderr } = await command(url, ['--back-to-pioneer'])
  expect(code).toBe(1)
  expect(stderr).toMatch(words)
  expect(await snapshot(url)).toEqual(before)
})

test('there is no way back for a database that is not ours', async () => {
  const url = await databaseWith(PUSHED_DATABASE)
  const { code, stderr } = await command(url, ['--back-to-pioneer'])
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The database is not one of this/) })
})

/** After a takeover: notifications of two events with one id, of an unknown kind, with and without an email. */
const OUR_ROWS = `
  INSERT INTO "Member" (id, name) VALUES (8, 'bob');
  INSERT INTO "Subscription" ("memberId", kind, "shouldNotify", "shouldNotifyByEmail") VALUES
    (8, 'FORUM_POST_ALL', true, false), (8, 'FORUM_POST_MENTION', false, true), (8, 'ROLE_MENTION', false, false);
  INSERT INTO "Event" (id, type, block, "time", fact, data, sources) VALUES
    ('OLYMPIA-5-1', 'PostAdded', 5, now(), 'a', '{}', '{}'), ('OLYMPIA-5-1', 'ThreadCreated', 5, now(), 'b', '{}', '{}'),
    ('OLYMPIA-5-2', 'PostAdded', 5, now(), 'c', '{}', '{}'), ('OLYMPIA-4-1', 'PostAdded', 4, now(), 'd', '{}', '{}');
  INSERT INTO "Email" (id, "memberId", type, status, attempts) VALUES
    (1, 7, 'notification', 'PENDING', 1), (2, 8, 'verification', 'PENDING', 0);
  INSERT INTO "Notification" ("memberId", kind, "eventId", "eventNumber", "emailId", "emailStatus", "isRead", "isArchived") VALUES
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-1', 1, 1, NULL, false, false),
    (7, 'FORUM_POST_MENTION', 'OLYMPIA-5-1', 2, NULL, 'IGNORED', false, false),
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-2', 3, NULL, 'IGNORED', false, true),
    (7, 'ROLE_MENTION', 'OLYMPIA-4-1', 4, NULL, 'IGNORED', false, false);
  INSERT INTO "SetAsideEvent" (id, type, block, "row", error) VALUES ('x', 'PostAdded', 5, '{}', 'why');
  UPDATE "Store" SET value = '{"block": 5, "time": "2026-01-01T00:00:00.000Z"}' WHERE key = 'Progress'`
