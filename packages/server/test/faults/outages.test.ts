import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { ME, readiness, request } from './support/client.ts'
import type { Mode } from './support/postgres.ts'
import { services } from './support/service.ts'

const createService = services({ max_prepared_transactions: '1' })
const DATABASE = /The database (was stopped or restarted|cannot be reached)/
const modes: [Mode, string][] = [
  ['fast', 'restarted'],
  ['immediate', 'killed and restarted'],
]

for (const [mode, what] of modes) {
  test(`PostgreSQL is ${what} in the middle of an API request: it fails with an id, and the next one is answered`, async () => {
    const service = await createService()
    const api = service.start('api')
    const url = await api.url()
    expect((await request(url, ME)).data).toEqual({ me: { id: 1, name: 'member-1' } })

    // A prepared transaction has no process that the server could stop before the request's.
    await service.query(`BEGIN; LOCK TABLE "Member"; PREPARE TRANSACTION 'hold'`)
    const held = request(url, ME)
    await until(async () => (await service.count('pg_locks WHERE NOT granted')) !== 0)
    await service.postgres.stop(mode)
    expect(await held).toMatchObject({ status: 200, errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    const during = await request(url, ME)
    expect(during).toMatchObject({
      status: 200,
      errors: [{ message: expect.stringMatching(/give the operator this id/) }],
    })
    expect(JSON.stringify(during)).not.toMatch(/127\.0\.0\.1|prisma/i)
    expect(await readiness(url)).toBe(503)

    await service.postgres.start()
    await service.query(`ROLLBACK PREPARED 'hold'`)
    expect((await request(url, ME)).data).toEqual({ me: { id: 1, name: 'member-1' } })
    expect(await readiness(url)).toBe(200)
    const lost = api.problems().filter((problem) => problem.startsWith('The database is lost'))
    expect(lost.length).toBe(1)
    expect(api.problems().length).toBe(lost.length + 2)
    for (const problem of api.problems()) expect(problem).toMatch(DATABASE)
    expect(api.stderr()).not.toMatch(/ at .*\.[jt]s/)
    api.kill('SIGTERM')
    expect(await api.exit).toEqual([0, null])
  })
}

for (const role of ['worker', 'all'] as const) {
  test(`${role}: a database that is away for seconds is waited for, said once, and everybody is told`, async () => {
    const service = await createService()
    service.news()
    const notifier = service.start(role)
    await service.allTold()
    await service.postgres.stop('immediate')
    service.news(2)
    await notifier.says(/The run failed, the next one tries again: The database/)
    await notifier.says(/Emails wait, .*: The database/)
    await service.postgres.start()
    await service.allTold()
    await notifier.says(/Emails are sent again/)
    await service.expectAllTold()
    expect(service.mail.twice()).toEqual([])
    for (const problem of notifier.problems()) expect(problem).toMatch(DATABASE)
    expect(notifier.problems().filter((problem) => problem.startsWith('Emails wait')).length).toBe(1)
    expect(notifier.lines().some(({ err }) => err)).toBe(false)
    notifier.kill('SIGTERM')
    expect(await notifier.exit).toEqual([0, null])
  })
}

test('notify without a database prints one sentence and exits with 1', async () => {
  const service = await createService()
  service.news()
  await service.postgres.stop('fast')
  try {
    const { code, problems, stderr } = await service.notify()
    expect(code).toBe(1)
    expect(problems()).toEqual([expect.stringMatching(/^The database cannot be reached: is it running/)])
    expect(stderr()).not.toMatch(/ at .*\.[jt]s/)
  } finally {
    await service.postgres.start()
  }
  expect((await service.notify()).code).toBe(0)
  await service.expectAllTold()
})
