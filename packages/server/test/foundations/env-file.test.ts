// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are those of .env files
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTokens } from '../../src/members/tokens.ts'
import { createCheckout } from '../support/checkout.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/secret.ts'

const tokens = createTokens(SECRET_KEY)
const authToken = 'scripts/auth-token.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.close())

test.each([
  ['names and values', (url: string) => `APP_SECRET_KEY=${SECRET_KEY}\nDATABASE_URL=${url}\n`],
  ['YAML', (url: string) => `APP_SECRET_KEY: "${SECRET_KEY}"\nDATABASE_URL: ${url}\n`],
  ['a shell', (url: string) => `export APP_SECRET_KEY='${SECRET_KEY}'\nexport DATABASE_URL="${url}" # ours\n`],
  ['Windows', (url: string) => `\uFEFFAPP_SECRET_KEY="${SECRET_KEY}"\r\nDATABASE_URL=${url}\r\n`],
  [
    'references',
    (url: string) =>
      `A='${SECRET_KEY}'\nAPP_SECRET_KEY=\${A}\nHOST=127.0.0.1\nDATABASE_URL=${url.replace('127.0.0.1', '${HOST}')}\n`,
  ],
])('.env in the words of %s is read without a warning', async (_, textOf) => {
  const checkout = await createCheckout({ '.env': textOf(database.url) })
  const { code, stdout, stderr } = await checkout.run(authToken, ['7'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(tokens.memberOf(stdout.trim())).toBe(7)
})

test('.env is read where the replaced backend had it; the one at the root comes first', async () => {
  const inPackage = { 'packages/server/.env': `APP_SECRET_KEY=${SECRET_KEY}\nDATABASE_URL=${database.url}\n` }
  const run = async (files: Record<string, string>) =>
    tokens.memberOf((await (await createCheckout(files)).run(authToken, ['7'])).stdout.trim())
  expect(await run(inPackage)).toBe(7)
  expect(await run({ ...inPackage, '.env': `APP_SECRET_KEY=${SECRET_KEY.toUpperCase()}\n` })).toBeUndefined()
})

test('a variable of the environment comes before .env, but an empty one does not', async () => {
  const checkout = await createCheckout({
    '.env': `APP_SECRET_KEY=${SECRET_KEY}\nDATABASE_URL=${database.url}`,
  })
  const reset = await checkout.run('scripts/db-reset.ts', ['--yes'], { DATABASE_URL: '', APP_SECRET_KEY: ' ' })
  expect(reset).toEqual({
    code: 1,
    stdout: '',
    stderr: 'DATABASE_URL is set: only the embedded database can be reset.\n',
  })
  const other = 'another secret of the tests that nobody guesses'
  const { stdout } = await checkout.run(authToken, ['7'], { APP_SECRET_KEY: other })
  expect(createTokens(other).memberOf(stdout.trim())).toBe(7)
})

test('lines that are ignored, misspelt variables and unknown ones are reported, without their values', async () => {
  const lines = [`APP_SECRET_KEY=${SECRET_KEY}`, 'junk hunter2', 'SENDGRID_APIKEY=hunter2', 'FLAVOUR=hunter2']
  const checkout = await createCheckout({ '.env': lines.join('\n') })
  const { stdout, stderr } = await checkout.run('scripts/status.ts', [], { CORS_ORIGINS: 'hunter2' })
  expect(stdout).toMatch(/^There is no database yet/)
  expect(stderr.trim().split('\n').sort()).toEqual([
    'Configuration: .env, line 2: not understood, and ignored: write NAME=value, and put a value of several lines in single quotes',
    'Configuration: CORS_ORIGINS is not read: did you mean CORS_ORIGIN?',
    'Configuration: FLAVOUR, in .env, is not read: this service does not know it',
    'Configuration: SENDGRID_APIKEY is not read: did you mean SENDGRID_API_KEY?',
  ])
})

test('mistakes are printed with the warnings that may explain them', async () => {
  const checkout = await createCheckout({ '.env': 'DATABASE_URL value\nNODE_ENV=prod\n' })
  await mkdir(join(checkout.root, 'packages/server/.env'))
  const { code, stdout, stderr } = await checkout.run('src/main/notify.ts', [], { PORT: '99999' })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr.split('\n').map((line) => line.trim().split(/[ ,:]/)[0])).toEqual([
    'The',
    'packages/server/.env',
    'PORT',
    'DATABASE_URL',
    'APP_SECRET_KEY',
    'Configuration',
    'Configuration',
    '',
  ])
  expect(await readdir(checkout.root)).not.toContain('.data')
})
