import { networkInterfaces } from 'node:os'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { openApi } from '../../src/main/open-api.ts'
import { createTokens } from '../../src/members/tokens.ts'
import { cloneDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/secret.ts'

/** Addresses of this machine that other machines could reach. */
const outside = Object.values(networkInterfaces()).flatMap((addresses = []) =>
  addresses.flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? address : [])),
)

/** Serves the API as `npm run start:api` does; @returns the URL that it logs */
async function serve(env: Record<string, string>) {
  const database = { ...(await cloneDatabase()), directUrl: undefined }
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const api = await openApi({ config: parseConfig({ PORT: '0', ...env }), log, database, stop: AbortSignal.any([]) })
  const url = new URL(lines.join('\n').match(/ at (http:\S+)/)?.[1] ?? '')
  return {
    url,
    reaches: (host: string) =>
      fetch(`http://${host}:${url.port}/healthz`).then(
        ({ status }) => status,
        () => 'refused',
      ),
    async ask(token: string) {
      const body = JSON.stringify({ query: '{ me { name } }' })
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      return (await fetch(new URL(`http://127.0.0.1:${url.port}`), { method: 'POST', headers, body })).json()
    },
    async addMember() {
      await database.db.member.create({ data: { id: 1, name: 'alice' } })
    },
    async close() {
      await api.close()
      await database.close()
    },
  }
}

test('with a secret that was made up, the API answers this machine only, and a guessed secret opens nothing', async () => {
  const api = await serve({})
  try {
    await api.addMember()
    expect(api.url.hostname).toBe('127.0.0.1')
    expect(await api.reaches('127.0.0.1')).toBe(200)
    for (const address of outside) expect(await api.reaches(address), address).toBe('refused')
    expect(await api.ask(createTokens('development only').auth(1))).toMatchObject({ data: { me: null } })
    expect(await api.ask(createTokens(parseConfig({}).secretKey).auth(1))).toEqual({ data: { me: { name: 'alice' } } })
  } finally {
    await api.close()
  }
})

test.runIf(outside.length)('with a secret of its own, the API answers on every address', async () => {
  const api = await serve({ APP_SECRET_KEY: SECRET_KEY })
  try {
    for (const address of ['127.0.0.1', ...outside]) expect(await api.reaches(address), address).toBe(200)
  } finally {
    await api.close()
  }
})
