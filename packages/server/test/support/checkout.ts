import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const ROOT = join(import.meta.dirname, '../../../..')
const COPIED = ['src', 'scripts', 'prisma', 'package.json', 'prisma.config.ts']

export type Started = Awaited<ReturnType<Awaited<ReturnType<typeof createCheckout>>['start']>>

/**
 * A checkout of its own for one test, so that it has a `.env` and a `.data` of its own.
 * @param files contents by path in it
 */
export async function createCheckout(files: Record<string, string | Buffer> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'checkout-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const server = join(root, 'packages/server')
  await mkdir(server, { recursive: true })
  for (const name of COPIED) {
    await cp(join(ROOT, 'packages/server', name), join(server, name), { recursive: true })
  }
  for (const folder of ['node_modules', 'packages/server/node_modules']) {
    await symlink(join(ROOT, folder), join(root, folder))
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }

  /**
   * Starts a program of packages/server as an operator would, until the end of the test.
   * @param isOnTerminal its output is a terminal; then all of it is in stdout
   */
  function start(program: string, args: string[] = [], env: Record<string, string> = {}, isOnTerminal = false) {
    const command = [process.execPath, join(server, program), ...args]
    const [file = '', ...rest] = isOnTerminal
      ? ['script', '--quiet', '--return', '--command', `exec ${command.map(quoted).join(' ')}`, '/dev/null']
      : command
    const child = spawn(file, rest, { env: { PATH: process.env.PATH, ...env }, cwd: root })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output.stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      output.stderr += chunk
    })
    const ended = once(child, 'close') as Promise<[code: number | null, signal: string | null]>
    onTestFinished(async () => {
      child.kill('SIGTERM')
      await ended
    })
    return { child, output, ended }
  }

  return {
    root,
    start,
    async run(program: string, args: string[] = [], env: Record<string, string> = {}) {
      const { output, ended } = start(program, args, env)
      const [code] = await ended
      return { code, ...output }
    },
  }
}

/** For a shell: the path of a checkout can have spaces. */
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
