import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { connect } from '../../../src/db/client.ts'
import { control, startEmbedded } from '../../../src/db/setup/embedded.ts'
import { migrate } from '../../../src/db/setup/migrate.ts'

const DATA = resolve(import.meta.dirname, '../../../../../.data')

/** How a server is stopped: told to end what it does, or as by a power cut. */
export type Mode = 'fast' | 'immediate'

export type Postgres = Awaited<ReturnType<typeof startPostgres>>

/** A PostgreSQL that a test may stop, restart and starve. What it says is committed is committed. */
export async function startPostgres(settings: Record<string, string> = {}) {
  await mkdir(DATA, { recursive: true })
  const folder = await mkdtemp(join(DATA, 'faults-'))
  const data = join(folder, 'postgres')
  const { url } = await startEmbedded(data, { fsync: 'off' })
  // Written down, so that it comes back as it was.
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const kept = { fsync: 'off', unix_socket_directories: '', port: new URL(url).port, ...settings }
  for (const [name, value] of Object.entries(kept)) await admin.query(`ALTER SYSTEM SET ${name} = '${value}'`)
  await admin.end()

  const postgres = {
    url,
    data,
    stop: (mode: Mode) => control(data, 'stop', '-m', mode),
    start: () => control(data, 'start'),
    restart: (mode: Mode) => control(data, 'restart', '-m', mode),
    async close() {
      await postgres.stop('immediate').catch(() => {})
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    // Without the options that it was started with: from here on it has what is written down.
    await postgres.stop('fast')
    await postgres.start()
    await migrate(url)
  } catch (error) {
    await postgres.close()
    throw error
  }
  return postgres
}

/** Asks a server on a connection of its own, which no restart of before can have broken. */
export async function ask<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []) {
  const { pool, close } = connect(url)
  try {
    return (await pool.query<Row>(sql, values)).rows
  } finally {
    await close()
  }
}
