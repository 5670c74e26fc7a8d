import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

/** Settings that change what statements mean, what they return or whether they end. */
export const HOSTILE_SETTINGS: Record<string, string> = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'iso_8601',
  timezone: 'Asia/Kathmandu',
  search_path: 'elsewhere',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  client_encoding: 'LATIN1',
  client_min_messages: 'debug1',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  plan_cache_mode: 'force_generic_plan',
  statement_timeout: '5s',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  // Since PostgreSQL 17.
  transaction_timeout: '20s',
}

/** A role with settings of its own, until the end of the test. @returns the URL with which it logs in */
export async function hostileRole(url: string, settings: Record<string, string> = HOSTILE_SETTINGS): Promise<string> {
  const name = `hostile_${randomBytes(6).toString('hex')}`
  const database = pg.escapeIdentifier(new URL(url).pathname.slice(1))
  const admin = new pg.Client({ connectionString: inject('serverUrl') })
  await admin.connect()
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'hostile'`)
  await admin.query(`GRANT ${pg.escapeIdentifier(admin.user ?? '')} TO ${name}`)
  await admin.query(`GRANT CREATE ON DATABASE ${database} TO ${name}`)
  const { rows } = await admin.query<{ name: string }>('SELECT lower(name) AS name FROM pg_settings')
  const known = new Set(rows.map((row) => row.name))
  for (const [setting, value] of Object.entries(settings).filter(([setting]) => known.has(setting))) {
    const values = value.split(', ').map((part) => pg.escapeLiteral(part))
    await admin.query(`ALTER ROLE ${name} SET ${setting} = ${values.join(', ')}`)
  }
  onTestFinished(async () => {
    await admin.query(`DROP OWNED BY ${name}`)
    await admin.query(`DROP ROLE ${name}`).catch(() => {})
    await admin.end()
  })
  const login = new URL(url)
  login.username = name
  login.password = 'hostile'
  return login.href
}
