import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { READ, request } from './support/client.ts'
import { randomInstants, someInstant } from './support/instants.ts'
import { services } from './support/service.ts'

const createService = services()
const DEATHS = 4
const ATTEMPTS = 3

/** A service with news for everybody, whose emails take a while to send. */
async function busyService() {
  const service = await createService(40)
  service.mail.delay = 10
  return service
}

for (const role of ['notify', 'worker', 'all'] as const) {
  test(`${role}, told to end at random instants, ends well: everybody is told once, and nobody waits for a lease`, {
    timeout: 120_000,
  }, async () => {
    const random = randomInstants()
    const service = await busyService()
    for (let end = 0; end < DEATHS; end++) {
      service.news(3)
      const process = service.start(role)
      await someInstant(random, service, process)
      process.kill('SIGTERM')
      // Before it listens for signals it has begun nothing.
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

  test(`${role}, killed at random instants, tells everybody everything; only what was being sent is sent again`, {
    timeout: 120_000,
  }, async () => {
    const random = randomInstants()
    const service = await busyService()
    for (let death = 0; death < DEATHS; death++) {
      service.news(3)
      const process = service.start(role)
      await someInstant(random, service, process)
      process.kill('SIGKILL')
      await process.exit
      // In a process one sender has ten emails in hand.
      expect(service.mail.twice().length).toBeLessThanOrEqual(10 * (death + 1))
      await service.leasesEnd()
      // Three deaths with the same emails in hand, and they are given up: docs/decisions/0003.
      if (death % 2) expect((await service.notify()).code).toBe(0)
    }
    await service.expectAllTold()
    for (const id of service.mail.twice()) {
      expect(service.mail.taken.filter((taken) => taken === id).length).toBeLessThanOrEqual(ATTEMPTS)
    }
  })
}

test('what the API has confirmed is there, however its process ends', { timeout: 120_000 }, async () => {
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
