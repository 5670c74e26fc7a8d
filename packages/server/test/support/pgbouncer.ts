import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { until } from './until.ts'

const FILE = process.env.PGBOUNCER_PATH ?? '/usr/sbin/pgbouncer'
/** PgBouncer refuses to run as root. */
const NOBODY = 65_534

/** Whether tests can use PgBouncer. Without it, this reports what was not tested. */
export function hasPgBouncer(subject: string): boolean {
  const found = existsSync(FILE)
  if (!found) console.warn(`${subject} was NOT tested: no PgBouncer at ${FILE}. PGBOUNCER_PATH names another.`)
  return found
}

/**
 * A real PgBouncer until the end of the test, in transaction mode unless `settings` say otherwise.
 * @returns the URL of the same database through it
 */
export async function startPgBouncer(url: string, settings: Record<string, string | number> = {}): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'))
  const ini = join(folder, 'pgbouncer.ini')
  const listenPort = await freePort()
  const login = `user=${username}${password && ` password=${decodeURIComponent(password)}`}`
  const lines = Object.entries({
    listen_addr: '127.0.0.1',
    listen_port: listenPort,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`)
  await writeFile(
    ini,
    ['[databases]', `* = host=${hostname} port=${port} ${login}`, '[pgbouncer]', ...lines].join('\n'),
  )
  await chmod(folder, 0o755)
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const bouncer = spawn(FILE, ['-q', ini], { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', ...identity })
  let said = ''
  bouncer.stderr.on('data', (data) => {
    said += data
  })
  const ended = once(bouncer, 'exit')
  onTestFinished(async () => {
    bouncer.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  })
  const address = `postgresql://${username}@127.0.0.1:${listenPort}${pathname}`
  await until(async () => {
    if (bouncer.exitCode !== null) throw new Error(`PgBouncer ended: ${said}`)
    const client = new pg.Client({ connectionString: address })
    client.on('error', () => {})
    const connected = client.connect().then(() => client.query('SELECT 1'))
    return connected.then(
      () => client.end().then(() => true),
      () => false,
    )
  })
  return address
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
