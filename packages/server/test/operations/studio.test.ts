import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCheckout } from '../support/checkout.ts'
import { browsing, hasChromium } from '../support/chromium.ts'
import { cloneDatabase } from '../support/database.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/prisma.ts')
const BIN = join(import.meta.dirname, '../../../../node_modules/.bin')

const PATH = `${BIN}${delimiter}${process.env.PATH}`

/** An environment in which `prisma` is a shell script. */
async function withFakePrisma(script: string): Promise<{ PATH: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'prisma-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'prisma'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { PATH: `${folder}${delimiter}${process.env.PATH}` }
}

test("Prisma's command line gets all arguments, and is told to report nothing", async () => {
  const env = {
    ...(await withFakePrisma('echo "$@ $CHECKPOINT_DISABLE $DATABASE_URL"\nexit 3')),
    DATABASE_URL: 'postgresql://someone@127.0.0.1:9/x',
  }
  const running = promisify(execFile)(process.execPath, [SCRIPT, 'studio', '--help'], { env })
  await expect(running).rejects.toMatchObject({
    code: 3,
    stdout: 'studio --help 1 postgresql://someone@127.0.0.1:9/x\n',
  })
})

const withoutDatabase = [['--help'], ['db', 'push', '-h'], ['db'], ['version'], ['validate']]
test.each(withoutDatabase.map((args) => [args]))('prisma %j starts no database server', async (args) => {
  const checkout = await createCheckout()
  const { code, stdout, stderr } = await checkout.run('scripts/prisma.ts', args, { PATH })
  expect(code, stderr).toBe(0)
  expect(stdout.length).toBeGreaterThan(0)
  expect(await readdir(join(checkout.root, '.data')).catch(() => [])).not.toContain('postgres')
})

test.each([
  [['db', 'push'], 'npm run migrate'],
  [['db', 'push', '--accept-data-loss'], 'npm run migrate'],
  [['--schema', 'prisma/schema.prisma', 'db', 'push'], 'npm run migrate'],
  [['migrate', 'dev', '--name', 'x'], 'npm run generate'],
  [['migrate', 'deploy'], 'npm run migrate'],
  [['migrate', 'reset', '--force'], 'npm run db:reset'],
  [['migrate', 'status'], 'npm run status'],
  [['migrate', 'resolve', '--applied', 'x'], 'npm run migrate'],
  [['migrate', 'diff'], 'npm test'],
  [['db', 'pull'], 'npm run prisma -- studio'],
  [['db', 'execute', '--file', 'x'], 'psql'],
  [['db', 'seed'], 'npm run seed'],
])('prisma %j says in one sentence what to use instead', async (args, instead) => {
  const env = { DATABASE_URL: 'postgresql://someone@127.0.0.1:9/x' }
  const running = promisify(execFile)(process.execPath, [SCRIPT, ...args], { env })
  await expect(running).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^`prisma [a-z]+ [a-z]+` needs Prisma's native engine, [^\n]+\.\n$/),
  })
  await expect(running).rejects.toMatchObject({ stderr: expect.stringContaining(`\`${instead}`) })
})

test("with Prisma's native engine, every command is passed on", async () => {
  const env = {
    ...(await withFakePrisma('echo "$@"')),
    DATABASE_URL: 'postgresql://someone@127.0.0.1:9/x',
    PRISMA_SCHEMA_ENGINE_BINARY: '/opt/schema-engine',
  }
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, 'db', 'push'], { env })
  expect(stdout).toBe('db push\n')
})

describe.runIf(hasChromium('That Prisma Studio contacts nobody'))('in a browser', () => {
  const newPage = browsing()

  test('Prisma Studio shows the tables and contacts nobody', async () => {
    const port = await freePort()
    const database = await cloneDatabase()
    onTestFinished(database.close)
    const env = { PATH: `${BIN}${delimiter}${process.env.PATH}`, DATABASE_URL: database.url }
    const args = [SCRIPT, 'studio', '--browser', 'none', '--port', `${port}`]
    const studio = spawn(process.execPath, args, { env, stdio: 'ignore' })
    onTestFinished(async () => {
      studio.kill('SIGTERM')
      await once(studio, 'exit')
    })
    const url = `http://127.0.0.1:${port}/`
    await expect
      .poll(() =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(true)

    const page = await newPage()
    const elsewhere: string[] = []
    const reported: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/telemetry')) reported.push(request.postData() ?? '')
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) elsewhere.push(request.url())
    })
    await page.goto(url)
    await page.getByText('SetAsideEvent').first().waitFor()
    // The report to the outside follows this one, which stays on the machine.
    await expect.poll(() => reported.join()).toContain('studio_launched')
    await page.waitForTimeout(1_000)
    expect(elsewhere).toEqual([])
    await page.close()
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
