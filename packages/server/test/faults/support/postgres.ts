import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { connect } from '../../../src/db/client.ts'
import { control, startEmbedded } from '../../../src/db/setup/embedded.ts'
import { migrate } from '../../../src/db/setup/migrate.ts'

const DATA = resolve(import.meta.dirname, '../../../../../.data')

/** How the server stops: in order, or as in a power cut. */
export type Mode = 'fast' | 'immediate'

export type Postgres = Awaited<ReturnType<typeof startPostgres>>

/** A PostgreSQL that a test may stop, restart and starve of connections. */
export async function startPostgres(settings: Record<string, string> = {}) {
  await mkdir(DATA, { recursive: true })
  const folder = await mkdtemp(join(DATA, 'faults-'))
  const data = join(folder, 'postgres')
  const { url } = await startEmbedded(data, { fsync: 'off' })
  // Stored, so that they survive a restart.
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
    // Restarted without command-line options, so that the stored settings apply.
    await postgres.stop('fast')
    await postgres.start()
    await migrate(url)
  } catch (error) {
    await postgres.close()
    throw error
  }
  return postgres
}

/** Queries the server on a new connection, which no earlier restart can have broken. */
export async function ask<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []) {
  const { pool, close } = connect(url)
  try {
    return (await pool.query<Row>(sql, values)).rows
  } finally {
    await close()
  }
}
