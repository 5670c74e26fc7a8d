import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { usages } from '../src/main/usages.ts'
import { SECRET_KEY } from './support/secret.ts'

const ROOT = join(import.meta.dirname, '../../..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** The commands that run a program of ours. Prisma's own takes what Prisma takes. */
const commands = Object.entries(scripts)
  .filter(([name, line]) => /^\.\/run node packages\//.test(line) && name !== 'prisma')
  .map(([name, line]) => ({ name, program: line.replace(/^.*\bnode /, '').split(' ') }))

/** Runs a command that can neither reach nor write anything. */
async function run(program: string[], args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'arguments-'))
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/nothing',
    APP_SECRET_KEY: SECRET_KEY,
    QUERY_NODE_ENDPOINT: 'http://127.0.0.1:9/graphql',
  }
  return promisify(execFile)(process.execPath, [...program, ...args], { env, cwd: ROOT })
    .then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )
    .finally(() => rm(folder, { recursive: true }))
}

test('the usages are those of the commands in package.json', () => {
  const names = commands.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(15)
  expect(Object.keys(usages).filter((name) => !names.includes(name))).toEqual([])
})

test('the README lists every command', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const isListed = (name: string) => {
    const [group, part] = name.split(':')
    return (
      readme.includes(`npm run ${name}`) ||
      (part && readme.includes(`npm run ${group}:`) && readme.includes(`\`:${part}\``))
    )
  }
  expect(commands.map(({ name }) => name).filter((name) => !name.startsWith('generate:') && !isListed(name))).toEqual(
    [],
  )
})

describe.concurrent.each(commands)('npm run $name', ({ name, program }) => {
  test('--help says what it takes, and does nothing else', async () => {
    const { code, stdout, stderr } = await run(program, ['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name} `))
    expect(stdout.trim().split('\n').length).toBeGreaterThan(2)
  })

  test('an unknown option is rejected in one sentence', async () => {
    const { code, stdout, stderr } = await run(program, ['--nonsense'])
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toMatch(/^Unknown option '--nonsense'[^\n]*--help[^\n]*\n$/)
  })
})

test.each([
  ['scripts/status.ts', ['now'], /^Unexpected argument 'now': `npm run status -- --help` shows/],
  ['scripts/mock-email.ts', ['bob@example.org', 'verification', 'soon'], /^Unexpected argument 'soon'/],
  ['../query-node/src/main.ts', ['4350'], /^Unexpected argument '4350'/],
  ['scripts/auth-token.ts', [], /<member id> is missing/],
  ['scripts/auth-token.ts', ['abc'], /'abc' is not a member id/],
  ['scripts/auth-token.ts', ['4294967296'], /'4294967296' is not a member id/],
  ['scripts/why.ts', ['7'], /<what> is missing/],
  ['scripts/why.ts', ['bob', 'OLYMPIA-1-1'], /'bob' is not a member id/],
  ['scripts/emails.ts', ['--to', 'bob'], /'bob' is not a member id/],
  ['scripts/emails.ts', ['--retry', 'all'], /--retry takes the ids of emails, as in 12,13, or the word failed/],
  ['scripts/emails.ts', ['--retry', '1,,2'], /--retry takes the ids of emails/],
  ['scripts/emails.ts', ['--retry', '4294967296'], /--retry takes the ids of emails/],
  ['scripts/emails.ts', ['--retry', Array(1_001).fill(7).join(',')], /--retry takes 1000 ids at most/],
  ['scripts/emails.ts', ['--failed', '--retry', '1'], /either --failed, which lists, or --retry/],
  ['scripts/emails.ts', ['--to', '1', '--json', '--to', '2'], /^Option '--to' is given twice: /],
  ['scripts/emails.ts', ['--retry=1', '--retry', '1'], /^Option '--retry' is given twice: /],
  [
    'scripts/emails.ts',
    ['--to', `\u001b[2J${'x'.repeat(100_000)}`],
    /^'�\[2Jx{0,4000}…: `npm run emails -- --help` shows/,
  ],
  ['scripts/member.ts', ['--unsubscribe'], /<member id> is missing/],
  ['scripts/member.ts', ['bob'], /'bob' is not a member id/],
  ['scripts/mock-email.ts', [], /<address> is missing/],
  ['scripts/mock-email.ts', ['bob'], /'bob' is not an email address/],
  ['scripts/mock-email.ts', ['bob@example.org', 'NO_SUCH'], /no sample email 'NO_SUCH', only .*verification/],
  ['scripts/mailbox-page.ts', ['--port', 'many'], /--port has to be a number/],
  ['scripts/emails-preview.ts', ['--port'], /--port <value>' argument missing/],
  ['src/main/notify.ts', ['--dry-run', '--retry-set-aside'], /either --dry-run or --retry-set-aside/],
  ['bench/fanout.ts', ['--members', '0'], /--members has to be a whole number above 0/],
  ['../query-node/src/main.ts', ['--seconds-per-block', '0'], /--seconds-per-block cannot be '0'/],
  ['../query-node/src/main.ts', ['--seconds-per-block', 'Infinity'], /--seconds-per-block cannot be 'Infinity'/],
  ['../query-node/src/main.ts', ['--seconds-per-block', '3000000'], /--seconds-per-block cannot be '3000000'/],
  ['../query-node/src/main.ts', ['--seed', '1', '--seed', '2'], /^Option '--seed' is given twice: /],
  ['scripts/demo.ts', ['--json'], /--json needs --once/],
])('%s %j: one sentence, exit code 64', async (file, args, says) => {
  const { code, stderr } = await run([join('packages/server', file)], args)
  expect(stderr).toMatch(says)
  expect(stderr.trim().split('\n').length).toBe(1)
  expect(code).toBe(64)
})

test('a container says which roles there are, and rejects what a role does not take before it changes anything', async () => {
  const start = ['packages/server/scripts/start.ts']
  expect((await run(start, ['--help'])).stdout).toMatch(/^Usage: .*\n\nRoles: api, notify, worker, all, migrate/)
  for (const role of ['api', 'notify', 'worker', 'all', 'migrate']) {
    const { code, stderr } = await run(start, [role, '--nonsense'])
    expect({ role, code }).toEqual({ role, code: 64 })
    expect(stderr).toMatch(/^Unknown option '--nonsense': .*\n$/)
  }
})

test('the embedded database is not reset where nobody can be asked', async () => {
  const child = spawn(process.execPath, ['packages/server/scripts/db-reset.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  expect(await once(child, 'exit')).toEqual([64, null])
  expect(stderr).toMatch(/^Nobody can be asked here, so --yes has to be given: /)
})

test.each([
  [
    'packages/query-node/src/main.ts',
    1,
    /^Port \d+ is taken: end what uses it, or choose another one with --port\.\n$/,
  ],
  ['packages/server/scripts/mailbox-page.ts', 1, /^Port \d+ is taken: end what uses it, or choose another one/],
  ['packages/server/scripts/emails-preview.ts', 1, /^Port \d+ is taken: end what uses it, or choose another one/],
])('%s on a port that is taken says so in one sentence', async (program, exitCode, says) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const { code, stderr } = await run([program], ['--port', String(port)])
  expect(code).toBe(exitCode)
  expect(stderr).toMatch(says)
})

test('the query node on an address that this machine does not have says so in one sentence', async () => {
  const { code, stderr } = await run(['packages/query-node/src/main.ts'], ['--host', '192.0.2.1', '--port', '0'])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'Port 0 cannot be opened: this machine does not have the address of --host.\n',
  })
})
