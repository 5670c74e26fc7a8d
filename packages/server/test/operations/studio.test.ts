import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { browsing, hasChromium } from '../support/chromium.ts'
import { cloneDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/secret.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/prisma.ts')
const BIN = join(import.meta.dirname, '../../../../node_modules/.bin')

test("Prisma's command line gets all arguments, and is told to report nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prisma-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'prisma'), '#!/bin/sh\necho "$@ $CHECKPOINT_DISABLE $DATABASE_URL"\nexit 3\n', {
    mode: 0o755,
  })
  const env = {
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    DATABASE_URL: 'postgresql://someone@127.0.0.1:9/x',
    APP_SECRET_KEY: SECRET_KEY,
  }
  const running = promisify(execFile)(process.execPath, [SCRIPT, 'studio', '--help'], { env })
  await expect(running).rejects.toMatchObject({
    code: 3,
    stdout: 'studio --help 1 postgresql://someone@127.0.0.1:9/x\n',
  })
})

describe.runIf(hasChromium('That Prisma Studio contacts nobody'))('in a browser', () => {
  const newPage = browsing()

  test('Prisma Studio shows the tables and contacts nobody', async () => {
    const port = await freePort()
    const database = await cloneDatabase()
    onTestFinished(database.close)
    const env = {
      PATH: `${BIN}${delimiter}${process.env.PATH}`,
      DATABASE_URL: database.url,
      APP_SECRET_KEY: SECRET_KEY,
    }
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
