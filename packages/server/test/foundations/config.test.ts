import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { loadConfig, parseConfig } from '../../src/config/config.ts'
import { environment } from '../../src/config/environment.ts'
import { madeUpSecret } from '../../src/config/secret.ts'
import { mistakes } from '../support/configuration.ts'
import { SECRET_KEY } from '../support/secret.ts'

afterEach(() => void vi.unstubAllEnvs())

test('an empty environment is enough for development', () => {
  expect(parseConfig({})).toMatchObject({
    production: false,
    databaseUrl: undefined,
    port: 3000,
    logLevel: 'info',
    queryNodeEndpoint: 'https://query.joystream.org/graphql',
    pioneerUrl: 'https://pioneerapp.xyz',
    startingBlock: undefined,
    emailMaxAgeMs: 3 * 24 * 60 * 60 * 1000,
    emailsPerHour: 30,
    emailDelaySeconds: 0,
    emailProviders: [{ name: 'mailbox' }],
    initialMemberships: [],
  })
})

test('all mistakes are reported together, each with its name, the problem and an example', () => {
  const lines = mistakes({
    PORT: 'many',
    QUERY_NODE_ENDPOINT: 'query.joystream.org',
    STARTING_BLOCK: '-5',
    APP_LOG_LEVEL: 'loud',
    EMAIL_SENDER: 'nobody',
    INITIAL_MEMBERSHIPS: '[{"id": 1}]',
    SENDGRID_API_KEY: 'SG.x',
    NODE_ENV: 'production',
  })
  expect(lines.map((line) => line.split(/[ ,]/)[0]).sort()).toEqual([
    'APP_LOG_LEVEL',
    'APP_SECRET_KEY',
    'DATABASE_URL',
    'EMAIL_SENDER',
    'INITIAL_MEMBERSHIPS',
    'PORT',
    'QUERY_NODE_ENDPOINT',
    'STARTING_BLOCK',
  ])
  for (const line of lines) expect(line).toMatch(/, for example \S/)
})

test('PORT may contain the address to listen on', () => {
  expect(parseConfig({ PORT: '8080', APP_SECRET_KEY: SECRET_KEY })).toMatchObject({ port: 8080, host: undefined })
  expect(parseConfig({ PORT: '127.0.0.1:8080' })).toMatchObject({ port: 8080, host: '127.0.0.1' })
  expect(parseConfig({ PORT: ' 8080 ' })).toMatchObject({ port: 8080 })
  for (const PORT of ['65536', '127.0.0.1:', ':80', '1.2.3:80', '300.0.0.1:80', 'localhost:80', '-1', '1e3']) {
    expect(mistakes({ PORT }), PORT).toEqual([expect.stringMatching(/^ *PORT .*, for example 3000$/)])
  }
})

test('production starts with a database and a secret, and sends no emails without a provider', () => {
  const production = { NODE_ENV: 'production', DATABASE_URL: 'postgresql://db/x', APP_SECRET_KEY: 'secret' }
  expect(parseConfig(production)).toMatchObject({ production: true, emailProviders: [] })
  expect(mistakes({ ...production, DATABASE_URL: '' })).toEqual([expect.stringContaining('DATABASE_URL is missing')])
})

test('production rejects the secret of the example', () => {
  const production = { NODE_ENV: 'production', DATABASE_URL: 'postgresql://db/x', APP_SECRET_KEY: 'a-long-random-text' }
  expect(mistakes(production)).toEqual([expect.stringContaining('APP_SECRET_KEY')])
})

describe('NODE_ENV', () => {
  const real = { DATABASE_URL: 'postgresql://db/x', APP_SECRET_KEY: SECRET_KEY }

  test.each(['Production', 'PRODUCTION', 'prod', 'production ', ' production', 'Development', 'staging', 'dev'])(
    '%j counts as production, with a warning',
    (NODE_ENV) => {
      const { production, warnings, graphiql, emailProviders } = parseConfig({ ...real, NODE_ENV })
      expect({ production, graphiql, emailProviders }).toEqual({
        production: true,
        graphiql: false,
        emailProviders: [],
      })
      expect(warnings).toEqual([
        `NODE_ENV is ${JSON.stringify(NODE_ENV)}, which is none of production, development, test: it counts as production`,
      ])
      expect(mistakes({ NODE_ENV }).map((line) => line.split(' ')[0])).toEqual(['DATABASE_URL', 'APP_SECRET_KEY'])
    },
  )

  test.each([
    ['production', true],
    ['development', false],
    ['test', false],
    ['', false],
  ])('%j needs no warning', (NODE_ENV, production) => {
    expect(parseConfig({ ...real, NODE_ENV })).toMatchObject({ production, warnings: [] })
  })

  test('of a megabyte is not repeated', () => {
    const [warning = ''] = parseConfig({ ...real, NODE_ENV: 'x'.repeat(1_000_000) }).warnings
    expect(warning.length).toBeLessThan(300)
  })
})

describe('APP_SECRET_KEY', () => {
  const database = { DATABASE_URL: 'postgresql://db/x' }

  test.each([
    [database, 'with DATABASE_URL'],
    [{ ...database, NODE_ENV: 'development' }, 'with DATABASE_URL'],
    [{ ...database, APP_SECRET_KEY: ' ' }, 'with DATABASE_URL'],
    [{ PORT: '0.0.0.0:3000' }, 'to listen on 0.0.0.0'],
    [{ PORT: '10.1.2.3:3000', NODE_ENV: 'test' }, 'to listen on 10.1.2.3'],
  ])('is required by %j', (env, when) => {
    expect(mistakes(env)).toEqual([
      `APP_SECRET_KEY is missing: it is needed ${when}, for example the output of \`openssl rand -hex 32\``,
    ])
  })

  test.each(['x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', ' x\n'])('cannot be %j', (APP_SECRET_KEY) => {
    const mistake = 'APP_SECRET_KEY is a single character: make one with `openssl rand -hex 32`'
    for (const env of [{}, database]) expect(mistakes({ ...env, APP_SECRET_KEY })).toEqual([mistake])
  })

  test('cannot be a public example, in development either', () => {
    expect(mistakes({ APP_SECRET_KEY: 'a-long-random-text' })).toEqual([
      'APP_SECRET_KEY is a public example: make one with `openssl rand -hex 32`',
    ])
  })

  test('with fewer than 32 characters brings a warning with the command that makes a better one', () => {
    const warningsWith = (length: number) =>
      parseConfig({ ...database, APP_SECRET_KEY: SECRET_KEY.slice(0, length) }).warnings
    expect(warningsWith(31)).toEqual([
      expect.stringMatching(/^APP_SECRET_KEY has fewer than 32 characters.*: make one with `openssl rand -hex 32`/),
    ])
    expect(warningsWith(32)).toEqual([])
  })

  test('is made up where there is neither a secret nor a database, at random, for this machine only', () => {
    const { secretKey, host, port, warnings } = parseConfig({})
    expect(secretKey).toMatch(/^[\da-f]{64}$/)
    expect({ host, port, warnings }).toEqual({ host: '127.0.0.1', port: 3000, warnings: [] })
    expect(parseConfig({ PORT: '127.0.0.2:80' })).toMatchObject({ secretKey, host: '127.0.0.2', port: 80 })
    expect(parseConfig({ APP_SECRET_KEY: SECRET_KEY })).toMatchObject({ secretKey: SECRET_KEY, host: undefined })
  })

  test('that was made up is kept, readable by its owner only, and differs between installations', () => {
    const folder = temporaryFolder()
    const file = join(folder, 'data/secret')
    const secret = madeUpSecret(file)
    expect(madeUpSecret(file)).toBe(secret)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'data'))).toEqual(['secret'])
    expect(madeUpSecret(join(folder, 'other'))).not.toBe(secret)
  })

  test.each([
    ['is a part of one', '0123456789abcdef'],
    ['has another character', `${'0123456789abcdef'.repeat(4).slice(1)}x`],
    ['is longer', '0123456789abcdef'.repeat(5)],
    ['is empty', '\n'],
  ])('that was made up and %s is refused', (_, text) => {
    const file = fileWith(text)
    expect(() => madeUpSecret(file)).toThrow(/^the file `secret` there is damaged\. Delete it, /)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('is made up once by processes that start at the same time', async () => {
    const file = join(temporaryFolder(), 'secret')
    const script = `import { madeUpSecret } from ${JSON.stringify(join(import.meta.dirname, '../../src/config/secret.ts'))}
      process.on('message', () => { process.send(madeUpSecret(${JSON.stringify(file)})); process.disconnect() })
      process.send('ready')`
    const children = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ipc', 'ignore', 'ignore'],
        })
        await once(child, 'message')
        return child
      }),
    )
    const secrets = await Promise.all(
      children.map(async (child) => {
        child.send('go')
        return (await once(child, 'message'))[0]
      }),
    )
    expect(new Set(secrets)).toEqual(new Set([readFileSync(file, 'utf8').trim()]))
  })
})

describe('APP_SECRET_KEY_FILE', () => {
  test.each([
    ['is missing', () => join(temporaryFolder(), 'missing'), /ENOENT/],
    ['is a folder', temporaryFolder, /EISDIR/],
    ['has no end', () => '/dev/zero', /it is larger than 10000 bytes/],
    ['is empty', () => fileWith(''), /it is empty/],
    ['has white space only', () => fileWith(' \n\n'), /it is empty/],
  ])('that %s is one mistake among the others', (_, file, says) => {
    const lines = mistakes({ APP_SECRET_KEY_FILE: file(), PORT: 'many', DATABASE_URL: 'postgresql://db/x' })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^PORT /)
    expect(lines[1]).toMatch(/^APP_SECRET_KEY_FILE cannot be read: /)
    expect(lines[1]).toMatch(says)
  })

  test('is held to the same rules as APP_SECRET_KEY', () => {
    expect(mistakes({ APP_SECRET_KEY_FILE: fileWith('x') })).toEqual([
      expect.stringMatching(/^APP_SECRET_KEY_FILE is a single character/),
    ])
    expect(parseConfig({ APP_SECRET_KEY_FILE: fileWith('short') }).warnings).toEqual([
      expect.stringMatching(/^APP_SECRET_KEY_FILE has fewer than 32 characters/),
    ])
  })
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'key')
  writeFileSync(file, text)
  return file
}

test('whether only voters are told of the revealing stage is true or false, and nothing else', () => {
  const read = (NOTIFY_ONLY_VOTERS_OF_REVEALING: string) =>
    parseConfig({ NOTIFY_ONLY_VOTERS_OF_REVEALING }).onlyVotersOfRevealing
  expect(parseConfig({}).onlyVotersOfRevealing).toBe(false)
  expect(['true', 'TRUE', '1', 'false', 'False', '0', ''].map(read)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ])
  for (const NOTIFY_ONLY_VOTERS_OF_REVEALING of ['ja', '2', 'true false', 'x'.repeat(1_000_000)]) {
    expect(mistakes({ NOTIFY_ONLY_VOTERS_OF_REVEALING })).toEqual([
      expect.stringMatching(/^ *NOTIFY_ONLY_VOTERS_OF_REVEALING is neither true nor false, for example true$/),
    ])
  }
})

test('the secret may be in a file; APP_SECRET_KEY takes precedence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'key'), 'from a file\n')
  vi.stubEnv('APP_SECRET_KEY', '')
  vi.stubEnv('APP_SECRET_KEY_FILE', join(folder, 'key'))
  expect(loadConfig().secretKey).toBe('from a file')
  vi.stubEnv('APP_SECRET_KEY', 'given')
  expect(loadConfig().secretKey).toBe('given')
  vi.stubEnv('APP_SECRET_KEY', '')
  vi.stubEnv('APP_SECRET_KEY_FILE', join(folder, 'missing'))
  expect(() => loadConfig()).toThrow(/APP_SECRET_KEY_FILE cannot be read: .*missing/)
})

test('an empty variable counts as unset', () => {
  expect(parseConfig({ STARTING_BLOCK: '', PORT: ' ' })).toMatchObject({ startingBlock: undefined, port: 3000 })
})

test.each([
  [{ SENDGRID_API_KEY: 'SG.x' }, 'sendgrid'],
  [{ MAILGUN_API_KEY: 'key', MAILGUN_DOMAIN: 'mg.example.org' }, 'mailgun'],
  [{ SMTP_URL: 'smtp://localhost:25' }, 'smtp'],
])('a provider is what its variables say: %o', (variables, name) => {
  expect(
    parseConfig({ ...variables, EMAIL_SENDER: 'a@example.org' }).emailProviders.map((provider) => provider.name),
  ).toEqual([name])
  expect(mistakes(variables)).toEqual([expect.stringContaining('EMAIL_SENDER is missing')])
})

const ALL_PROVIDERS = {
  SENDGRID_API_KEY: 'SG.x',
  MAILGUN_API_KEY: 'key',
  MAILGUN_DOMAIN: 'mg.example.org',
  SMTP_URL: 'smtp://localhost:25',
  EMAIL_SENDER: 'a@example.org',
}

test('of several providers one is used, unless EMAIL_PROVIDERS names those to use and their order', () => {
  const used = (variables: Record<string, string>) => {
    const { emailProviders, warnings } = parseConfig({ ...ALL_PROVIDERS, ...variables })
    return [emailProviders.map(({ name }) => name).join(), warnings.filter((text) => /is not used/.test(text)).length]
  }
  expect(used({})).toEqual(['sendgrid', 2])
  expect(used({ EMAIL_PROVIDERS: 'smtp' })).toEqual(['smtp', 2])
  expect(used({ EMAIL_PROVIDERS: ' SMTP, mailgun ' })).toEqual(['smtp,mailgun', 1])
  expect(used({ EMAIL_PROVIDERS: 'smtp,sendgrid,mailgun' })).toEqual(['smtp,sendgrid,mailgun', 0])
})

test.each([
  ['sendgrid,brevo', /^ *EMAIL_PROVIDERS has a name that is none of sendgrid, mailgun, smtp/],
  ['smtp,smtp', /^ *EMAIL_PROVIDERS has a name twice/],
  ['sendgrid,,smtp', /^ *EMAIL_PROVIDERS has a name that is none of/],
  ['constructor', /^ *EMAIL_PROVIDERS has a name that is none of/],
])('EMAIL_PROVIDERS=%s is a mistake in our words', (EMAIL_PROVIDERS, said) => {
  expect(mistakes({ ...ALL_PROVIDERS, EMAIL_PROVIDERS })).toEqual([expect.stringMatching(said)])
})

test('each provider in EMAIL_PROVIDERS has to be configured', () => {
  const { SMTP_URL: _, ...others } = ALL_PROVIDERS
  expect(mistakes({ ...others, EMAIL_PROVIDERS: 'sendgrid,smtp' })).toEqual([
    expect.stringMatching(/SMTP_URL is missing: it is needed with smtp in EMAIL_PROVIDERS/),
  ])
})

test.each([
  ['SENDGRID_API_KEY', ['key', 'SG.', '"SG.a.b"', 'SG.a b', 'SG.a\nb', 'SG.schlüssel', 'Bearer SG.a.b']],
  ['MAILGUN_API_KEY', ['my key', "'key-1'", 'key-1\nkey-2', 'clé']],
  ['MAILGUN_DOMAIN', ['example', 'https://mg.example.org', 'mg.example.org/v3', 'mg..org', 'mg example.org']],
] as const)('a malformed %s is a mistake in our words', (name, values) => {
  const variables = { EMAIL_SENDER: 'a@example.org', MAILGUN_API_KEY: 'key', MAILGUN_DOMAIN: 'mg.example.org' }
  for (const value of values) {
    expect(mistakes({ ...variables, [name]: value }), value).toEqual([
      expect.stringMatching(new RegExp(`^ *${name} is (no|not) .*, for example \\S+$`)),
    ])
  }
})

test('keys may be surrounded by white space', () => {
  const { emailProviders } = parseConfig({ SENDGRID_API_KEY: ' SG.a-b_c.d\n', EMAIL_SENDER: 'a@example.org' })
  expect(emailProviders).toEqual([{ name: 'sendgrid', apiKey: 'SG.a-b_c.d' }])
})

test('the log levels of the replaced backend are accepted', () => {
  expect(['silly', 'verbose', 'error'].map((APP_LOG_LEVEL) => parseConfig({ APP_LOG_LEVEL }).logLevel)).toEqual([
    'trace',
    'debug',
    'error',
  ])
})

test('INITIAL_MEMBERSHIPS takes the addresses that members can enter, and no others', () => {
  const parse = (email: string | null, env = {}) =>
    parseConfig({ INITIAL_MEMBERSHIPS: JSON.stringify([{ id: 1, name: 'alice', email }]), ...env }).initialMemberships
  for (const email of ['a&b=c/d%e@example.org', 'a@bücher.example', 'jörg@example.org', '用户@例子.广告']) {
    expect(parse(` ${email}`)).toEqual([{ id: 1, name: 'alice', email }])
  }
  expect(parse(null)).toEqual([{ id: 1, name: 'alice', email: null }])
  for (const email of ['alice', 'alice@example', 'a b@example.org']) {
    expect(() => parse(email)).toThrow('INITIAL_MEMBERSHIPS, at 0.email: is not an email address')
  }
  const sendgrid = { SENDGRID_API_KEY: 'SG.a.b', EMAIL_SENDER: 'a@example.org' }
  expect(parse('a@bücher.example', sendgrid)).toHaveLength(1)
  expect(() => parse('jörg@example.org', sendgrid)).toThrow(
    'INITIAL_MEMBERSHIPS: SendGrid takes only ASCII before the @ of an address, as for member 1',
  )
})

test('INITIAL_MEMBERSHIPS may contain line breaks, within strings too', () => {
  const text =
    '[\n  {"id": 1, "name": "alice",\n "email": "alice@example.org"},\r\n {"id": "2", "name": "bob\n the builder"}\n]'
  expect(parseConfig({ INITIAL_MEMBERSHIPS: text }).initialMemberships).toEqual([
    { id: 1, name: 'alice', email: 'alice@example.org' },
    { id: 2, name: 'bob the builder' },
  ])
})

describe('the keys of webhooks', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const MAILGUN = '0123456789abcdef0123456789abcdef'

  test.each([der, ` ${der}\n`, pem, pem.trim(), pem.replaceAll('\n', '\\n'), pem.replaceAll('\n', ' ')])(
    'SendGrid shows one in base64, and PEM is the same: %#',
    (SENDGRID_WEBHOOK_KEY) => {
      const { webhookKeys, warnings } = parseConfig({ SENDGRID_WEBHOOK_KEY, MAILGUN_WEBHOOK_KEY: ` ${MAILGUN}` })
      expect(webhookKeys.sendgrid?.equals(publicKey)).toBe(true)
      expect(webhookKeys.mailgun).toBe(MAILGUN)
      expect(warnings).toEqual([])
    },
  )

  test('are absent by default, and nothing is said about it', () => {
    expect(parseConfig({})).toMatchObject({ webhookKeys: {}, warnings: [] })
    expect(parseConfig({ SENDGRID_WEBHOOK_KEY: ' ', MAILGUN_WEBHOOK_KEY: '' }).webhookKeys).toEqual({})
  })

  const other = (namedCurve: string) =>
    generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  test.each([
    'SG.a.b',
    `"${der}"`,
    der.slice(0, 40),
    other('secp384r1'),
    other('secp256k1'),
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'x'.repeat(1_000_000),
    'MFkwEwYHKoZIzj0CAQYI...',
  ])('SENDGRID_WEBHOOK_KEY is no other key: %#', (SENDGRID_WEBHOOK_KEY) => {
    expect(mistakes({ SENDGRID_WEBHOOK_KEY })).toEqual([
      "SENDGRID_WEBHOOK_KEY is no verification key of SendGrid's signed Event Webhook: it begins with MFkw and has no quotes, for example MFkwEwYHKoZIzj0CAQYI...",
    ])
  })

  test('whoever guesses the one of Mailgun could make reports up', () => {
    expect(mistakes({ MAILGUN_WEBHOOK_KEY: 'two words' })[0]).toMatch(/^MAILGUN_WEBHOOK_KEY is no webhook signing key/)
    expect(mistakes({ MAILGUN_WEBHOOK_KEY: '0123456789abcdef...' })).toHaveLength(1)
    expect(mistakes({ MAILGUN_WEBHOOK_KEY: 'aaaa' })).toEqual([
      'MAILGUN_WEBHOOK_KEY is a single character: copy the one that Mailgun shows',
    ])
    expect(parseConfig({ MAILGUN_WEBHOOK_KEY: 'a-short-key' }).warnings).toEqual([
      'MAILGUN_WEBHOOK_KEY has fewer than 32 characters, so it can be guessed: copy the one that Mailgun shows',
    ])
  })
})

test('.env.example documents every variable, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../.env.example'), 'utf8')
  const documented = [...text.matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(documented.sort()).toEqual(Object.keys(environment.shape).sort())
  for (const [name, schema] of Object.entries(environment.shape)) {
    expect(text, name).toContain(String(schema.meta()?.description))
  }
})

test('a delay that would make all news too old is a mistake', () => {
  expect(mistakes({ EMAIL_DELAY_SECONDS: '3600', EMAIL_MAX_AGE_DAYS: '0.01' })).toEqual([
    'EMAIL_DELAY_SECONDS is as long as EMAIL_MAX_AGE_DAYS: no news would be emailed',
  ])
  expect(parseConfig({ EMAIL_DELAY_SECONDS: '3600' })).toMatchObject({ emailDelaySeconds: 3_600 })
  for (const variable of ['EMAIL_DELAY_SECONDS', 'EMAILS_PER_HOUR']) {
    for (const value of ['-1', '1.5', 'many', '1e9']) expect(mistakes({ [variable]: value })).toHaveLength(1)
  }
})

test("the README's table has every variable, with its description", () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../README.md'), 'utf8')
  for (const [name, schema] of Object.entries(environment.shape)) {
    expect(text).toContain(`| \`${name}\` | ${schema.meta()?.description} |`)
  }
})

test('origins are normalised as browsers send them; anything else is rejected', () => {
  const { corsOrigins } = parseConfig({ CORS_ORIGIN: 'https://pioneerapp.xyz/, http://localhost:8080 ,' })
  expect(corsOrigins).toEqual(['https://pioneerapp.xyz', 'http://localhost:8080'])
  expect(() => parseConfig({ CORS_ORIGIN: 'pioneerapp.xyz' })).toThrow(/CORS_ORIGIN.* is not an address such as https/)
})

test('DATABASE_DIRECT_URL without DATABASE_URL is a mistake, and so is one that is no address', () => {
  const url = 'postgresql://db/x'
  expect(parseConfig({ APP_SECRET_KEY: SECRET_KEY, DATABASE_URL: url, DATABASE_DIRECT_URL: `${url}1` })).toMatchObject({
    databaseUrl: url,
    databaseDirectUrl: `${url}1`,
  })
  expect(mistakes({ APP_SECRET_KEY: SECRET_KEY, DATABASE_DIRECT_URL: url })).toEqual([
    expect.stringContaining('DATABASE_URL is missing'),
  ])
  const given = { APP_SECRET_KEY: SECRET_KEY, DATABASE_URL: `${url}?schema=a` }
  expect(mistakes({ ...given, DATABASE_DIRECT_URL: `${url}?schema=a` })).toEqual([])
  for (const other of [url, `${url}?schema=b`]) {
    expect(mistakes({ ...given, DATABASE_DIRECT_URL: other })).toEqual([
      expect.stringContaining('DATABASE_DIRECT_URL has another schema than DATABASE_URL'),
    ])
  }
  expect(mistakes({ APP_SECRET_KEY: SECRET_KEY, DATABASE_URL: url, DATABASE_DIRECT_URL: 'db' })).toEqual([
    expect.stringMatching(/^DATABASE_DIRECT_URL is not an address/),
  ])
})

test('APP_SECRET_KEY_PREVIOUS needs another APP_SECRET_KEY, and no public example', () => {
  const url = 'postgresql://db/x'
  const given = { NODE_ENV: 'production', DATABASE_URL: url, APP_SECRET_KEY: 'the secret from now on' }
  const previous = (text: string) => ({ ...given, APP_SECRET_KEY_PREVIOUS: text })
  expect(parseConfig(previous('the secret until now'))).toMatchObject({ previousSecretKey: 'the secret until now' })
  expect(parseConfig(previous(' ')).previousSecretKey).toBeUndefined()
  expect(mistakes(previous(given.APP_SECRET_KEY))).toEqual([
    expect.stringMatching(/^APP_SECRET_KEY_PREVIOUS is the same/),
  ])
  expect(mistakes({ APP_SECRET_KEY_PREVIOUS: 'alone' })).toEqual([
    expect.stringMatching(/^APP_SECRET_KEY is missing: it is needed with APP_SECRET_KEY_PREVIOUS/),
  ])
  for (const text of ['a-long-random-text', 'the-long-random-text-before', 'development only']) {
    expect(mistakes(previous(text))).toEqual([
      expect.stringMatching(/^APP_SECRET_KEY_PREVIOUS is a public example: make one/),
    ])
  }
})

test('APP_SECRET_KEY_PREVIOUS may be in a file too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'previous')
  writeFileSync(file, 'the secret until now\n')
  vi.stubEnv('APP_SECRET_KEY', 'the secret from now on')
  vi.stubEnv('APP_SECRET_KEY_PREVIOUS_FILE', file)
  expect(loadConfig().previousSecretKey).toBe('the secret until now')
  vi.stubEnv('APP_SECRET_KEY_PREVIOUS_FILE', join(folder, 'missing'))
  expect(() => loadConfig()).toThrow(/APP_SECRET_KEY_PREVIOUS_FILE cannot be read/)
})
