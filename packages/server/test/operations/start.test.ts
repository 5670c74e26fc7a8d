// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are those of .env files
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createTokens } from '../../src/members/tokens.ts'
import { createCheckout, type Started } from '../support/checkout.ts'
import { cloneDatabase, emptyTables, type TestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.close())
beforeEach(() => emptyTables(database))

const environment = () => ({
  DATABASE_URL: database.url,
  APP_SECRET_KEY: SECRET_KEY,
  QUERY_NODE_ENDPOINT: 'http://127.0.0.1:9/graphql',
  PORT: '127.0.0.1:0',
  NOTIFY_CRON: '0 0 1 1 *',
  INITIAL_MEMBERSHIPS: '{"id": 1, "name": "alice"}',
})

const all = ({ output }: Started) => output.stdout + output.stderr
const answers = (started: Started) => until(() => all(started).includes('The API answers'))
const times = (text: string, part: string) => text.split(part).length - 1
const hasTerminal = () => {
  try {
    execFileSync('script', ['--version'])
    return true
  } catch {
    console.log('Not tested: what is printed on a terminal, without the command `script`.')
    return false
  }
}

describe.runIf(hasTerminal())('on a terminal', () => {
  test('start:all prints the tokens of INITIAL_MEMBERSHIPS, as migrate does, and each warning once', async () => {
    const checkout = await createCheckout({ '.env': 'junk\n' })
    const started = checkout.start('scripts/start-all.ts', [], environment(), true)
    await answers(started)
    const [, token = ''] = /Registered member 1 \(alice\), whose token is: (\S+)/.exec(all(started)) ?? []
    expect(createTokens(SECRET_KEY).memberOf(token)).toBe(1)
    expect(times(all(started), '.env, line 1: not understood')).toBe(1)
  })
})

test('start:all in a pipe registers INITIAL_MEMBERSHIPS, and prints no token', async () => {
  const checkout = await createCheckout({ '.env': 'junk\n' })
  const started = checkout.start('scripts/start-all.ts', [], environment())
  await answers(started)
  expect(started.output.stdout).toBe('Registered member 1 (alice)\n')
  expect(all(started)).not.toContain('eyJ')
  expect(times(all(started), '.env, line 1: not understood')).toBe(1)
  expect(await database.db.member.findMany({ select: { id: true, name: true } })).toEqual([{ id: 1, name: 'alice' }])
})

test('a container says each warning once, though two of its programs read the configuration', async () => {
  const checkout = await createCheckout({ '.env': 'junk\n' })
  const started = checkout.start('scripts/start.ts', ['api'], { ...environment(), NODE_ENV: 'prod', CORS_ORIGINS: 'x' })
  await answers(started)
  for (const warning of ['.env, line 1: not', 'it counts as production', 'CORS_ORIGINS is not read']) {
    expect(times(all(started), warning), warning).toBe(1)
  }
})

/** A container that prepares its database, and waits for a session that holds the lock of migrations. */
async function startWaiting() {
  const session = await database.pool.connect()
  await session.query(`SELECT pg_advisory_lock(hashtext('migrate'))`)
  onTestFinished(async () => {
    await session.query('SELECT pg_advisory_unlock_all()')
    session.release()
  })
  const started = (await createCheckout()).start('scripts/start.ts', ['api'], environment())
  await until(() => all(started).includes('has the lock of migrations'))
  return started
}

test('a container that is told to stop while it prepares its database leaves no process behind', async () => {
  const { child, ended } = await startWaiting()
  child.kill('SIGTERM')
  // Output ends with the last process that has it.
  expect(await ended).toEqual([143, null])
})

const children = (pid: number | undefined) => `/proc/${pid}/task/${pid}/children`

test.runIf(existsSync(children(process.pid)))('a container whose preparation is killed ends, and says so', async () => {
  const started = await startWaiting()
  process.kill(Number(await readFile(children(started.child.pid), 'utf8')), 'SIGKILL')
  expect(await started.ended).toEqual([1, null])
  expect(all(started)).toContain('Preparing the database was ended by SIGKILL')
})

test('a variable that others in .env refer to is not reported, however often the configuration is read', async () => {
  const checkout = await createCheckout({ '.env': 'REGION=eu\nMAILGUN_API_URL=https://api.${REGION}.mailgun.net\n' })
  const started = checkout.start('scripts/start-all.ts', [], environment())
  await answers(started)
  expect(all(started)).toContain('MAILGUN_API_URL is not used')
  expect(all(started)).not.toContain('REGION')
})

test('status without a database says that there is none yet, and creates none', async () => {
  const checkout = await createCheckout()
  expect(await checkout.run('scripts/status.ts')).toEqual({
    code: 1,
    stdout: 'There is no database yet: set DATABASE_URL, or run `npm run migrate`, which makes an embedded one.\n',
    stderr: '',
  })
  expect(await readdir(join(checkout.root, '.data'))).toEqual(['secret'])
})

test.each([
  ['192.0.2.1:0', /^This machine does not have the address in PORT.*\(listen EADDRNOTAVAIL: [^\n]*192\.0\.2\.1\)$/],
])('the API that cannot listen on %s says so in one sentence', async (PORT, says) => {
  const checkout = await createCheckout()
  const { code, stdout, stderr } = await checkout.run('src/main/api.ts', [], { ...environment(), PORT })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  const [line = '', ...more] = stderr.trim().split('\n')
  expect(more).toEqual([])
  expect(JSON.parse(line).msg).toMatch(says)
  expect(JSON.parse(line)).not.toHaveProperty('err')
})

const firstFree = Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => 1024))

test.runIf(firstFree > 80)('a port that needs rights is explained in one sentence', async () => {
  const explain = join(import.meta.dirname, '../../src/lib/explain.ts')
  const program = `
    const { explain } = await import(${JSON.stringify(explain)})
    const { createServer } = await import('node:http')
    if (process.getuid() === 0) process.setuid(65534)
    createServer().on('error', (error) => console.log(JSON.stringify(explain(error)))).listen(80, '127.0.0.1')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  expect(JSON.parse(stdout)).toEqual({
    known: true,
    message: expect.stringMatching(/^This process may not listen on that port.*\(listen EACCES: .*\)$/),
    advice: expect.any(String),
  })
})
