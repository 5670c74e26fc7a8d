import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction, type Transaction } from '../../src/db/client.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import {
  previewNotifications,
  type Recorded,
  type Resolved,
  recordNotifications,
} from '../../src/notifier/audience/resolve.ts'
import { cloneDatabase, emptyTables, type TestDatabase } from '../support/database.ts'
import { populate, understandIn, type World, world } from './generated-world.ts'
import { resolvePlainly, type Verdict } from './oracle.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const EMAIL_MAX_AGE = 3 * DAY_MS
/** Longer than any digest collects. */
const PAUSE_AT_LEAST_MS = 30 * DAY_MS

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.close())

class RolledBack extends Error {}

async function rollBackAfter(work: (transaction: Transaction) => Promise<void>): Promise<void> {
  const failure = await inTransaction(database.pool, async (transaction) => {
    await work(transaction)
    throw new RolledBack()
  }).catch((error: unknown) => error)
  if (!(failure instanceof RolledBack)) throw failure
}

const sorted = (verdicts: (Verdict | Resolved)[]) =>
  verdicts
    .map(({ eventId, eventType, memberId, kind, inApp, reason, waits }) => {
      const email = reason ?? (waits ? 'in a digest' : 'in an email of its own')
      return [eventId, eventType, memberId, kind, inApp ? 'in the app' : 'not in the app', email].join(' | ')
    })
    .sort()

const circumstancesIn = ({
  canSend,
  emailsPerHour,
  onlyVotersOfRevealing,
}: Pick<World, 'canSend' | 'emailsPerHour' | 'onlyVotersOfRevealing'>) => ({
  emailMaxAgeMs: EMAIL_MAX_AGE,
  emailDelaySeconds: 0,
  emailsPerHour,
  canSend,
  onlyVotersOfRevealing,
})

test('the SQL statement resolves every generated audience as the oracle does', { timeout: 900_000 }, async () => {
  let notified = 0
  await fc.assert(
    fc.asyncProperty(world, async (generated) => {
      const understood = await understandIn(generated)
      const circumstances = circumstancesIn(generated)
      const expected = resolvePlainly(understood, generated.members, generated.settings, circumstances)
      notified += expected.length
      await rollBackAfter(async (transaction) => {
        await populate(transaction, generated)
        expect(sorted(await previewNotifications(transaction, understood, circumstances))).toEqual(sorted(expected))
      })
    }),
    { numRuns: 2_000 },
  )
  // The two would also agree if no world notified anybody.
  expect(notified).toBeGreaterThan(4_000)
})

/** How many members the parts have that are recorded before everybody; a notifier that died repeats one. */
const firstParts = fc.array(fc.nat({ max: 8 }), { maxLength: 3 })

const sum = (parts: Recorded[]): Recorded => ({
  notifications: parts.reduce((all, { notifications }) => all + notifications, 0),
  emails: parts.reduce((all, { emails }) => all + emails, 0),
  ignored: parts.reduce((all, { ignored }) => all + ignored, 0),
})

async function countedEvents(db: TestDatabase['db']): Promise<number> {
  const counters = await db.counter.findMany({ where: { name: 'events_total' } })
  return counters.reduce((all, { value }) => all + Number(value), 0)
}

test('each notification is recorded once, in parts too, with an email unless there is a reason against it', async () => {
  let notifiedFirst = 0
  let notified = 0
  await fc.assert(
    fc.asyncProperty(world, firstParts, async (generated, firstParts) => {
      const understood = await understandIn(generated)
      const circumstances = circumstancesIn(generated)
      const expected = resolvePlainly(understood, generated.members, generated.settings, circumstances)
      const { db, pool } = database
      await emptyTables(database)
      await inTransaction(pool, (transaction) => populate(transaction, generated))
      const record = (firstMembers?: number) =>
        inTransaction(pool, (transaction) => recordNotifications(transaction, understood, circumstances, firstMembers))
      const parts: Recorded[] = []
      for (const firstMembers of firstParts) {
        parts.push(await record(firstMembers))
        expect((await db.notification.groupBy({ by: ['memberId'] })).length).toBeLessThanOrEqual(
          Math.max(...firstParts),
        )
        expect(await db.event.count({ where: { isBegun: true } })).toBe(understood.length)
      }
      notifiedFirst += sum(parts).notifications
      const counts = sum([...parts, await record()])
      notified += counts.notifications
      expect(await db.event.count({ where: { isBegun: true } })).toBe(0)
      const emailed = expected.filter(({ reason }) => reason === null).length
      expect(counts).toEqual({
        notifications: expected.length,
        emails: emailed,
        ignored: expected.length - emailed,
      })
      const notifications = await db.notification.findMany({ include: { email: true, event: true } })
      expect(
        sorted(
          notifications.map(({ emailStatusReason, ...rest }) => ({
            ...rest,
            eventType: rest.event?.type ?? '',
            reason: emailStatusReason,
            waits: rest.email?.type === 'digest',
          })),
        ),
      ).toEqual(sorted(expected))
      for (const { email, emailStatus, emailStatusReason, event, entityId } of notifications) {
        expect(emailStatus).toBe(emailStatusReason === null ? null : 'IGNORED')
        expect(email?.status ?? null).toBe(emailStatusReason === null ? 'PENDING' : null)
        expect(event?.entityId).toBe(entityId)
      }
      // One digest for each member that has any, which is due with the pause.
      const readers = new Set(expected.flatMap(({ memberId, waits }) => (waits ? memberId : [])))
      const digests = notifications.flatMap(({ email }) => (email?.type === 'digest' ? email : []))
      expect(new Set(digests.map(({ id }) => id)).size).toBe(readers.size)
      for (const { memberId, sendAt } of digests) {
        const isPaused = generated.members.find(({ id }) => id === memberId)?.isPaused
        expect(sendAt.getTime() > Date.now() + PAUSE_AT_LEAST_MS).toBe(isPaused)
      }
      expect(await db.email.count()).toBe(emailed - digests.length + readers.size)
      const events = await db.event.findMany({ orderBy: { number: 'asc' } })
      expect(events.map(({ id, actorId }) => [id, actorId])).toEqual(
        understood.map(({ id, actorId }) => [id, actorId === undefined ? null : Number(actorId)]),
      )

      expect(await countedEvents(db)).toBe(understood.length)

      expect((await record()).notifications).toBe(0)
    }),
    { numRuns: 400 },
  )
  expect(notifiedFirst).toBeGreaterThan(10)
  expect(notified).toBeGreaterThan(2 * notifiedFirst)
})

test('an address gets one email per fact and none about itself, also when its events are read one by one', async () => {
  await emptyTables(database)
  let emailed = 0
  await fc.assert(
    fc.asyncProperty(world, async (generated) => {
      const understood = await understandIn(generated)
      const circumstances = circumstancesIn({ ...generated, canSend: true })
      const addresses = new Map(generated.members.map(({ id, email }) => [id, email?.toLowerCase()]))
      await rollBackAfter(async (transaction) => {
        await populate(transaction, generated)
        for (const event of understood) await recordNotifications(transaction, [event], circumstances)
        const { rows } = await transaction.query<{ fact: string; eventId: string; memberId: number }>(Prisma.sql`
          SELECT e.fact, e.id AS "eventId", n."memberId" FROM "Notification" n JOIN "Event" e ON e.number = n."eventNumber"
          WHERE n."emailId" IS NOT NULL`)
        emailed += rows.length
        const received = rows.map(({ fact, memberId }) => `${fact} ${addresses.get(memberId)}`)
        expect(received).toEqual([...new Set(received)])
        for (const { eventId, memberId } of rows) {
          const actorId = understood.find(({ id }) => id === eventId)?.actorId
          expect(addresses.get(memberId)).not.toBe(actorId && (addresses.get(Number(actorId)) ?? 'nobody'))
        }
      })
    }),
    { numRuns: 300 },
  )
  expect(emailed).toBeGreaterThan(100)
})
