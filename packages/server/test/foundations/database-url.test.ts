import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { OWN_SETTINGS, parameterDescriptions, readDatabaseUrl } from '../../src/config/database-url.ts'
import { connect } from '../../src/db/client.ts'
import { migrate, planMigration } from '../../src/db/setup/migrate.ts'
import { readMigrationNames } from '../../src/db/setup/migration-names.ts'
import { runDueJobs } from '../../src/jobs/run.ts'
import { explain } from '../../src/lib/explain.ts'
import { run } from '../../src/notifier/run.ts'
import { checkHealth } from '../../src/operations/health.ts'
import { serveApi } from '../support/api.ts'
import { mistakes } from '../support/configuration.ts'
import { cloneDatabase } from '../support/database.ts'
import { startPooler } from '../support/pooler.ts'
import { query } from '../support/schema.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { type Story, stories } from '../support/story.ts'
import { CERTIFICATES, startTls } from '../support/tls.ts'

const createStory = stories()

const file = (name: string) => join(CERTIFICATES, name)

function withParameters(address: string, parameters: Record<string, string>): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

const mistakesOf = (parameters: string) =>
  mistakes({
    APP_SECRET_KEY: SECRET_KEY,
    DATABASE_URL: `postgresql://user:hunter2@db.example.org:5432/name?${parameters}`,
  })

test.each([
  ['sslmod=require', /has the parameter sslmod, which is unknown: did you mean sslmode\?$/],
  ['Schema=x', /has the parameter Schema, which is unknown: did you mean schema\?$/],
  ['connectionlimit=5', /has the parameter connectionlimit, which is unknown: did you mean connection_limit\?$/],
  ['hello=x', /has the parameter hello, which is unknown: remove it$/],
  ['schema=', /has the parameter schema, which is empty/],
  ['schema=a%22b', /has the parameter schema, which contains a quotation mark/],
  ['schema=a&schema=b', /has the parameter schema twice/],
  ['connection_limit=1', /connection_limit, which is under 2/],
  ['connection_limit=many', /connection_limit, which is not a whole number/],
  ['connection_limit=1e1', /connection_limit, which is not a whole number/],
  ['pool_timeout=-1', /pool_timeout, which is not a whole number/],
  ['pool_timeout=99999999', /pool_timeout, which is over/],
  ['connect_timeout=1.5', /connect_timeout, which is not a whole number/],
  ['pgbouncer=yes', /pgbouncer, which is not one of true, false/],
  ['sslmode=allow', /sslmode, which is not one of disable, prefer/],
  ['sslaccept=hunter2', /sslaccept, which is not one of strict/],
  ['ssl=true', /ssl, which is not supported: use sslmode/],
  ['socket_timeout=5', /socket_timeout, which is not supported/],
  ['target_session_attrs=read-write', /target_session_attrs, which is not supported/],
  ['channel_binding=require', /channel_binding, which is not one of disable, prefer/],
  ['sslcert=/nowhere/ca.pem', /sslcert, whose file cannot be read: .*\/nowhere\/ca.pem/],
  ['sslcert=ca.pem', /sslcert, whose file cannot be read: .*\/packages\/server\/prisma\/ca.pem/],
  [`sslrootcert=${file('server.key')}`, /sslrootcert, whose file has no certificate/],
  [`sslidentity=${file('client.p12')}&sslpassword=hunter2`, /has certificate files that cannot be used/],
  [`sslkey=${file('client.key')}`, /sslkey, which has no effect without sslcert/],
  ['sslpassword=hunter2', /sslpassword, which has no effect without sslidentity or sslkey/],
  ['sslmode=disable&sslaccept=strict', /sslaccept, which has no effect without encryption/],
  [`sslmode=disable&sslcert=${file('authority.pem')}`, /sslcert, which has no effect without encryption/],
  ['sslmode=verify-full&sslaccept=accept_invalid_certs', /sslaccept, which contradicts sslmode/],
  ['sslmode=no-verify&sslaccept=strict', /sslaccept, which contradicts sslmode/],
  ['sslmode=verify-ca', /sslmode=verify-ca, which has no effect without sslrootcert or sslcert/],
  ['options=-c%20search_path%3Dother', /options, which sets what this service sets itself/],
  ['options=-cstatement_timeout%3D5s', /options, which sets what this service sets itself/],
  ['options=--lock-timeout%3D5s', /options, which sets what this service sets itself/],
  ['options=-c%20geqo%3Doff%20-c%20timezone%3DUTC', /options, which sets what this service sets itself/],
])('a parameter of DATABASE_URL without this meaning is rejected by name: %s', (parameters, words) => {
  const found = mistakesOf(parameters)
  expect(found).toEqual([expect.stringMatching(words)])
  expect(found[0]).toMatch(/^DATABASE_URL has /)
  // An address without parameters corrects nothing.
  expect(found[0]).not.toContain('for example postgresql:')
  expect(found[0]).not.toContain('hunter2')
  expect(() => readDatabaseUrl(`postgresql://user@db/name?${parameters}`)).toThrow(words)
})

test('all mistakes in DATABASE_URL are reported together, however many there are and whatever they contain', () => {
  expect(mistakesOf('sslmod=x&connection_limit=0&ssl=1&PORT=1')).toHaveLength(4)
  const many = mistakesOf(Array.from({ length: 10_000 }, (_, n) => `${'x'.repeat(100)}${n}%0a=1`).join('&'))
  expect(many).toHaveLength(5)
  for (const line of many) expect(line.length).toBeLessThan(250)
  expect(mistakesOf(`options=${'-c '.repeat(300_000)}x`)).toEqual([])
})

test('an address that is none is one mistake', () => {
  expect(() => parseConfig({ APP_SECRET_KEY: SECRET_KEY, DATABASE_URL: 'mysql://db/x' })).toThrow(
    /DATABASE_URL is not an address such as/,
  )
  expect(() => parseConfig({ APP_SECRET_KEY: SECRET_KEY, DATABASE_URL: 'db' })).toThrow(
    /DATABASE_URL is not an address such as/,
  )
})

test('a password may contain a %, and codes that are not UTF-8 are a mistake in our words', async () => {
  const story = await createStory()
  const { pool, close } = connect(story.url.replace('@', ':100%zz%@'))
  onTestFinished(close)
  expect((await pool.query('SELECT 1 AS works')).rows).toEqual([{ works: 1 }])
  expect(readDatabaseUrl('postgresql://user:100%zz%@db/name').connectionString).toContain(':100%25zz%25@')
  for (const address of ['user:%ff@db/name', '%ff@db/name', 'user@%ff/name', 'user@db/%ff']) {
    expect(() => parseConfig({ APP_SECRET_KEY: SECRET_KEY, DATABASE_URL: `postgresql://${address}` })).toThrow(
      /DATABASE_URL has a code such as %FF/,
    )
  }
})

test.each([
  'sslmode=require&pgbouncer=true&connection_limit=5&pool_timeout=0',
  'options=endpoint%3Dep-cool-darkness&sslmode=require&channel_binding=prefer',
  'host=/var/run/postgresql',
  'statement_cache_size=0&single_use_connections=false&uselibpqcompat=true',
])('DATABASE_URL may have the parameters %s', (parameters) => {
  expect(mistakesOf(parameters)).toEqual([])
})

test('the guide lists every parameter of DATABASE_URL, and what it does here', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8')
  for (const [name, description] of parameterDescriptions) {
    expect(guide).toContain(`| \`${name}\` | ${description} |`)
  }
})

test('every setting that connections get from us is known to be ours', async () => {
  const { url, close } = await cloneDatabase()
  onTestFinished(close)
  const rows = await query(url, 'SELECT lower(name) AS name FROM pg_settings')
  const known = rows.map(({ name }) => name)
  expect(OWN_SETTINGS.filter((name) => !known.includes(name.toLowerCase()))).toEqual([])
})

/** The story's notifier and API, on another database. */
function on(story: Story, url: string): Story {
  const { db, pool, close } = connect(url)
  onTestFinished(close)
  return { ...story, db, pool, url, deps: { ...story.deps, db, pool } }
}

const NAMES = ['dao', "My odd\\ 'schema', ü"]

test.each(
  NAMES.flatMap((schema) => [
    [schema, 'directly', async (url: string) => url] as const,
    [schema, 'behind a pooler', (url: string) => startPooler(url, 'ignores options')] as const,
  ]),
)('?schema=%s is the schema of all tables, %s', async (schema, _, reach) => {
  const empty = await cloneDatabase(null)
  onTestFinished(empty.close)
  await query(empty.url, 'CREATE TABLE somebody_elses (id INT)')
  const url = withParameters(await reach(empty.url), { schema })
  expect((await planMigration(url)).migrations).toEqual(await readMigrationNames())
  expect(await migrate(url)).toEqual(await readMigrationNames())
  expect(await migrate(url)).toEqual([])
  expect(await query(empty.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([
    { tablename: 'somebody_elses' },
  ])

  const made = await createStory()
  const story = on(made, url)
  const alice = made.stranger('alice')
  await story.db.member.create({ data: { id: Number(alice.id), name: 'alice', email: 'alice@example.org' } })
  await story.deps.db.member.findMany()
  made.chain.announcingPeriodStarted()
  made.chain.commitBlock()
  await run(story.deps)
  made.chain.votingPeriodStarted({ candidates: [] })
  made.chain.commitBlock()
  expect(await run(story.deps)).toMatchObject({ notifications: 1, emails: { sent: 1 } })
  await runDueJobs(story.deps)
  expect((await checkHealth(story.pool, ['test'])).filter(({ ok }) => !ok)).toEqual([])
  const api = await serveApi(story)
  expect(await api.data('{ me { name } unreadCount }', {}, api.tokenOf(alice))).toEqual({
    me: { name: 'alice' },
    unreadCount: 1,
  })
  const rows = await query(
    empty.url,
    `SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = ${pg.escapeLiteral(schema)}`,
  )
  expect(rows[0]?.count).toBeGreaterThan(10)
})

test('connection_limit is the most connections of a pool, and pool_timeout how long to wait for one', async () => {
  const story = await createStory()
  const { pool, close } = connect(withParameters(story.url, { connection_limit: '2', pool_timeout: '1' }))
  onTestFinished(close)
  // Opening one can take longer on a slow machine.
  const take = (): Promise<pg.PoolClient> => pool.connect().catch(take)
  const clients = [await take(), await take()]
  await expect(pool.query('SELECT 1')).rejects.toThrow(/timeout exceeded when trying to connect/)
  expect(pool.totalCount).toBe(2)
  for (const client of clients) client.release()
  // Without a limit it waits.
  const patient = connect(withParameters(story.url, { connection_limit: '2', pool_timeout: '0' }))
  onTestFinished(patient.close)
  const taken = [await patient.pool.connect(), await patient.pool.connect()]
  const waiting = patient.pool.query('SELECT 1 AS works')
  expect(patient.pool.waitingCount).toBe(1)
  for (const client of taken) client.release()
  expect((await waiting).rows).toEqual([{ works: 1 }])
})

test('the fewest connections are enough for a migration, a run and the API', async () => {
  const empty = await cloneDatabase(null)
  onTestFinished(empty.close)
  const url = withParameters(empty.url, { connection_limit: '2', pool_timeout: '0' })
  expect(await migrate(url)).toEqual(await readMigrationNames())
  const made = await createStory()
  const alice = made.stranger('alice')
  const story = on(made, url)
  await story.db.member.create({ data: { id: Number(alice.id), name: 'alice', email: 'alice@example.org' } })
  await run(story.deps)
  made.chain.announcingPeriodStarted()
  made.chain.commitBlock()
  expect(await run(story.deps)).toMatchObject({ notifications: 1, emails: { sent: 1 } })
  await runDueJobs(story.deps)
  const api = await serveApi(story)
  expect(await api.data('{ unreadCount }', {}, api.tokenOf(alice))).toEqual({ unreadCount: 1 })
})

test('connect_timeout is how long a server may be silent', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as { port: number }
  const { pool, close } = connect(`postgresql://someone@127.0.0.1:${port}/x?connect_timeout=1&pool_timeout=0`)
  onTestFinished(close)
  await expect(pool.query('SELECT 1')).rejects.toThrow(/timeout expired/)
})

test('connections are replaced after single_use_connections, and named by application_name', async () => {
  const story = await createStory()
  const { pool, close } = connect(
    withParameters(story.url, { single_use_connections: 'true', application_name: 'dao', options: '-c work_mem=5MB' }),
  )
  onTestFinished(close)
  const ask = async () =>
    (
      await pool.query(
        "SELECT pg_backend_pid() AS pid, current_setting('application_name') AS name, current_setting('work_mem') AS memory",
      )
    ).rows[0]
  const [first, second] = [await ask(), await ask()]
  expect(first).toMatchObject({ name: 'dao', memory: '5MB' })
  expect(second.pid).not.toBe(first.pid)
})

const AUTHORITY = file('authority.pem')
const OTHER = file('other-authority.pem')
const CLIENT = { sslcert: file('client.pem'), sslkey: file('client.key'), sslrootcert: AUTHORITY }
const UNKNOWN = /is of an authority that this machine does not know: .*sslcert=<file>.*sslaccept=accept_invalid_certs/
const OTHER_HOST = /is of another host/
const NO_TLS = /does not encrypt connections: use sslmode=prefer or sslmode=disable/

/** The certificate is of the host localhost. */
test.each<[Record<string, string>, 'localhost' | '127.0.0.1', true | RegExp]>([
  [{}, '127.0.0.1', true],
  [{ sslmode: 'prefer' }, '127.0.0.1', true],
  [{ sslmode: 'require' }, '127.0.0.1', true],
  [{ sslmode: 'no-verify' }, '127.0.0.1', true],
  [{ sslmode: 'require', sslaccept: 'accept_invalid_certs', sslcert: OTHER }, '127.0.0.1', true],
  [{ sslmode: 'require', sslaccept: 'strict' }, 'localhost', UNKNOWN],
  [{ sslmode: 'prefer', sslaccept: 'strict' }, 'localhost', UNKNOWN],
  [{ sslmode: 'verify-full' }, 'localhost', UNKNOWN],
  [{ sslmode: 'require', sslaccept: 'strict', sslcert: AUTHORITY }, 'localhost', true],
  [{ sslmode: 'require', sslaccept: 'strict', sslcert: AUTHORITY }, '127.0.0.1', OTHER_HOST],
  [{ sslmode: 'require', sslaccept: 'strict', sslcert: OTHER }, 'localhost', UNKNOWN],
  [{ sslmode: 'require', sslcert: AUTHORITY }, '127.0.0.1', true],
  [{ sslmode: 'require', sslcert: OTHER }, '127.0.0.1', UNKNOWN],
  [{ sslmode: 'verify-ca', sslrootcert: AUTHORITY }, '127.0.0.1', true],
  [{ sslmode: 'verify-full', sslrootcert: AUTHORITY }, 'localhost', true],
  [{ sslmode: 'verify-full', sslrootcert: AUTHORITY }, '127.0.0.1', OTHER_HOST],
])('over TLS with %o to %s', async (parameters, host, outcome) => {
  const story = await createStory()
  const tls = await startTls(story.url)
  const { pool, db, close } = connect(withParameters(tls.url(host), parameters))
  onTestFinished(close)
  if (outcome === true) {
    expect((await pool.query('SELECT 1 AS works')).rows).toEqual([{ works: 1 }])
    expect(await db.member.count()).toBe(0)
  } else {
    const { message, known } = explain(await pool.query('SELECT 1').catch((error: unknown) => error))
    expect(message).toMatch(outcome)
    expect(known).toBe(true)
  }
  expect(tls.plain()).toBe(0)
})

test.each([
  [CLIENT, 'client'],
  [{ sslidentity: file('client.p12'), sslpassword: 'secret', sslcert: AUTHORITY }, 'client'],
  [{}, undefined],
])('the server sees the certificate of the client: %o', async (parameters, name) => {
  const story = await createStory()
  const tls = await startTls(story.url)
  const { pool, close } = connect(withParameters(tls.url('localhost'), { sslmode: 'require', ...parameters }))
  onTestFinished(close)
  await pool.query('SELECT 1')
  expect(new Set(tls.clients())).toEqual(new Set([name]))
})

test('a server without TLS is used as it is, unless TLS is required', async () => {
  const story = await createStory()
  const ask = async (parameters: Record<string, string>) => {
    const { pool, close } = connect(withParameters(story.url, parameters))
    onTestFinished(close)
    return pool.query('SELECT 1').then(
      () => 'works',
      (error: unknown) => explain(error).message,
    )
  }
  expect(await ask({})).toBe('works')
  expect(await ask({ sslmode: 'disable' })).toBe('works')
  for (const sslmode of ['require', 'verify-full']) expect(await ask({ sslmode })).toMatch(NO_TLS)
})

test('a server with TLS is used without it where it is disabled', async () => {
  const story = await createStory()
  const tls = await startTls(story.url)
  const { pool, close } = connect(withParameters(tls.url('localhost'), { sslmode: 'disable' }))
  onTestFinished(close)
  await pool.query('SELECT 1')
  expect(tls.clients()).toEqual([])
})
