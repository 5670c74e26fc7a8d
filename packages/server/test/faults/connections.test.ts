import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { ME, readiness, request } from './support/client.ts'
import { services } from './support/service.ts'

const createService = services({ max_connections: '30', superuser_reserved_connections: '0' })
const NONE_LEFT = /The database has no connection left: raise its max_connections/

/** Another client takes all of the database's connections. */
async function takeAll(url: string) {
  const taken: pg.Client[] = []
  const release = async () => {
    await Promise.all(taken.splice(0).map((client) => client.end()))
  }
  onTestFinished(release)
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
    } catch {
      return release
    }
    taken.push(client)
  }
}

test('notify that gets no connection says so, and the next run tells everybody', async () => {
  const service = await createService()
  service.news()
  const release = await takeAll(service.postgres.url)
  const { code, problems, stderr } = await service.notify()
  expect([code, problems()]).toEqual([1, [expect.stringMatching(NONE_LEFT)]])
  expect(stderr()).not.toMatch(/ at .*\.[jt]s/)
  await release()
  expect((await service.notify()).code).toBe(0)
  await service.expectAllTold()
  expect(service.mail.twice()).toEqual([])
})

test('all, started when no connection is left: requests fail with an id, and all is well once there are some', async () => {
  const service = await createService()
  service.news()
  const release = await takeAll(service.postgres.url)
  const all = service.start('all')
  const url = await all.url()
  expect(await request(url, ME)).toMatchObject({
    status: 200,
    errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  })
  expect(await readiness(url)).toBe(503)
  await all.says(/The run failed, the next one tries again: The database has no connection left/)
  await release()
  await service.allTold()
  expect((await request(url, ME)).data).toEqual({ me: { id: 1, name: 'member-1' } })
  expect(await readiness(url)).toBe(200)
  await service.expectAllTold()
  expect(service.mail.twice()).toEqual([])
  for (const problem of all.problems()) expect(problem).toMatch(NONE_LEFT)
})
