import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import type { Mode } from './support/postgres.ts'
import { services } from './support/service.ts'

const createService = services()
const RESTARTED = /The database was stopped or restarted: nothing is lost/
const modes: [Mode, string][] = [
  ['fast', 'restarted'],
  ['immediate', 'killed and restarted'],
]

for (const [mode, what] of modes) {
  test(`PostgreSQL is ${what} in the middle of a run: the next run tells everybody what is left`, async () => {
    const service = await createService()
    service.news(3)
    const notifier = service.start('notify')
    // A window is being recorded.
    await service.query(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$`)
    await service.query(`CREATE TRIGGER dawdle BEFORE INSERT ON "Notification" FOR EACH ROW EXECUTE FUNCTION dawdle()`)
    await until(async () => (await service.count(`pg_stat_activity WHERE wait_event = 'PgSleep'`)) === 1)
    await service.postgres.restart(mode)
    await service.query('DROP FUNCTION dawdle CASCADE')
    expect(await notifier.exit).toEqual([1, null])
    expect(notifier.problems()).toEqual([expect.stringMatching(RESTARTED)])
    expect(await service.count('"Notification"')).toBe(0)

    const { code, problems } = await service.notify()
    expect([code, problems()]).toEqual([0, []])
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })

  test(`PostgreSQL is ${what} while the query node is asked: the run goes on`, async () => {
    const service = await createService()
    service.news(3)
    let restarted = false
    service.node.faults.betweenFields = async () => {
      if (restarted) return
      restarted = true
      await service.postgres.restart(mode)
    }
    const { code } = await service.notify()
    expect(code).toBe(0)
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })

  test(`PostgreSQL is ${what} in the middle of a send: sending pauses, and nobody gets an email twice`, async () => {
    const service = await createService(60)
    service.news()
    // Ten at a time: the second ten are accepted during the outage, the third ten once it is detected.
    const [stopped, paused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    service.mail.beforeTaking = async () => {
      if (service.mail.taken.length > 10) await stopped.promise
      if (service.mail.taken.length > 20) await paused.promise
    }
    const notifier = service.start('notify')
    await until(() => service.mail.taken.length > 10)
    await service.postgres.stop(mode)
    stopped.resolve()
    await notifier.says(/Cannot record delivery results: sending is paused/)
    const taken = service.mail.taken.length
    paused.resolve()
    await service.postgres.start()
    expect(await notifier.exit).toEqual([0, null])
    expect(taken).toBeLessThan(60)
    expect(notifier.problems()).toEqual([expect.stringMatching(/sending is paused. The database/)])
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
  })
}
