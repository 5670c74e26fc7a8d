import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { generalKinds, generalSwitches, type SwitchName } from '../../src/events/kinds.ts'
import { howMuch } from '../../src/inbox/how-much.ts'
import { previewSettings, type Switches } from '../../src/inbox/preview.ts'
import { recordNotifications } from '../../src/notifier/audience/resolve.ts'
import { cloneDatabase, emptyTables, type TestDatabase } from '../support/database.ts'
import { populate, understandIn, world } from './generated-world.ts'
import { type OracleSetting, resolvePlainly, type Verdict } from './oracle.ts'

const CIRCUMSTANCES = {
  emailMaxAgeMs: 365 * 24 * 60 * 60 * 1000,
  canSend: true,
  emailsPerHour: 0,
  emailDelaySeconds: 0,
}
const DAYS = 30
const kinds = Object.keys(generalSwitches) as SwitchName[]

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.close())

const changes = fc.uniqueArray(
  fc.record<Switches>({ kind: fc.constantFrom(...kinds), inApp: fc.boolean(), byEmail: fc.boolean() }),
  { selector: ({ kind }) => kind, maxLength: 10 },
)

/** Settings as they are once a member has changed some. */
function changed(settings: OracleSetting[], memberId: number, switches: Switches[]): OracleSetting[] {
  const own = switches.map((change) => ({ ...change, memberId, entityId: null }))
  const isChanged = (s: OracleSetting) => own.some((o) => s.memberId === memberId && s.kind === o.kind && !s.entityId)
  return [...settings.filter((setting) => !isChanged(setting)), ...own]
}

/** What a preview has to say of these notifications. */
function summary(verdicts: Pick<Verdict, 'kind' | 'inApp' | 'reason'>[]) {
  const amount = (list: typeof verdicts) => ({
    notifications: list.length,
    inApp: list.filter(({ inApp }) => inApp).length,
    emails: list.filter(({ reason }) => reason === null).length,
  })
  const byKind = [...Map.groupBy(verdicts, ({ kind }) => kind)].map(([kind, list]) => ({ kind, ...amount(list) }))
  return { ...amount(verdicts), byKind: byKind.sort(byName) }
}
const byName = (a: { kind: string }, b: { kind: string }) => (a.kind < b.kind ? -1 : 1)

test('a preview counts what was really recorded, and with other settings what would have been', {
  timeout: 900_000,
}, async () => {
  let notified = 0
  let different = 0
  await fc.assert(
    fc.asyncProperty(world, changes, async (generated, switches) => {
      const { members, settings } = generated
      const understood = await understandIn(generated)
      const { db, pool } = database
      await emptyTables(database)
      await inTransaction(pool, async (transaction) => {
        await populate(transaction, generated)
        await recordNotifications(transaction, understood, CIRCUMSTANCES)
      })
      const stored = await db.notification.findMany()
      notified += stored.length
      for (const { id } of members) {
        const { since, eventsLeftOut, ...present } = await previewSettings(pool, id, [], DAYS)
        const recorded = stored.filter(({ memberId }) => memberId === id)
        const asRecorded = summary(recorded.map(({ emailStatusReason: reason, ...row }) => ({ ...row, reason })))
        expect({ ...present, byKind: present.byKind.sort(byName) }).toEqual(asRecorded)
        expect(eventsLeftOut).toBe(0)
        expect(since?.getTime()).toBe(Math.min(...understood.map(({ time }) => time.getTime())))

        const { since: _, eventsLeftOut: __, ...preview } = await previewSettings(pool, id, switches, DAYS)
        const expected = resolvePlainly(understood, members, changed(settings, id, switches), CIRCUMSTANCES)
        const mine = summary(expected.filter(({ memberId }) => memberId === id))
        expect({ ...preview, byKind: preview.byKind.sort(byName) }).toEqual(mine)
        if (JSON.stringify(mine) !== JSON.stringify(asRecorded)) different++
      }
    }),
    { numRuns: 150 },
  )
  // They would also agree if no world notified anybody.
  expect(notified).toBeGreaterThan(150)
  expect(different).toBeGreaterThan(30)
})

test('beside a switch stands what its kind would bring if it were on, and the others as they are', {
  timeout: 900_000,
}, async () => {
  let brought = 0
  await fc.assert(
    fc.asyncProperty(world, async (generated) => {
      const { members, settings } = generated
      const understood = await understandIn(generated)
      await emptyTables(database)
      await inTransaction(database.pool, async (transaction) => {
        await populate(transaction, generated)
        await recordNotifications(transaction, understood, CIRCUMSTANCES)
      })
      for (const { id } of members) {
        const own = settings.filter(({ memberId, entityId }) => memberId === id && entityId === null)
        const ofAll = (told: string) =>
          generalKinds[told as keyof typeof generalKinds]?.defaultOn === false && !own.some(({ kind }) => kind === told)
        const expected = kinds.map((kind) => {
          const on = changed(settings, id, [{ kind, inApp: true, byEmail: true }])
          const mine = resolvePlainly(understood, members, on, CIRCUMSTANCES).filter(({ memberId }) => memberId === id)
          return [kind, mine.filter(({ kind: told }) => (kind === 'NOTIFY_ALL' ? ofAll(told) : told === kind)).length]
        })
        expect(await howMuch(database.pool, id)).toEqual(Object.fromEntries(expected))
        brought += expected.reduce((sum, [, count]) => sum + Number(count), 0)
      }
    }),
    { numRuns: 150 },
  )
  expect(brought).toBeGreaterThan(300)
})
