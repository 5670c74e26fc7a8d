import { expect, test } from 'vitest'
import { inTransaction, single } from '../../src/db/client.ts'
import { backToPioneer } from '../../src/db/setup/back-to-pioneer.ts'
import { migrate } from '../../src/db/setup/migrate.ts'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { LOG_BEGAN, MOST_KEPT, settingsThen } from '../../src/inbox/why/settings-then.ts'
import { forgetSettingChanges } from '../../src/jobs/forget-setting-changes.ts'
import { runDueJobs } from '../../src/jobs/run.ts'
import { saveCalm } from '../../src/members/calm.ts'
import { saveGeneral, setEntity, setReceiveEmails } from '../../src/members/settings.ts'
import { stopEmails } from '../../src/members/unsubscribe.ts'
import { cloneDatabase } from '../support/database.ts'
import { query } from '../support/schema.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

const changes = async ({ db }: Pick<Story, 'db'>) =>
  (await db.settingChange.findMany({ orderBy: { id: 'asc' } })).map(
    ({ memberId, setting, entityId, before, after }) => [memberId, setting, entityId, before, after],
  )
const switches = (inApp: boolean, byEmail = inApp) => ({ inApp, byEmail })

test('every change of a setting is logged, by whomever, and nothing else', async () => {
  const story = await createStory()
  const { db, pool } = story
  const id = Number((await story.member('bob')).id)
  await inTransaction(pool, async (transaction) => {
    await saveGeneral(transaction, id, [{ kind: 'FORUM_POST_ALL', inApp: true, byEmail: false }])
    await saveGeneral(transaction, id, [{ kind: 'FORUM_POST_ALL', inApp: true, byEmail: true }])
    // Saved again, as a page does that sends all of its fields.
    await saveGeneral(transaction, id, [{ kind: 'FORUM_POST_ALL', inApp: true, byEmail: true }])
    await setEntity(transaction, id, { kind: 'FORUM_THREAD_ENTITY_POST', entityId: '7', status: 'WATCH' })
    await stopEmails(transaction, { memberId: id, kind: 'FORUM_POST_ALL', thing: { type: 'thread', id: '7' } }, 'thing')
    await setReceiveEmails(transaction, id, true)
    await setReceiveEmails(transaction, id, false)
  })
  await inTransaction(pool, (transaction) => saveCalm(transaction, id, { emailFrequency: 'DAILY', digestHour: 9 }))
  await db.member.update({ where: { id }, data: { email: null, name: 'Bobby', linksSince: new Date() } })
  await db.member.update({ where: { id }, data: { email: 'new@example.org' } })
  await db.member.update({ where: { id }, data: { email: 'newer@example.org', unverifiedEmail: 'x@example.org' } })
  await db.subscription.deleteMany({ where: { entityId: '7' } })
  expect(await changes(story)).toEqual([
    [id, 'FORUM_POST_ALL', null, null, switches(true, false)],
    [id, 'FORUM_POST_ALL', null, switches(true, false), switches(true)],
    [id, 'FORUM_THREAD_ENTITY_POST', '7', null, switches(true)],
    [id, 'FORUM_THREAD_ENTITY_POST', '7', switches(true), switches(false)],
    [id, 'receiveEmails', null, true, false],
    [id, 'emailFrequency', null, 'IMMEDIATE', 'DAILY'],
    [id, 'email', null, true, false],
    [id, 'email', null, false, true],
    [id, 'FORUM_THREAD_ENTITY_POST', '7', switches(false), null],
  ])
  await db.settingChange.deleteMany()
  await db.$executeRaw`UPDATE "Subscription" SET kind = 'FORUM_THREAD_ALL' WHERE "memberId" = ${id}`
  expect((await changes(story)).sort()).toEqual([
    [id, 'FORUM_POST_ALL', null, switches(true), null],
    [id, 'FORUM_THREAD_ALL', null, null, switches(true)],
  ])
})

test('the log began with a migration that exists', async () => {
  expect(await readMigrationNames()).toContain(LOG_BEGAN)
})

test('registering, a broadcast, reading and signing in log nothing', async () => {
  const story = await createStory()
  const { db, pool, chain } = story
  await inTransaction(pool, async (transaction) => {
    await transaction.query(Prisma.sql`INSERT INTO "Member" (id, name) VALUES (99, 'ann')`)
    await saveGeneral(transaction, 99, [{ kind: 'FORUM_POST_ALL', inApp: true, byEmail: true }])
    await setReceiveEmails(transaction, 99, false)
  })
  await story.member('bob')
  await story.begins()
  chain.announcingPeriodStarted()
  await story.notify()
  await db.notification.updateMany({ data: { isRead: true } })
  await db.signIn.create({ data: { memberId: 99, signedAt: new Date() } })
  expect(await changes(story)).toEqual([])
})

test('deleting a member deletes the log of their settings', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.db.subscription.updateMany({ data: { shouldNotify: false } })
  expect(await changes(story)).toHaveLength(2)
  await story.db.member.delete({ where: { id: Number(bob.id) } })
  expect(await changes(story)).toEqual([])
})

test('of a setting that is changed again and again, the newest 1,000 changes are kept, of each member', async () => {
  const story = await createStory()
  const [bob, carol] = [await story.member('bob'), await story.member('carol')]
  await story.wants(carol, 'FORUM_POST_ALL')
  await story.wants(bob, 'FORUM_POST_ALL')
  await story.db.$executeRaw`
    DO $$ BEGIN FOR n IN 1..1200 LOOP
      UPDATE "Subscription" SET "shouldNotify" = NOT "shouldNotify" WHERE "memberId" = (SELECT max(id) FROM "Member" WHERE name = 'bob');
    END LOOP; END $$`
  const logged = await changes(story)
  expect(logged.filter(([memberId]) => memberId === Number(bob.id))).toHaveLength(MOST_KEPT)
  expect(logged.filter(([memberId]) => memberId === Number(carol.id))).toHaveLength(1)
})

test('a member who changes everything at once, from many devices, waits for nothing and loses no change', async () => {
  const story = await createStory()
  const id = Number((await story.member('bob')).id)
  await story.db.$executeRaw`
    INSERT INTO "SettingChange" ("memberId", setting) SELECT ${id}::int, 'FORUM_POST_ALL' FROM generate_series(1, 1000)`
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      inTransaction(story.pool, async (transaction) => {
        await setEntity(transaction, id, { kind: 'FORUM_THREAD_ENTITY_POST', entityId: String(n), status: 'WATCH' })
        await setEntity(transaction, id, { kind: 'FORUM_THREAD_ENTITY_POST', entityId: String(n), status: 'MUTE' })
      }),
    ),
  )
  const logged = await changes(story)
  expect(logged.filter(([, setting]) => setting === 'FORUM_THREAD_ENTITY_POST')).toHaveLength(120)
  // The next change deletes what a concurrent one had to leave.
  await setReceiveEmails(single(story.pool), id, false)
  expect(await story.db.settingChange.count()).toBe(MOST_KEPT)
})

test('changes older than WHY_DAYS are forgotten, batch by batch', async () => {
  const story = await createStory({ whyDays: 7 })
  const bob = await story.member('bob')
  await story.db.$executeRaw`
    INSERT INTO "SettingChange" ("memberId", setting, "createdAt")
    SELECT ${Number(bob.id)}::int, 'FORUM_POST_ALL', now() - make_interval(days => 8 - n % 2 * 2) FROM generate_series(1, 4000) n`
  await runDueJobs(story.deps, [forgetSettingChanges])
  expect(await story.db.settingChange.count()).toBe(2_000)
  const [oldest] = await story.db.$queryRaw<{ ok: boolean }[]>`
    SELECT min("createdAt") > now() - interval '7 days' AS ok FROM "SettingChange"`
  expect(oldest).toEqual({ ok: true })
})

test('later changes are undone, whatever came in between', async () => {
  const story = await createStory()
  const { pool } = story
  const bob = await story.member('bob')
  const id = Number(bob.id)
  await story.sets(bob, 'FORUM_POST_ALL', { inApp: true, byEmail: false })
  await story.watches(bob, 'FORUM_THREAD_ENTITY_POST', { id: '1' })
  await story.mutes(bob, 'FORUM_THREAD_ENTITY_POST', { id: '2' })
  const settings = async (at: Prisma.Sql) => {
    const { rows } = await inTransaction(pool, (transaction) =>
      transaction.query<Record<string, unknown>>(Prisma.sql`
        WITH ${settingsThen(id, at)} unused AS (SELECT)
        SELECT kind, "entityId", "shouldNotify", "shouldNotifyByEmail" FROM setting ORDER BY kind, "entityId"`),
    )
    return rows.map((row) => Object.values(row))
  }
  const before = await settings(Prisma.sql`now()`)
  expect(before).toEqual([
    ['FORUM_POST_ALL', null, true, false],
    ['FORUM_THREAD_ENTITY_POST', '1', true, true],
    ['FORUM_THREAD_ENTITY_POST', '2', false, false],
  ])
  const [last] = await story.db.$queryRaw<{ at: Date }[]>`
    UPDATE "SettingChange" SET "createdAt" = now() - interval '1 hour' RETURNING "createdAt" AS at`
  const at = Prisma.sql`${last?.at}::timestamptz`
  await story.db.subscription.deleteMany({ where: { entityId: '1' } })
  await story.db.subscription.updateMany({ data: { shouldNotify: true, shouldNotifyByEmail: true } })
  await story.wants(bob, 'PROPOSAL_CREATED_ALL')
  await story.watches(bob, 'FORUM_THREAD_ENTITY_POST', { id: '1' })
  await story.db.member.update({ where: { id }, data: { receiveEmails: false } })
  expect(await settings(at)).toEqual(before)
  expect(await settings(Prisma.sql`now()`)).toHaveLength(4)
})

test('a session with another search path, such as psql, changes settings too', async () => {
  const story = await createStory()
  const bob = await story.member('bob')
  await query(
    story.url,
    `SET search_path = pg_catalog; UPDATE public."Member" SET "receiveEmails" = false;
     INSERT INTO public."Subscription" ("memberId", kind, "shouldNotify", "shouldNotifyByEmail")
     VALUES (${bob.id}, 'FORUM_POST_ALL', true, true)`,
  )
  expect((await changes(story)).map(([, setting]) => setting)).toEqual(['receiveEmails', 'FORUM_POST_ALL'])
})

test('after the way back to the replaced backend, its tables take changes, and can be taken over again', async () => {
  const { url, close } = await cloneDatabase()
  try {
    await backToPioneer(url, false)
    await query(url, `INSERT INTO "Member" (id, name) VALUES (7, 'bob'); UPDATE "Member" SET "receiveEmails" = false`)
    await migrate(url)
    await query(url, `UPDATE "Member" SET "receiveEmails" = true`)
    expect(await query(url, 'SELECT setting FROM "SettingChange"')).toEqual([{ setting: 'receiveEmails' }])
  } finally {
    await close()
  }
})
