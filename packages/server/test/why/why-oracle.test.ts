import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction, query } from '../../src/db/client.ts'
import { entityKinds, generalKinds } from '../../src/events/kinds.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { explainEvent } from '../../src/inbox/why/explain.ts'
import { eventsWithId, readFacts } from '../../src/inbox/why/facts.ts'
import { recordNotifications } from '../../src/notifier/audience/resolve.ts'
import { populate, understandIn, world } from '../audience/generated-world.ts'
import { cloneDatabase, emptyTables, type TestDatabase } from '../support/database.ts'

const CIRCUMSTANCES = { emailMaxAgeMs: 3 * 24 * 60 * 60 * 1000, emailDelaySeconds: 0 }

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.close())

const id = fc.constantFrom('0', '1', '2', '3', '4', '5')
const kind = fc.oneof(
  fc.record({ kind: fc.constantFrom('NOTIFY_ALL', ...Object.keys(generalKinds)), entityId: fc.constant(null) }),
  fc.record({ kind: fc.constantFrom(...Object.keys(entityKinds)), entityId: id }),
)
const change = fc.record({
  what: fc.constantFrom('set', 'flip', 'forget'),
  memberId: id.map(Number),
  setting: kind,
  inApp: fc.boolean(),
  byEmail: fc.boolean(),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** Members change their minds: about the setting, about all that they have, or back to the default. */
const apply = ({ pool }: TestDatabase, { what, memberId, setting, inApp, byEmail }: Change) =>
  query(
    pool,
    what === 'set'
      ? Prisma.sql`
        INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
        SELECT id, ${setting.kind}, ${setting.entityId}::text, ${inApp}::bool, ${byEmail}::bool FROM "Member" m
        WHERE id = ${memberId} AND NOT EXISTS (SELECT FROM "Subscription" s WHERE s."memberId" = m.id
          AND s.kind = ${setting.kind} AND s."entityId" IS NOT DISTINCT FROM ${setting.entityId}::text)`
      : what === 'flip'
        ? Prisma.sql`
          UPDATE "Subscription" SET "shouldNotify" = ${inApp}::bool, "shouldNotifyByEmail" = ${byEmail}::bool
          WHERE "memberId" = ${memberId}`
        : Prisma.sql`DELETE FROM "Subscription" WHERE "memberId" = ${memberId} AND kind = ${setting.kind}`,
  )

test('for every member and event, the explanation agrees with what was recorded, also when settings changed since', {
  timeout: 900_000,
}, async () => {
  let told = 0
  let untold = 0
  const parts = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(world, fc.array(change, { maxLength: 12 }), async (generated, changes) => {
      const { db, pool } = database
      const understood = await understandIn(generated)
      await emptyTables(database)
      await inTransaction(pool, async (transaction) => {
        await populate(transaction, generated)
        await recordNotifications(transaction, understood, { ...CIRCUMSTANCES, ...generated })
      })
      for (const one of changes) await apply(database, one)

      const recorded = await db.notification.findMany()
      for (const { id: memberId } of generated.members) {
        for (const { id: eventId } of understood) {
          const [event] = await eventsWithId(pool, eventId)
          if (!event) throw new Error(`The event ${eventId} is missing`)
          const notification = recorded.find((row) => row.memberId === memberId && row.eventNumber === event.number)
          const facts = await readFacts(pool, memberId, event, 90)
          expect(facts?.rules?.find(({ part }) => part === 'chosen')?.kind).toBe(notification?.kind)
          for (const { part, isExcepted } of facts?.rules ?? []) {
            parts.set(part, (parts.get(part) ?? 0) + 1)
            if (isExcepted) expect(part).toBe('none')
          }

          const [story] = await explainEvent(pool, memberId, eventId, { whyDays: 90, reader: 'member' })
          expect(story?.notificationId ?? undefined).toBe(notification?.id)
          expect(story?.steps.map(({ label }) => label)).not.toContain('Settings at the time')
          if (notification) told++
          else {
            untold++
            expect(story?.outcome).toMatch(/^You were not notified(?!.*not known)/)
          }
        }
      }
    }),
    { numRuns: 100 },
  )
  // They would also agree if no world notified anybody.
  expect(told).toBeGreaterThan(50)
  expect(untold).toBeGreaterThan(100)
  for (const part of ['chosen', 'none']) {
    expect(parts.get(part), part).toBeGreaterThan(0)
  }
})
