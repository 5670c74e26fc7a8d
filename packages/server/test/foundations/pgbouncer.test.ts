import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/setup/migrate.ts'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { run } from '../../src/notifier/run.ts'
import { cloneDatabase } from '../support/database.ts'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { type Story, stories } from '../support/story.ts'

const createStory = stories()

/** The story's notifier and API, connected through a pooler. */
function through(story: Story, url: string): Story {
  const { db, pool, close } = connect(url)
  onTestFinished(close)
  return { ...story, deps: { ...story.deps, db, pool } }
}

describe.skipIf(!hasPgBouncer('How the service runs behind PgBouncer'))('behind PgBouncer in transaction mode', () => {
  test('a database is migrated by two processes at once', async () => {
    const empty = await cloneDatabase(null)
    onTestFinished(empty.close)
    const url = await startPgBouncer(empty.url)
    expect((await Promise.all([migrate(url), migrate(url)])).flat()).toEqual(await readMigrationNames())
    expect(await migrate(url)).toEqual([])
  })

  test('members are told by each of many runs, and none leaves its lease behind', async () => {
    const story = await createStory()
    await story.member('bob')
    await story.begins()
    const { deps } = through(story, await startPgBouncer(story.url))
    for (let round = 0; round < 5; round++) {
      story.chain.announcingPeriodStarted()
      story.chain.commitBlock()
      expect(await run(deps)).toMatchObject({ events: 1, notifications: 1, emails: { sent: 1 } })
    }
    expect(await story.db.lease.findMany()).toMatchObject([{ name: 'read events', holder: null, leaseUntil: null }])
  })
})
