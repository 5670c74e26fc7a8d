import { createServer } from 'node:net'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { openApi } from '../../src/main/open-api.ts'
import { readPublicUrl, storePublicUrl } from '../../src/members/public-url.ts'
import { cloneDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/secret.ts'
import { until } from '../support/until.ts'

const PRODUCTION = { NODE_ENV: 'production', APP_SECRET_KEY: SECRET_KEY }

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return String(address && typeof address === 'object' ? address.port : 0)
}

/** Starts the API, after another one with an address. */
async function start(env: Record<string, string>) {
  const database = { ...(await cloneDatabase()), directUrl: undefined }
  await storePublicUrl(database.pool, 'https://before.example.org')
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const PORT = `127.0.0.1:${await freePort()}`
  const config = parseConfig({ PORT, DATABASE_URL: database.url, APP_SECRET_KEY: SECRET_KEY, ...env })
  const api = await openApi({ config, log, database, stop: AbortSignal.any([]) })
  onTestFinished(async () => {
    await api.close()
    await database.close()
  })
  const stored = async () => {
    await until(async () => (await readPublicUrl(database.pool)) !== 'https://before.example.org')
    return readPublicUrl(database.pool)
  }
  return { lines, stored, local: `http://${PORT}` }
}

test.each([
  ['PUBLIC_URL', { ...PRODUCTION, PUBLIC_URL: 'https://n.example.org/api/' }, 'https://n.example.org/api'],
  ["Render's address", { ...PRODUCTION, RENDER_EXTERNAL_URL: 'https://n.onrender.com' }, 'https://n.onrender.com'],
  [
    'PUBLIC_URL before it',
    { ...PRODUCTION, PUBLIC_URL: 'https://n.example.org', RENDER_EXTERNAL_URL: 'https://n.onrender.com' },
    'https://n.example.org',
  ],
])('the API keeps %s for the notifiers', async (_, env, expected) => {
  const { lines, stored } = await start(env)
  expect(await stored()).toBe(expected)
  expect(lines.join()).not.toContain('PUBLIC_URL')
})

test('in production without an address, the API says so, and links of an earlier one end', async () => {
  const { lines, stored } = await start(PRODUCTION)
  expect(await stored()).toBeUndefined()
  expect(lines.join()).toMatch(/PUBLIC_URL is not set: emails have no link to unsubscribe/)
})

test('outside production, links lead to this machine', async () => {
  const { lines, stored, local } = await start({})
  expect(await stored()).toBe(local)
  expect(lines.join()).not.toContain('PUBLIC_URL')
})

test.each([
  ['http://n.example.org', /PUBLIC_URL is not https/],
  ['https://n.example.org?a=1', /PUBLIC_URL has a \? or #/],
  ['https://user:secret@n.example.org', /PUBLIC_URL has a user or password/],
  ['n.example.org', /PUBLIC_URL is not an address/],
])('%s is a mistake in production', (PUBLIC_URL, says) => {
  expect(() => parseConfig({ ...PRODUCTION, DATABASE_URL: 'postgresql://a@127.0.0.1/x', PUBLIC_URL })).toThrow(says)
})

test.each([
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['https://n.example.org/é/> "<b>/', 'https://n.example.org/%C3%A9/%3E%20%22%3Cb%3E'],
  ['HTTPS://N.Example.ORG:443/Api//', 'https://n.example.org/Api'],
  ['https://n.example.org/a/../b', 'https://n.example.org/b'],
])('%s stands in links as every mail program reads it', (address, expected) => {
  for (const name of ['PUBLIC_URL', 'RENDER_EXTERNAL_URL']) {
    expect(parseConfig({ ...PRODUCTION, DATABASE_URL: 'postgresql://a@127.0.0.1/x', [name]: address }).publicUrl).toBe(
      expected,
    )
  }
  expect(
    parseConfig({ ...PRODUCTION, DATABASE_URL: 'postgresql://a@127.0.0.1/x', PIONEER_URL: address }).pioneerUrl,
  ).toBe(expected)
})
