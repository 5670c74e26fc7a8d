import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { connect } from '../../src/db/client.ts'

/** A test file's own database, cloned from the migrated template. */
export async function cloneDatabase(template: string | null = inject('template')) {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: inject('serverUrl') })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}${template ? ` TEMPLATE ${template}` : ''}`)
  const url = new URL(inject('serverUrl'))
  url.pathname = name
  const connections = connect(url.href)
  return {
    url: url.href,
    ...connections,
    async close() {
      await connections.close()
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}

export type TestDatabase = Awaited<ReturnType<typeof cloneDatabase>>

export async function emptyTables({ db }: TestDatabase, attempts = 10): Promise<void> {
  try {
    await db.$executeRaw`
      TRUNCATE "Member", "Subscription", "WatchedAccount", "SettingChange", "Notification", "Event", "Email", "SetAsideEvent", "WaitingEvent", "AuthorList", "Store", "SignIn", "TokenGeneration", "FeedGeneration", "RateLimit", "Counter", "Job", "Lease", "SendingPause", "HandOver", "Suppression", "Deadline" RESTART IDENTITY CASCADE`
  } catch (error) {
    // A look-up that the last test no longer waited for can hold a lock.
    if (attempts <= 1 || !String(error).includes('deadlock detected')) throw error
    await emptyTables({ db } as TestDatabase, attempts - 1)
  }
}
