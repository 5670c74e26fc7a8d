import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { until } from '../support/until.ts'
import { READ, request } from './support/client.ts'
import { randomInstants, someInstant } from './support/instants.ts'
import { ask } from './support/postgres.ts'
import { services } from './support/service.ts'

const createService = services()
const DEATHS = 4
const ATTEMPTS = 3

/** A service with news for every member, whose emails take a while to send. */
async function busyService() {
  const service = await createService(40)
  service.mail.delay = 10
  return service
}

for (const role of ['notify', 'worker', 'all'] as const) {
  test(`${role}, told to end at random instants, ends well: everybody is told once, and nobody waits for a lease`, async () => {
    const random = randomInstants()
    const service = await busyService()
    for (let end = 0; end < DEATHS; end++) {
      service.news(3)
      const process = service.start(role)
      await someInstant(random, service, process)
      process.kill('SIGTERM')
      // Until it handles signals, it has begun nothing.
      expect([
        [0, null],
        [null, 'SIGTERM'],
      ]).toContainEqual(await process.exit)
      expect(process.problems()).toEqual([])
      expect(await service.count('"Email" WHERE "leaseUntil" IS NOT NULL')).toBe(0)
    }
    await service.notify()
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })

  test(`${role}, killed at random instants, tells everybody everything; only what was being sent is sent again`, async () => {
    const random = randomInstants()
    const service = await busyService()
    for (let death = 0; death < DEATHS; death++) {
      service.news(3)
      const process = service.start(role)
      await someInstant(random, service, process)
      process.kill('SIGKILL')
      await process.exit
      // Each process sends ten emails at a time.
      expect(service.mail.twice().length).toBeLessThanOrEqual(10 * (death + 1))
      await service.leasesEnd()
      // After three deaths with the same emails in hand, they are given up: docs/decisions/0003.
      if (death % 2) expect((await service.notify()).code).toBe(0)
    }
    await service.expectAllTold()
    for (const id of service.mail.twice()) {
      expect(service.mail.taken.filter((taken) => taken === id).length).toBeLessThanOrEqual(ATTEMPTS)
    }
  })
}

test('what the API has confirmed is stored, however its process ends', async () => {
  const random = randomInstants()
  const service = await createService()
  await service.query(`INSERT INTO "Notification" ("memberId", kind, "eventId")
    SELECT member, 'FORUM_POST_ALL', n FROM generate_series(1, 4) member, generate_series(1, 5000) n`)
  const unread = await service.query<{ memberId: number; ids: number[] }>(
    `SELECT "memberId", array_agg(id) AS ids FROM "Notification" GROUP BY 1 ORDER BY 1`,
  )
  for (let death = 0; death < DEATHS; death++) {
    const api = service.start('api')
    const url = await api.url()
    const confirmed: number[] = []
    const clients = unread.map(async ({ memberId, ids }) => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const answer = await request(url, READ, { id }, memberId).catch(() => undefined)
        if (!answer?.data?.markNotificationsRead) return
        confirmed.push(id)
      }
    })
    await until(() => confirmed.length > 20)
    await sleep(random.below(200))
    const signal = random.pick(['SIGTERM', 'SIGKILL'] as const)
    api.kill(signal)
    expect(await api.exit).toEqual(signal === 'SIGTERM' ? [0, null] : [null, 'SIGKILL'])
    await Promise.all(clients)
    expect(await service.count(`"Notification" WHERE "isRead" AND id IN (${confirmed})`)).toBe(confirmed.length)
  }
})

for (const role of ['migrate', 'container'] as const) {
  test(`${role}, of which two begin a new database and end at random instants, leaves it so that the next one finishes it`, async () => {
    const random = randomInstants()
    const service = await createService(1)
    const migrations = await readMigrationNames()
    for (let death = 0; death < DEATHS; death++) {
      const name = `new_${role}_${death}`
      await service.query(`CREATE DATABASE ${name}`)
      const url = new URL(service.postgres.url)
      url.pathname = name
      const env = { DATABASE_URL: url.href, INITIAL_MEMBERSHIPS: '[{"id":1,"name":"alice"},{"id":2,"name":"bob"}]' }
      const find = <Row extends object>(sql: string) => ask<Row>(url.href, sql)
      const begun = async () => (await find(`SELECT FROM pg_tables WHERE tablename = '_prisma_migrations'`)).length > 0

      const two = [service.start(role, env), service.start(role, env)]
      const starting = random.pick([true, false])
      if (!starting) await until(begun)
      await sleep(random.below(starting ? 1_500 : 300))
      for (const process of two) process.kill(random.pick(['SIGTERM', 'SIGKILL'] as const))
      await Promise.all(two.map(({ exit }) => exit))

      const last = service.start(role, env)
      if (role === 'container') {
        await last.url()
        last.kill('SIGTERM')
      }
      expect(await last.exit, last.stderr()).toEqual([0, null])
      expect(last.problems()).toEqual([])
      const finished = `SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1`
      expect(await find(finished)).toEqual(migrations.map((migration) => ({ name: migration })))
      expect(await find('SELECT id FROM "Member" ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
    }
  })
}
