import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const SERVER = join(import.meta.dirname, '../..')
const DATA = join(SERVER, '../../.data')

/** A demo in its own process, and its output. */
function startDemo(args: string[] = []) {
  const child = spawn(process.execPath, [join(SERVER, 'scripts/demo.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const demo = { child, exited, stdout: '', stderr: '', folders: () => foldersOf(child.pid) }
  child.stdout.on('data', (chunk) => {
    demo.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    demo.stderr += chunk
  })
  return demo
}

/** Other demos may run at the same time. */
const foldersOf = async (pid?: number) => (await readdir(DATA)).filter((name) => name.startsWith(`demo-${pid}-`))

test('a demo deletes what a killed one left behind, and at the end of its terminal session all of its own', async () => {
  const killed = startDemo()
  await expect.poll(() => killed.stdout).toContain('Registered')
  killed.child.kill('SIGKILL')
  await killed.exited
  expect(await killed.folders()).toHaveLength(1)

  const next = startDemo()
  await expect.poll(() => next.stdout).toContain('Ctrl-C ends the demo')
  expect(await killed.folders()).toEqual([])
  const [folder = ''] = await next.folders()
  expect(await readdir(join(DATA, folder, 'mailbox'))).not.toEqual([])

  next.child.kill('SIGHUP')
  // A shell may pass the signal on a second time.
  next.child.kill('SIGHUP')
  expect(await next.exited).toEqual([0, null])
  expect(await next.folders()).toEqual([])
})

test('demo --once --json: figures alone on stdout, the rest on stderr, and no files stay', async () => {
  const demo = startDemo(['--once', '--json'])
  expect(await demo.exited).toEqual([0, null])
  expect(JSON.parse(demo.stdout)).toEqual({
    events: expect.any(Number),
    notifications: expect.any(Number),
    emails: { sent: expect.any(Number), ignored: expect.any(Number), failed: 0 },
  })
  expect(demo.stderr).toContain('The emails are deleted with the demo.')
  expect(await demo.folders()).toEqual([])
})

test('a demo whose reader goes away stops and deletes its files', async () => {
  const demo = startDemo()
  await once(demo.child.stdout, 'data')
  demo.child.stdout.destroy()
  await demo.exited
  expect(demo.stderr).toBe('')
  expect(await demo.folders()).toEqual([])
})
