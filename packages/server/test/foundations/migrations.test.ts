import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { migrate, schemaScript } from '../../src/db/setup/migrate.ts'
import { MIGRATIONS, readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { query, REPLACED_DATABASE, recordOf, schemaOf } from '../support/schema.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { withOutcome } from '../support/story.ts'

const ALL = await readMigrationNames()
/** schema.prisma has no words for them. */
const CHECKS = [
  'Member_digestHour_check CHECK ((("digestHour" >= 0) AND ("digestHour" <= 23)))',
  'Member_digestWeekday_check CHECK ((("digestWeekday" >= 1) AND ("digestWeekday" <= 7)))',
  'Member_pauseEmailsUntil_check CHECK (isfinite("pauseEmailsUntil"))',
  `Member_timeZone_check CHECK ((('2000-01-01 00:00:00+00'::timestamp with time zone AT TIME ZONE "timeZone") IS NOT NULL))`,
]
const VERSION_0_1 = ALL.filter((name) => name < '20261123')

let empty: TestDatabase
let other: TestDatabase
beforeAll(async () => {
  empty = await cloneDatabase(null)
  other = await cloneDatabase(null)
})
afterAll(async () => {
  await empty.close()
  await other.close()
})

test('the migrations create exactly the schema of schema.prisma, and the checks', async () => {
  expect(await migrate(empty.url)).toEqual(ALL)
  await query(other.url, await schemaScript(other.url))
  expect((await schemaOf(empty.url)).sort()).toEqual([...(await schemaOf(other.url)), ...CHECKS].sort())
})

test('migrating twice, or from two processes at once, applies each migration once', async () => {
  const twice = await cloneDatabase(null)
  try {
    const applied = await Promise.all([migrate(twice.url), migrate(twice.url)])
    expect(applied.flat()).toEqual(ALL)
    expect(await migrate(twice.url)).toEqual([])
  } finally {
    await twice.close()
  }
})

describe('a process that is killed in the middle of a migration', () => {
  let database: TestDatabase
  let blocker: pg.Client
  beforeEach(async () => {
    database = await cloneDatabase(null)
    // The first migration waits for this transaction, which creates a table of the same name.
    blocker = new pg.Client({ connectionString: database.url })
    await blocker.connect()
    await blocker.query('BEGIN; CREATE TABLE "Member" (id INTEGER)')
    const script = join(import.meta.dirname, '../../scripts/migrate.ts')
    const child = fork(script, { env: { DATABASE_URL: database.url, APP_SECRET_KEY: SECRET_KEY }, stdio: 'ignore' })
    await expect.poll(() => stuck()).toHaveLength(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  afterEach(async () => {
    await blocker.end()
    await database.close()
  })
  const stuck = () =>
    query(
      database.url,
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )

  test('makes the next one wait, because PostgreSQL may continue with it', async () => {
    const next = migrate(database.url)
    await blocker.query('ROLLBACK')
    await next
    expect(await migrate(database.url)).toEqual([])
    expect(await schemaOf(database.url)).toEqual(await schemaOf(empty.url))
  })

  test('leaves the migration to the next one after the rollback', async () => {
    const [session] = await stuck()
    await query(database.url, `SELECT pg_terminate_backend(${session?.pid})`)
    await blocker.query('ROLLBACK')
    expect(await migrate(database.url)).toEqual(ALL)
  })
})

test('a migration that fails says why each time and is retried', async () => {
  const broken = await cloneDatabase(null)
  try {
    await query(broken.url, 'CREATE SEQUENCE "Email"')
    for (const _ of ['now', 'at the next start']) await expect(migrate(broken.url)).rejects.toThrow(/"Email" already/)
    await query(broken.url, 'DROP SEQUENCE "Email"')
    expect(await migrate(broken.url)).toEqual(ALL)
  } finally {
    await broken.close()
  }
})

for (const encoding of ['LATIN1', 'SQL_ASCII', 'EUC_JP']) {
  test(`a database in ${encoding} is refused unchanged, with the command that creates one in UTF-8`, async () => {
    const name = `test_${encoding.toLowerCase()}_${process.pid}`
    const admin = new pg.Client({ connectionString: inject('serverUrl') })
    await admin.connect()
    const create = `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`
    await admin.query(create)
    try {
      const url = new URL(inject('serverUrl'))
      url.pathname = name
      const failure = await migrate(url.href).then(String, (error: Error) => error.message)
      expect(failure).toMatch(`The database ${name} has the encoding ${encoding}`)
      expect(await query(url.href, 'SELECT FROM pg_tables WHERE schemaname = current_schema')).toEqual([])

      const command = /CREATE DATABASE .*$/.exec(failure)?.[0] ?? ''
      await admin.query(command)
      url.pathname = `${name}_utf8`
      expect(await migrate(url.href)).toEqual(ALL)
      expect(await query(url.href, `SELECT '🌱' AS plant`)).toEqual([{ plant: '🌱' }])
    } finally {
      await admin.query(`DROP DATABASE IF EXISTS ${name}_utf8`)
      await admin.query(`DROP DATABASE ${name}`)
      await admin.end()
    }
  })
}

test('the database of the replaced backend is taken over with all its data', async () => {
  const old = await cloneDatabase(null)
  try {
    await query(old.url, REPLACED_DATABASE)
    await migrate(old.url)
    expect(await schemaOf(old.url)).toEqual(await schemaOf(empty.url))

    const { db, close } = connect(old.url)
    expect(await db.member.findMany({ select: { id: true, name: true, email: true } })).toEqual([
      { id: 7, name: 'alice', email: 'alice@example.org' },
    ])
    const settings = await db.subscription.findMany({ orderBy: { id: 'asc' } })
    expect(settings.map(({ kind, entityId, shouldNotify }) => [kind, entityId, shouldNotify])).toEqual([
      ['FORUM_THREAD_ENTITY_POST', '12', true],
      ['FORUM_POST_ALL', null, false],
    ])
    const notifications = await db.notification.findMany({ orderBy: { id: 'asc' } })
    expect(notifications.map(({ kind, eventId, emailStatus, isRead }) => [kind, eventId, emailStatus, isRead])).toEqual(
      [
        ['FORUM_POST_MENTION', 'OLYMPIA-1-1', 'SENT', true],
        ['FORUM_POST_ALL', 'OLYMPIA-1-2', 'IGNORED', false],
      ],
    )
    // It stored no times, and what it had not sent never will be.
    expect(notifications.map(({ createdAt, emailStatusReason }) => [createdAt, emailStatusReason])).toEqual([
      [null, null],
      [null, 'recorded by the replaced backend, which did not send it'],
    ])
    expect((await db.store.findUniqueOrThrow({ where: { key: 'Progress' } })).value).toEqual({
      block: 1,
      eventIds: ['OLYMPIA-1-1', 'OLYMPIA-1-2'],
    })
    // New ids continue after the old ones.
    const added = await db.notification.create({ data: { memberId: 7, kind: 'FORUM_POST_ALL', eventId: 'x' } })
    expect(added).toMatchObject({ id: 3, createdAt: expect.any(Date) })
    await close()
  } finally {
    await old.close()
  }
})

test('upgrading a database of version 0.1.0 keeps every outcome in one place', async () => {
  const old = await cloneDatabase(null)
  try {
    for (const name of VERSION_0_1) {
      await query(old.url, await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
    }
    await query(old.url, DATABASE_0_1)
    expect(await migrate(old.url)).toEqual(ALL.filter((name) => !VERSION_0_1.includes(name)))
    expect(await schemaOf(old.url)).toEqual(await schemaOf(empty.url))

    const { db, close } = connect(old.url)
    const rows = await db.notification.findMany({ orderBy: { id: 'asc' }, include: { event: true, email: true } })
    expect(
      rows
        .map(withOutcome)
        .map((row) => [row.eventId, row.eventType, row.emailStatus, row.emailStatusReason, row.retryCount]),
    ).toEqual([
      ['OLYMPIA-1-1', null, 'SENT', null, 0],
      ['OLYMPIA-5-1', 'PostAdded', 'PENDING', null, 0],
      ['OLYMPIA-5-2', 'PostAdded', 'PENDING', 'attempt 1 of 3: mailbox busy', 1],
      ['OLYMPIA-5-3', 'PostAdded', 'SENT', null, 1],
      ['OLYMPIA-5-4', 'PostAdded', 'FAILED', 'no such mailbox', 1],
      ['OLYMPIA-5-5', 'PostAdded', 'IGNORED', 'the member receives no emails', 0],
      ['OLYMPIA-5-1', 'ThreadCreated', 'IGNORED', 'switched off for this kind', 0],
    ])
    expect(rows.map(({ createdAt }) => createdAt !== null)).toEqual([false, true, true, true, true, true, true])
    const setAside = await db.setAsideEvent.findMany({
      where: { id: { startsWith: 'lacks' } },
      orderBy: { id: 'asc' },
    })
    expect(setAside.map(({ id, retryAt }) => [id, retryAt !== null])).toEqual([
      ['lacks a post', true],
      ['lacks an amount', false],
    ])
    for (const { emailId, emailStatus, emailStatusReason, retryCount } of rows) {
      const own = [emailStatus, emailStatusReason, retryCount].filter((value) => value !== null)
      expect(own.length > 0, 'either the email or the notification has the outcome').toBe(emailId === null)
    }
    const long = await db.event.findUniqueOrThrow({ where: { id_type: { id: 'OLYMPIA-5-6', type: 'PostAdded' } } })
    const handle = `${'h'.repeat(99)}…`
    const data = { author: handle, thread: `${'😀'.repeat(299)}…`, postId: '7', excerpt: null, hired: ['bob', handle] }
    expect(long.data, 'texts that had no bound are cut').toEqual(data)
    const cut = await db.setAsideEvent.findFirstOrThrow({ where: { id: 'OLYMPIA-5-7' } })
    const { text, indexInBlock } = cut.row as { text: string; indexInBlock: number }
    expect([text.length, indexInBlock]).toEqual([65_536, 7])
    await close()
  } finally {
    await old.close()
  }
})

test('members who switched mentions off are not mailed by the new kinds of mention', async () => {
  const old = await cloneDatabase(null)
  try {
    for (const name of VERSION_0_1) {
      await query(old.url, await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
    }
    await query(old.url, DATABASE_0_1)
    await query(
      old.url,
      `INSERT INTO "Member" (id, name) SELECT n, 'member ' || n FROM generate_series(101, 107) AS n;
       INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail") VALUES
         (101, 'FORUM_POST_MENTION', NULL, false, false),
         (102, 'FORUM_THREAD_MENTION', NULL, true, false),
         (103, 'PROPOSAL_DISCUSSION_MENTION', NULL, false, true),
         (104, 'FORUM_POST_MENTION', NULL, true, true), (104, 'FORUM_THREAD_MENTION', NULL, true, false),
         (105, 'FORUM_POST_MENTION', NULL, true, true),
         (106, 'FORUM_POST_REPLY', NULL, false, false), (106, 'FORUM_THREAD_ENTITY_POST', '1', false, false)`,
    )
    await migrate(old.url)
    const { db, close } = connect(old.url)
    const rows = await db.subscription.findMany({
      where: { kind: { in: ['ROLE_MENTION', 'PROPOSAL_MENTION'] } },
      orderBy: [{ memberId: 'asc' }, { kind: 'desc' }],
    })
    const both = (memberId: number, inApp: boolean, byEmail: boolean) =>
      ['ROLE_MENTION', 'PROPOSAL_MENTION'].map((kind) => [memberId, kind, inApp, byEmail])
    expect(
      rows.map(({ memberId, kind, shouldNotify, shouldNotifyByEmail }) => [
        memberId,
        kind,
        shouldNotify,
        shouldNotifyByEmail,
      ]),
    ).toEqual([both(101, false, false), both(102, true, false), both(103, false, true), both(104, true, false)].flat())
    await close()
  } finally {
    await old.close()
  }
})

test('members who switched news of a group or of the revealing stage off hear nothing by the kinds that came later', async () => {
  const old = await cloneDatabase(null)
  try {
    for (const name of VERSION_0_1) {
      await query(old.url, await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
    }
    await query(old.url, DATABASE_0_1)
    await query(
      old.url,
      `INSERT INTO "Member" (id, name) SELECT id, 'member ' || id FROM generate_series(101, 106) AS id;
       INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail") VALUES
         (101, 'WG_APPLICATION_WORKER', NULL, false, false), (101, 'ELECTION_REVEALING_STARTED', NULL, true, false),
         (102, 'WG_BUDGET_UPDATE_WORKER', NULL, true, true), (102, 'WG_NEW_BUDGET_WORKER', NULL, true, false),
         (102, 'WG_SPENDING_WORKER', NULL, false, true),
         (103, 'WG_SPENDING_WORKER', NULL, false, false), (103, 'WG_BUDGET_LEAD', NULL, true, true),
         (104, 'WG_APPLICATION_WORKER', NULL, true, true), (104, 'WG_NEW_BUDGET_WORKER', NULL, true, true),
         (105, 'WG_APPLICATION_ALL', NULL, false, false), (105, 'ELECTION_VOTING_STARTED', NULL, false, false),
         (106, 'WG_APPLICATION_WORKER', '1', false, false)`,
    )
    await migrate(old.url)
    const off = [false, false]
    expect(await settingsOf(old.url, 101)).toEqual({
      WG_APPLICATION_WORKER: off,
      WG_APPLICATION_LEAD: off,
      ELECTION_REVEALING_STARTED: [true, false],
      ELECTION_REVEALING_VOTER: [true, false],
    })
    expect(await settingsOf(old.url, 102)).toMatchObject({ WG_BUDGET_LEAD: off })
    expect(await settingsOf(old.url, 103)).toMatchObject({ WG_BUDGET_LEAD: [true, true] })
    for (const id of [104, 105, 106]) {
      const kinds = Object.keys(await settingsOf(old.url, id))
      expect(kinds.filter((kind) => kind.endsWith('_LEAD') || kind.endsWith('_VOTER'))).toEqual([])
    }
  } finally {
    await old.close()
  }
})

/** What a member has switched on: in the app, by email. */
async function settingsOf(url: string, memberId: number): Promise<Record<string, [boolean, boolean]>> {
  const rows = await query(
    url,
    `SELECT concat_ws(' ', kind, "entityId") AS name, "shouldNotify", "shouldNotifyByEmail" FROM "Subscription"
     WHERE "memberId" = ${memberId}`,
  )
  return Object.fromEntries(rows.map((row) => [row.name, [row.shouldNotify, row.shouldNotifyByEmail]]))
}

/** How the replaced backend stored settings: it never read, or wrote, the second switch. */
const REPLACED_SETTINGS = `
  ALTER TYPE "NotificationKind" ADD VALUE 'FORUM_THREAD_MENTION';
  INSERT INTO "Member" (id, name) VALUES (8, 'bob'), (9, 'carol');
  INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify") VALUES
    (8, 'FORUM_POST_MENTION', NULL, false), (8, 'FORUM_POST_ALL', NULL, true),
    (8, 'FORUM_THREAD_ENTITY_POST', '1', false), (8, 'FORUM_THREAD_ENTITY_POST', '2', true);
  INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail") VALUES
    (9, 'FORUM_POST_MENTION', NULL, true, false);`

const OFF: [boolean, boolean] = [false, false]
const ON: [boolean, boolean] = [true, true]
/** Of the member who switched kinds off there. */
const OFF_IS_OFF = {
  FORUM_POST_MENTION: OFF,
  FORUM_POST_ALL: ON,
  'FORUM_THREAD_ENTITY_POST 1': OFF,
  'FORUM_THREAD_ENTITY_POST 2': ON,
  ROLE_MENTION: OFF,
  PROPOSAL_MENTION: OFF,
}

test('members who switched a kind off in the replaced backend are not mailed after the takeover', async () => {
  const old = await cloneDatabase(null)
  try {
    await query(old.url, REPLACED_DATABASE)
    await query(old.url, REPLACED_SETTINGS)
    await migrate(old.url)
    expect(await settingsOf(old.url, 8)).toEqual(OFF_IS_OFF)
    expect(await settingsOf(old.url, 9)).toMatchObject({ FORUM_POST_MENTION: [true, false] })
  } finally {
    await old.close()
  }
})

test.each([
  ['0.1.0', VERSION_0_1],
  ['an earlier 0.2.0', ALL.filter((name) => name < '20261128')],
])('members whose "off" became "by email" in a takeover by version %s are not mailed any more', async (_, version) => {
  const old = await cloneDatabase(null)
  try {
    await query(old.url, REPLACED_DATABASE)
    await query(old.url, REPLACED_SETTINGS)
    for (const name of version) {
      await query(old.url, await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
      await query(old.url, recordOf(name))
    }
    // Chosen since the takeover: by email only.
    await query(
      old.url,
      `INSERT INTO "Member" (id, name) VALUES (10, 'dave');
       INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail") VALUES
         (10, 'FORUM_POST_MENTION', NULL, false, true), (10, 'FORUM_THREAD_ENTITY_POST', '1', false, true);
       UPDATE "Subscription" SET "shouldNotifyByEmail" = true, "updatedAt" = now()
       WHERE "memberId" = 7 AND kind = 'FORUM_POST_ALL'`,
    )
    await migrate(old.url)
    expect(await settingsOf(old.url, 8)).toEqual(OFF_IS_OFF)
    expect(await settingsOf(old.url, 7)).toMatchObject({ FORUM_POST_ALL: [false, true] })
    expect(await settingsOf(old.url, 10)).toMatchObject({
      FORUM_POST_MENTION: [false, true],
      'FORUM_THREAD_ENTITY_POST 1': [false, true],
    })
  } finally {
    await old.close()
  }
})

test('a member has at most one general setting of a kind', async () => {
  const { db } = empty
  await db.member.create({ data: { id: 1, name: 'alice' } })
  const data = { memberId: 1, kind: 'FORUM_POST_ALL', shouldNotify: true, shouldNotifyByEmail: true }
  await db.subscription.create({ data })
  await expect(db.subscription.create({ data })).rejects.toThrow(/Unique constraint/)
  await db.subscription.create({ data: { ...data, kind: 'FORUM_THREAD_ENTITY_POST', entityId: '1' } })
  await db.subscription.create({ data: { ...data, kind: 'FORUM_THREAD_ENTITY_POST', entityId: '2' } })
})

test('the database allows one notification per member and event', async () => {
  const { db } = empty
  const { number: eventNumber } = await db.event.create({
    data: { id: 'OLYMPIA-5-1', type: 'PostAdded', block: 5, time: new Date(), fact: 'f', data: {} },
  })
  const data = { memberId: 1, kind: 'FORUM_POST_ALL', eventId: 'OLYMPIA-5-1', eventNumber }
  await db.notification.create({ data })
  await expect(db.notification.create({ data: { ...data, kind: 'FORUM_POST_MENTION' } })).rejects.toThrow(
    /Unique constraint/,
  )
})

/** A notification of the replaced backend, and emails in every state. */
const DATABASE_0_1 = `
  CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
    logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  );
  INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
  SELECT gen_random_uuid(), 'abc', now(), name, 1 FROM unnest(ARRAY[${VERSION_0_1.map((name) => `'${name}'`)}]) AS name;
  INSERT INTO "Member" (id, name, email) VALUES (7, 'alice', 'alice@example.org');
  INSERT INTO "SetAsideEvent" (id, type, block, "row", error) VALUES
    ('lacks a post', 'PostAdded', 5, '{}', 'The query node has no forum post 500'),
    ('lacks an amount', 'BudgetSpending', 5, '{}', 'The query node gave no amount');
  INSERT INTO "Event" (id, type, block, "time", fact, data)
  SELECT 'OLYMPIA-5-' || n, 'PostAdded', 5, now(), 'post' || n, '{}'::jsonb FROM generate_series(1, 5) n
  UNION ALL SELECT 'OLYMPIA-5-1', 'ThreadCreated', 5, now(), 'thread', '{}'
  UNION ALL SELECT 'OLYMPIA-5-6', 'PostAdded', 5, now(), 'long', jsonb_build_object(
    'author', repeat('h', 200), 'thread', repeat('😀', 1000000), 'postId', '7', 'excerpt', NULL,
    'hired', jsonb_build_array('bob', repeat('h', 200)));
  INSERT INTO "SetAsideEvent" (id, type, block, "row", error)
  VALUES ('OLYMPIA-5-7', 'PostAdded', 5, jsonb_build_object('text', repeat('x', 1000000), 'indexInBlock', 7), 'no post');
  INSERT INTO "Email" (id, "memberId", type, address, status, attempts, reason, "leaseUntil") VALUES
    (1, 7, 'notification', 'alice@example.org', 'PENDING', 0, NULL, NULL),
    (2, 7, 'notification', 'alice@example.org', 'PENDING', 1, 'attempt 1 of 3: mailbox busy', now()),
    (3, 7, 'notification', 'alice@example.org', 'SENT', 2, NULL, NULL),
    (4, 7, 'notification', 'alice@example.org', 'FAILED', 1, 'no such mailbox', NULL),
    (5, 7, 'notification', 'alice@example.org', 'IGNORED', 0, 'the member receives no emails', NULL);
  INSERT INTO "Notification"
    ("memberId", kind, "eventId", "eventType", "emailStatus", "emailStatusReason", "retryCount", "emailId") VALUES
    (7, 'FORUM_POST_ALL', 'OLYMPIA-1-1', NULL, 'SENT', NULL, 0, NULL),
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-1', 'PostAdded', 'PENDING', NULL, 0, 1),
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-2', 'PostAdded', 'PENDING', 'attempt 1 of 3: mailbox busy', 1, 2),
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-3', 'PostAdded', 'SENT', NULL, 1, 3),
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-4', 'PostAdded', 'FAILED', 'no such mailbox', 1, 4),
    (7, 'FORUM_POST_ALL', 'OLYMPIA-5-5', 'PostAdded', 'IGNORED', 'the member receives no emails', 0, 5),
    (7, 'FORUM_THREAD_ALL', 'OLYMPIA-5-1', 'ThreadCreated', 'IGNORED', 'switched off for this kind', 0, NULL);
`
