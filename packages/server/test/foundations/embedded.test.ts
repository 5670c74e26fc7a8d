import { execFileSync, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeEmbedded, startEmbedded } from '../../src/db/setup/embedded.ts'
import { explain } from '../../src/lib/explain.ts'
import { canMount } from '../faults/support/disk.ts'

const SCRIPT = join(import.meta.dirname, '../support/embedded-process.ts')

let folder: string
let data: string
beforeEach(async () => {
  // A folder that only its owner may enter, although PostgreSQL must not run as root.
  folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  await chmod(folder, 0o700)
  data = join(folder, 'postgres')
})
let unmount = () => {}
afterEach(async () => {
  unmount()
  unmount = () => {}
  await rm(folder, { recursive: true, force: true })
})

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const isRunning = () =>
  readFile(join(data, 'postmaster.pid')).then(
    () => true,
    () => false,
  )

/** Another process that uses the database until told to leave. */
async function otherProcess() {
  const child = fork(SCRIPT, [data])
  const [url] = await once(child, 'message')
  return {
    url: String(url),
    async leave() {
      child.send('leave')
      await once(child, 'exit')
    },
    async die() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test('the embedded database is created, keeps its data, and is stopped by its last process', async () => {
  const first = await startEmbedded(data)
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.close()
  expect(await isRunning()).toBe(false)

  const second = await startEmbedded(data)
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await second.close()
})

test('a second process uses the running server and may outlive the first', async () => {
  const mine = await startEmbedded(data)
  const other = await otherProcess()
  expect(other.url).toBe(mine.url)
  await mine.close()
  expect(await query(other.url, 'SELECT 1 AS here')).toEqual([{ here: 1 }])
  await other.leave()
  expect(await isRunning()).toBe(false)
})

test('two processes that start it at once share one server', async () => {
  const [one, two] = await Promise.all([otherProcess(), otherProcess()])
  expect(one.url).toBe(two.url)
  await Promise.all([one.leave(), two.leave()])
  expect(await isRunning()).toBe(false)
})

test('the next process uses and stops the server of a killed one', async () => {
  const killed = await otherProcess()
  await killed.die()
  const next = await startEmbedded(data)
  expect(next.url).toBe(killed.url)
  await next.close()
  expect(await isRunning()).toBe(false)
})

test('it listens on 127.0.0.1 only', async () => {
  const { url, close } = await startEmbedded(data)
  expect(new URL(url).hostname).toBe('127.0.0.1')
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  await close()
})

test('a database in use is not deleted', async () => {
  const { close } = await startEmbedded(data)
  await expect(removeEmbedded(data)).rejects.toThrow(/in use/)
  await close()
  await removeEmbedded(data)
  expect(await isRunning()).toBe(false)
})

test('a database left by a killed process is stopped and deleted', async () => {
  const killed = await otherProcess()
  await killed.die()
  await removeEmbedded(data)
  expect(await isRunning()).toBe(false)
  await expect(query(killed.url, 'SELECT 1')).rejects.toThrow()
})

test('a database whose server is starting or recovering is not deleted', async () => {
  await mkdir(data)
  const server = (pid: number) => writeFile(join(data, 'postmaster.pid'), [pid, data, 0, 1].join('\n'))
  // It lives, and does not answer.
  await server(process.pid)
  await expect(removeEmbedded(data)).rejects.toThrow(/in use/)
  const { pid = 0 } = spawnSync(process.execPath, ['--version'])
  await server(pid)
  await removeEmbedded(data)
  expect(await readdir(folder)).toEqual([])
})

/** A disk of so many megabytes under the folder, until the end of the test. */
function smallDisk(megabytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  unmount = () => void execFileSync('umount', ['-l', folder])
}

const failureOf = () => startEmbedded(data).then(String, (error) => explain(error))
const FULL = {
  known: true,
  message: expect.stringMatching(
    /^The disk is full: the embedded PostgreSQL needs about 100 MB in .*, and start again$/,
  ),
}
const mountable = await canMount()

test.skipIf(!mountable).each([1, 20, 35])(
  'a full disk of %d MB is one sentence, and nothing is left behind',
  async (size) => {
    smallDisk(size)
    expect(await failureOf()).toMatchObject(FULL)
    expect(await readdir(folder)).toEqual([])
  },
)

test.skipIf(!mountable)(
  'a disk that is full at the next start is one sentence, and it starts once there is room',
  async () => {
    smallDisk(200)
    await (await startEmbedded(data)).close()
    const filler = join(folder, 'filler')
    await expect(writeFile(filler, Buffer.alloc(200 * 2 ** 20))).rejects.toThrow(/ENOSPC/)
    expect(await failureOf()).toMatchObject(FULL)
    await rm(filler)
    await (await startEmbedded(data)).close()
  },
)

test('a folder that cannot be made is one sentence', async () => {
  await writeFile(join(folder, 'file'), '')
  data = join(folder, 'file', 'postgres')
  expect(await failureOf()).toMatchObject({
    known: true,
    message: expect.stringMatching(/^The embedded PostgreSQL does not start in .*: .*(ENOTDIR|EEXIST).*$/),
  })
})
