import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { stories } from '../support/story.ts'

const createStory = stories()
const ROOT = resolve(import.meta.dirname, '../../../..')
/** What the backend took that this service replaces. */
const MOST_BYTES = 127_000_000

// Linux tells a process's memory in a file.
test.runIf(process.platform === 'linux')(
  'an API that nobody signs in to takes less memory than the backend that it replaces, also after other requests',
  async () => {
    const story = await createStory()
    const command = ['node', join(ROOT, 'packages/server/src/main/api.ts')]
    // As the installation does: sources that were changed since then would be compiled.
    await promisify(execFile)(join(ROOT, 'run'), [...command, '--help'], { env: { PATH: process.env.PATH } })
    const api = spawn(join(ROOT, 'run'), command, {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        DATABASE_URL: story.url,
        APP_SECRET_KEY: 'a secret of the tests, which is long enough',
        QUERY_NODE_ENDPOINT: story.node.url,
        PORT: '127.0.0.1:0',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    onTestFinished(() => void api.kill('SIGKILL'))
    const url = await addressIn(api.stderr)
    expect(await bytesOf(api.pid)).toBeLessThan(MOST_BYTES)
    const bob = await story.member('bob')
    for (const query of ['{ __typename }', `{ memberExist(id: ${bob.id}) }`, '{ me { name } }']) {
      expect((await fetch(`${url}?query=${encodeURIComponent(query)}`)).status).toBe(200)
    }
    expect(await bytesOf(api.pid)).toBeLessThan(MOST_BYTES)
  },
)

async function addressIn(log: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const line of createInterface(log)) {
    const [, url] = /The API answers at (http:[^"]+)/.exec(line) ?? []
    if (url) return url
    text += line
  }
  throw new Error(`The API did not start: ${text}`)
}

async function bytesOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
