import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDemoFolder, databaseIn, removeKilledDemos } from '../../scripts/demo/folder.ts'

const SCRIPT = join(import.meta.dirname, '../support/embedded-process.ts')
/** Higher than any process id of Linux or macOS. */
const NO_PID = 2 ** 30

let dataFolder: string
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'data-'))
})
afterEach(() => rm(dataFolder, { recursive: true, force: true }))

/** A folder as an earlier demo with this process id left it. */
async function demoOf(pid: number, { ageDays = 0 } = {}) {
  const folder = join(dataFolder, `demo-${pid}-a1B2c3`)
  await mkdir(folder)
  const madeAt = new Date(Date.now() - ageDays * 24 * 60 * 60 * 1000)
  await utimes(folder, madeAt, madeAt)
  return folder
}

/** A process that uses the PostgreSQL of a demo's folder. */
async function serverIn(folder: string) {
  const child = fork(SCRIPT, [databaseIn(folder)])
  const [url] = await once(child, 'message')
  return {
    answers: () => answers(String(url)),
    async end(how: 'leave' | 'kill') {
      if (how === 'kill') child.kill('SIGKILL')
      else child.send('leave')
      await once(child, 'exit')
    },
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

test('a killed demo: its server is stopped and its folder deleted', async () => {
  const folder = await demoOf(NO_PID)
  const killed = await serverIn(folder)
  await killed.end('kill')
  expect(await killed.answers()).toBe(true)
  await removeKilledDemos(dataFolder)
  expect(await killed.answers()).toBe(false)
  expect(await readdir(dataFolder)).toEqual([])
})

test('a demo whose server is in use keeps its folder, whatever its process id says', async () => {
  const folder = await demoOf(NO_PID)
  const alive = await serverIn(folder)
  await removeKilledDemos(dataFolder)
  expect(await alive.answers()).toBe(true)
  expect(await readdir(dataFolder)).toHaveLength(1)
  await alive.end('leave')
})

test('a demo that has no server yet keeps its folder', async () => {
  const folder = await createDemoFolder(dataFolder)
  await removeKilledDemos(dataFolder)
  expect(await readdir(dataFolder)).toEqual([folder.slice(dataFolder.length + 1)])
})

test('a killed demo whose process id belongs to another process is removed a day later', async () => {
  await demoOf(process.pid, { ageDays: 1.1 })
  await removeKilledDemos(dataFolder)
  expect(await readdir(dataFolder)).toEqual([])
})

test('folders of any other kind stay', async () => {
  const others = ['postgres', 'mailbox', 'test-a1B2c3', 'demo-backup', `demo-${NO_PID}`, `my-demo-${NO_PID}-a1B2c3`]
  for (const name of others) await mkdir(join(dataFolder, name))
  await removeKilledDemos(dataFolder)
  expect((await readdir(dataFolder)).sort()).toEqual(others.sort())
})

test('without a data folder there is nothing to remove', async () => {
  await expect(removeKilledDemos(join(dataFolder, 'none'))).resolves.toBeUndefined()
})
