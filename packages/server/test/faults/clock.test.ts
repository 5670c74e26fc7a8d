import { expect, test } from 'vitest'
import { signed } from '../support/api.ts'
import { until } from '../support/until.ts'
import { ME, request } from './support/client.ts'
import { type Service, services } from './support/service.ts'

const createService = services()
const HOUR = 60 * 60 * 1000
const SIGN_IN = `mutation ($memberId: Int!, $signature: String!, $timestamp: BigInt!) {
  signin(memberId: $memberId, signature: $signature, timestamp: $timestamp)
}`
const jumps: [number, string, RegExp][] = [
  [HOUR, 'ahead', /more than an hour old/],
  [-HOUR, 'back', /from the future: check your device's clock/],
]

/** Shifts the database's clock by this many hours. */
const setDatabaseClock = ({ query }: Service, hours: number) =>
  query(`UPDATE "Email" SET "sendAt" = "sendAt" - interval '${hours} hours',
    "leaseUntil" = "leaseUntil" - interval '${hours} hours' WHERE status = 'PENDING'`)

for (const [jump, direction, refusal] of jumps) {
  test(`the clock of all jumps an hour ${direction}: it says so, everybody is told once, and tokens are good`, async () => {
    const service = await createService()
    const zoe = service.chain.memberJoins('zoe')
    service.news()
    service.mail.delay = 100
    const all = service.start('all')
    const url = await all.url()
    await until(() => service.mail.taken.length > 0)
    all.setClock(jump)
    service.news()
    await service.allTold()
    await all.says(new RegExp(`The system's clock went 3600 seconds ${direction}: the next run is at`))
    service.news()
    await service.allTold()
    expect((await request(url, ME)).data).toEqual({ me: { id: 1, name: 'member-1' } })

    // Sign-ins meanwhile fail with a reason, and work once the clock is right.
    expect((await request(url, SIGN_IN, signed(zoe))).errors?.[0]?.message).toMatch(refusal)
    all.setClock(-jump)
    expect((await request(url, SIGN_IN, signed(zoe))).data?.signin).toMatch(/^eyJ/)
    service.news()
    await service.allTold()
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })

  test(`the clock of a worker jumps an hour ${direction} in the middle of a send: nobody gets an email twice`, async () => {
    const service = await createService(60)
    service.news()
    service.mail.delay = 50
    const worker = service.start('worker')
    await until(() => service.mail.taken.length > 5)
    worker.setClock(jump)
    await service.allTold()
    service.news()
    await service.allTold()
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
    expect(worker.problems()).toEqual([])
  })

  test(`the database's clock jumps an hour ${direction} while a worker sends: nobody gets an email twice, or never`, async () => {
    const service = await createService(60)
    service.news()
    service.mail.delay = 300
    const worker = service.start('worker')
    await until(() => service.mail.taken.length > 5)
    await setDatabaseClock(service, jump / HOUR)
    service.news()
    // A clock that was set back reaches the old time again.
    await until(async () => (await service.count('"Notification"')) === 120)
    if (jump < 0) await setDatabaseClock(service, 1)
    await service.allTold()
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
    expect(worker.problems()).toEqual([])
  })
}
