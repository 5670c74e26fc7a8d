import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const readScripts = async (folder: string): Promise<Record<string, string>> =>
  JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')).scripts
const atRoot = await readScripts('.')
const scripts = await readScripts('packages/server')

/** Runs a script as `yarn workspace server <name> <args>` does, with a `docker` that says what it is asked for. */
async function run(name: string, args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'scripts-'))
  await writeFile(join(folder, 'docker'), '#!/bin/sh\necho "docker $@, in $PWD"\n', { mode: 0o755 })
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, HOME: folder }
  return promisify(execFile)('npm', ['run', '-s', '-w', 'server', name, '--', ...args], { env, cwd: ROOT })
    .then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )
    .finally(() => rm(folder, { recursive: true }))
}

test('the workspace has the commands of the replaced backend', () => {
  expect(Object.keys(scripts).sort()).toEqual(
    [
      ...['test', 'codegen', 'lint:fix', 'prisma', 'notify', 'start:api', 'start:all', 'docker:up', 'docker:notify'],
      ...['dev:api', 'dev:notify', 'dev:build', 'dev:db:build', 'dev:db:reset'],
      ...['dev:emails', 'dev:mockEmail', 'dev:authtoken'],
    ].sort(),
  )
})

test('each of them calls commands that exist at the root', () => {
  for (const [name, line] of Object.entries(scripts)) {
    const called = [...line.matchAll(/npm run -s (\S+)/g)].map(([, command = '']) => command)
    if (!line.includes('docker compose')) expect(called.length, name).toBeGreaterThan(0)
    for (const command of called) expect(atRoot, name).toHaveProperty([command])
  }
})

const ours = Object.entries(scripts).flatMap(([name, line]) => {
  const [, command = ''] = /npm run -s (\S+) --$/.exec(line) ?? []
  return atRoot[command]?.startsWith('./run node') && command !== 'prisma' ? [{ name, command }] : []
})

describe.concurrent.each(ours)('$name', ({ name, command }) => {
  test(`passes its arguments on to ${command}`, async () => {
    const { code, stderr } = await run(name, ['--nonsense'])
    expect(stderr).toContain(`Unknown option '--nonsense': \`npm run ${command} -- --help\``)
    expect(code).toBe(64)
  })
})

test.concurrent.each([
  ['test', /vitest/],
  ['codegen', /codegen/],
  ['lint:fix', /biome check/i],
])('%s passes its arguments on to its tool', async (name, says) => {
  const { code, stdout } = await run(name, ['--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(says)
})

test('docker:up and docker:notify use the Compose file at the root', async () => {
  expect((await run('docker:up', ['--build'])).stdout).toBe(`docker compose up -d --build, in ${ROOT}\n`)
  expect((await run('docker:notify', ['--dry-run'])).stdout).toBe(
    `docker compose run --rm worker notify --dry-run, in ${ROOT}\n`,
  )
})
