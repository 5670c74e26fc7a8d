import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createChain, type QueryNode, startQueryNode } from 'query-node'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, emptyTables, type TestDatabase } from './support/database.ts'
import { SECRET_KEY } from './support/secret.ts'

const SERVER = join(import.meta.dirname, '..')
const HOUR = 60 * 60 * 1000

let database: TestDatabase
let node: QueryNode
let smtp: SMTPServer
let received: string[]
/** The mail server accepts emails once this resolves. */
let mailOpens: Promise<void>
const chain = createChain({ genesisTime: new Date(Date.now() - HOUR) })

beforeAll(async () => {
  database = await cloneDatabase()
  node = await startQueryNode(chain)
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, _session, callback) {
      received.push(address)
      callback()
    },
    onData(stream, _session, callback) {
      stream.resume().on('end', () => mailOpens.then(() => callback()))
    },
  })
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await new Promise<void>((resolve) => smtp.close(resolve))
  await node.close()
  await database.close()
})
beforeEach(async () => {
  received = []
  mailOpens = Promise.resolve()
  await emptyTables(database)
})

function environment(): Record<string, string> {
  const address = smtp.server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  return {
    DATABASE_URL: database.url,
    APP_SECRET_KEY: SECRET_KEY,
    QUERY_NODE_ENDPOINT: node.url,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    EMAIL_SENDER: 'Pioneer <notifications@example.org>',
  }
}

/** Runs a command as an operator would: its exit code and its whole output. */
async function command(file: string, args: string[] = [], env: Record<string, string> = {}) {
  return promisify(execFile)(process.execPath, [join(SERVER, file), ...args], {
    env: { PATH: process.env.PATH, ...environment(), ...env },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}
const notify = (args: string[] = [], env = {}) => command('src/main/notify.ts', args, env)
const messages = (stderr: string): string[] =>
  stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).msg] : []))

/** Bob hears of an election. */
async function newsForBob() {
  await database.db.member.create({ data: { id: 2, name: 'bob', email: 'bob@example.org' } })
  await database.db.store.create({ data: { key: 'Progress', value: { block: chain.head } } })
  chain.votingPeriodStarted({ candidates: [] })
  chain.commitBlock()
}

test('notify: reads, records, sends, says it in one line, and exits with 0', async () => {
  await newsForBob()
  const { code, stderr } = await notify()
  expect(code).toBe(0)
  expect(messages(stderr)).toEqual([expect.stringMatching(/^Run done in .*: 1 event, 1 notification, 1 email sent/)])
  expect(received).toEqual(['bob@example.org'])
})

test('notify that sets an event aside exits with 1, and status says what to do', async () => {
  await newsForBob()
  chain.raise('PostAddedEvent', { postId: '500', isEditable: true, text: 'lost' })
  chain.commitBlock()
  const { code, stderr } = await notify()
  expect([code, messages(stderr).at(-1)]).toEqual([1, expect.stringMatching(/^Run done .*, 1 event set aside$/)])
  expect(received).toEqual(['bob@example.org'])
  const status = await command('scripts/status.ts')
  expect(status.code).toBe(1)
  expect(status.stdout).toMatch(/^WRONG +set aside +1 event not understood.*: later runs retry/m)
})

test('notify --dry-run: prints who would be told of what and why, and changes nothing', async () => {
  await newsForBob()
  const { code, stdout } = await notify(['--dry-run'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/VotingPeriodStarted .*: bob \(2\) would be told in the app and by email, for ELECTION_VOTING/)
  await database.db.member.updateMany({ data: { emailFrequency: 'WEEKLY', urgentImmediately: false } })
  const again = await notify(['--dry-run'])
  expect(again.stdout).toMatch(/bob \(2\) would be told in the app and in a digest, for ELECTION_VOTING/)
  expect(received).toEqual([])
  expect(await database.db.notification.count()).toBe(0)
})

test('notify that is told to end records what it has handed over, and leaves the rest to the next run', async () => {
  await newsForBob()
  const crowd = Array.from({ length: 30 }, (_, n) => ({ id: n + 10, name: `m${n}`, email: `m${n}@example.org` }))
  await database.db.member.createMany({ data: crowd })
  const { promise, resolve: openMail } = Promise.withResolvers<void>()
  mailOpens = promise
  const child = spawn(process.execPath, [join(SERVER, 'src/main/notify.ts')], {
    env: { PATH: process.env.PATH, ...environment() },
    stdio: 'ignore',
  })
  await expect.poll(() => received.length).toBeGreaterThan(0)
  child.kill('SIGTERM')
  openMail()
  expect(await once(child, 'exit')).toEqual([0, null])

  const emails = await database.db.email.findMany()
  const sent = emails.filter(({ status }) => status === 'SENT').map(({ address }) => address)
  expect(sent.sort()).toEqual([...received].sort())
  const rest = emails.filter(({ status }) => status !== 'SENT')
  expect(rest.length).toBeGreaterThan(0)
  for (const email of rest) expect(email).toMatchObject({ status: 'PENDING', attempts: 0, leaseUntil: null })
})

test('notify with a query node that is down: one clear error, exit code 1', async () => {
  const { code, stderr } = await notify([], { QUERY_NODE_ENDPOINT: 'http://127.0.0.1:9/graphql' })
  expect(code).toBe(1)
  expect(messages(stderr)[0]).toMatch(
    /the next run tries again: The query node at http:\/\/127.0.0.1:9\/graphql cannot/,
  )
})

test.each([
  ['http://someone:hunter2@127.0.0.1:9/graphql', /QUERY_NODE_ENDPOINT has a user or password, which cannot be sent/],
  ['http:///someone:hunter2@127.0.0.1:9/graphql', /QUERY_NODE_ENDPOINT has a user or password/],
  ['http:///127.0.0.1:9/graphql?key=hunter2', /The query node at http:\/\/127.0.0.1:9\/graphql cannot/],
  ['http://127.0.0.1:9/graphql?key=hunter2@x', /The query node at http:\/\/127.0.0.1:9\/graphql cannot/],
])('a key in the address of the query node is not logged: %s', async (address, says) => {
  const { stderr } = await notify([], { QUERY_NODE_ENDPOINT: address })
  expect(stderr).toMatch(says)
  expect(stderr).not.toContain('hunter2')
})

test('notify with mistakes in the environment: all of them, exit code 1, no stack', async () => {
  const { code, stderr } = await notify([], { PORT: 'many', STARTING_BLOCK: 'genesis' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/PORT is neither a port nor an address and a port.*\n.*STARTING_BLOCK is not a number/)
  expect(stderr).not.toMatch(/ at /)
})

test.each([
  ['dev:authtoken', 'auth-token.ts', ['7']],
  ['dev:mockEmail', 'mock-email.ts', ['bob@example.org']],
  ['dev:mailbox', 'mailbox-page.ts', []],
  ['db:reset', 'db-reset.ts', ['--yes']],
  ['prisma', 'prisma.ts', ['version']],
])('%s with mistakes in the environment: all of them, exit code 1, no stack', async (_, script, args) => {
  const { code, stderr } = await command(`scripts/${script}`, args, { PORT: 'many', STARTING_BLOCK: 'genesis' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/PORT is neither a port nor an address and a port.*\n.*STARTING_BLOCK is not a number/)
  expect(stderr).not.toMatch(/ at /)
})

test('notify on a database that was never migrated says what to do', async () => {
  const empty = await cloneDatabase(null)
  try {
    const { code, stderr } = await notify([], { DATABASE_URL: empty.url })
    expect(code).toBe(1)
    expect(messages(stderr)).toEqual(['The database is not up to date: run `npm run migrate` first'])
  } finally {
    await empty.close()
  }
})

test('notify in production without a provider warns, and records why nobody is emailed', async () => {
  await newsForBob()
  const env = { NODE_ENV: 'production', SMTP_URL: '' }
  const { code, stderr } = await notify([], env)
  expect(code).toBe(0)
  expect(messages(stderr)[0]).toMatch(/No email provider is configured/)
  expect(await database.db.notification.findMany({ select: { emailStatus: true, emailStatusReason: true } })).toEqual([
    { emailStatus: 'IGNORED', emailStatusReason: 'NO_PROVIDER' },
  ])
})

test('migrate: brings the database up to date, registers the first members, prints their tokens', async () => {
  const empty = await cloneDatabase(null)
  try {
    const env = {
      DATABASE_URL: empty.url,
      INITIAL_MEMBERSHIPS: '[\n{"id": 1, "name": "alice", "email": "alice@example.org"},\n{"id": 2, "name": "bob"}\n]',
    }
    const first = await command('scripts/migrate.ts', [], env)
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/Applied migration 20261122000000_init/)
    expect(first.stdout).toMatch(/Registered member 1 \(alice\), whose token is: eyJ/)
    const again = await command('scripts/seed.ts', [], {
      ...env,
      INITIAL_MEMBERSHIPS: '[{"id": 1, "name": "alice the second"}]',
    })
    expect(again.stdout).not.toMatch(/migration/)
    expect(again.stdout).toMatch(/^Member 1 was registered before, whose token is: eyJ/)
    const members = await empty.db.member.findMany({ orderBy: { id: 'asc' }, select: { name: true, email: true } })
    expect(members).toEqual([
      // She may have changed her name and address in the meantime.
      { name: 'alice', email: 'alice@example.org' },
      { name: 'bob', email: null },
    ])
  } finally {
    await empty.close()
  }
})

test.each([[[]], [['--seed']]])('migrate %j without a database says what to do, without a stack', async (args) => {
  const { code, stderr } = await command('scripts/migrate.ts', args, {
    DATABASE_URL: 'postgresql://someone:hunter2@127.0.0.1:9/x',
    INITIAL_MEMBERSHIPS: '[{"id": 1, "name": "alice"}]',
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^The database cannot be reached: is it running, and is DATABASE_URL right\?.*\n$/)
  expect(stderr).not.toContain('hunter2')
})

test('seed on a database that was never migrated says what to do', async () => {
  const empty = await cloneDatabase(null)
  try {
    const { stderr } = await command('scripts/migrate.ts', ['--seed'], {
      DATABASE_URL: empty.url,
      INITIAL_MEMBERSHIPS: '[{"id": 1, "name": "alice"}]',
    })
    expect(stderr).toBe('The database is not up to date: run `npm run migrate` first\n')
  } finally {
    await empty.close()
  }
})

test('a migration that fails is told in its own words', async () => {
  const broken = await cloneDatabase()
  try {
    await broken.pool.query('DROP TABLE "Counter", "Email" CASCADE')
    await broken.pool.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_metrics'`)
    const { code, stderr } = await command('scripts/migrate.ts', [], { DATABASE_URL: broken.url })
    expect(code).toBe(1)
    expect(stderr).toBe('relation "Email" does not exist\n')
  } finally {
    await broken.close()
  }
})

test('demo: shows who was told, serves the API, goes on block by block, and at Ctrl-C leaves nothing behind', async () => {
  const data = join(SERVER, '../../.data')
  const child = spawn(process.execPath, [join(SERVER, 'scripts/demo.ts')], { stdio: ['ignore', 'pipe', 'ignore'] })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  await expect.poll(() => stdout).toMatch(/BECAUSE.*\nBlock \d+: /s)

  const [, url = '', token, body = ''] = /^ *curl (\S+) .*: (Bearer \S+)' .* -d '(.+)'$/m.exec(stdout) ?? []
  const headers = { 'content-type': 'application/json', authorization: token ?? '' }
  const answer = await (await fetch(url, { method: 'POST', headers, body })).json()
  expect(answer).toEqual({
    data: {
      unreadCount: expect.any(Number),
      notifications: [{ title: expect.any(String), reason: expect.any(String) }],
    },
  })
  expect(await readFile(join(SERVER, '../../README.md'), 'utf8')).toContain(`-d '${body}'`)

  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(stdout).toMatch(/Bye\.\n$/)
  const left = (await readdir(data)).filter((name) => name.startsWith(`demo-${child.pid}-`))
  expect(left).toEqual([])
})
