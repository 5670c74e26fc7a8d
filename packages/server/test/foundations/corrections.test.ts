import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { environment } from '../../src/config/environment.ts'
import { misspeltVariables } from '../../src/config/misspelt.ts'
import { mistakes } from '../support/configuration.ts'

const complete = { EMAIL_SENDER: 'a@example.org' }

const warnings = (env: Record<string, string>) => parseConfig({ ...complete, ...env }).warnings

test.each([
  ['PIONEER_URL', 'https://pioneerapp.xyz/#/', 'has a ? or #, and paths are added to it: write https://pioneerapp.xyz'],
  ['PIONEER_URL', 'https://pioneerapp.xyz#', 'has a ? or #, and paths are added to it: write https://pioneerapp.xyz'],
  ['PIONEER_URL', 'https://dao.org/app/?a=1#b', 'has a ? or #, and paths are added to it: write https://dao.org/app'],
  ['PIONEER_URL', 'https://dao.org?', 'has a ? or #, and paths are added to it: write https://dao.org'],
  ['PIONEER_URL', 'https://me:hunter2@dao.org', 'has a user or password: write https://dao.org/'],
  [
    'PIONEER_URL',
    'pioneerapp.xyz',
    'is not an address such as https://pioneerapp.xyz, for example https://pioneerapp.xyz',
  ],
  ['QUERY_NODE_ENDPOINT', 'https://query.joystream.org/graphql#x', /^has a #, and what follows it is never sent, for/],
  ['CORS_ORIGIN', '*', /^has a \*: list the origins, or unset it for any origin, for example https/],
  ['CORS_ORIGIN', 'https://*.dao.org', /^has a \*: list the origins/],
  ['CORS_ORIGIN', 'https://dao.org,http://localhost:*', /^has a \*: list the origins/],
  ['CORS_ORIGIN', 'https://a.org;https://b.org', /^separates origins by .*: write https:\/\/a.org,https:\/\/b.org$/],
  [
    'CORS_ORIGIN',
    'https://a.org; https://b.org, https://c.org',
    /: write https:\/\/a.org,https:\/\/b.org,https:\/\/c.org$/,
  ],
  ['CORS_ORIGIN', 'https://a.org https://b.org', /^separates origins by .*: write https:\/\/a.org,https:\/\/b.org$/],
  ['CORS_ORIGIN', 'https://a.org\nhttps://b.org', /^separates origins by .*: write https:\/\/a.org,https:\/\/b.org$/],
  [
    'MAILGUN_API_URL',
    'https://api.eu.mailgun.net/v3',
    /^has the version of the API.*: write https:\/\/api.eu.mailgun.net$/,
  ],
  ['MAILGUN_API_URL', 'https://api.mailgun.net/v3/', /: write https:\/\/api.mailgun.net$/],
  ['MAILGUN_API_URL', 'https://api.mailgun.net/v3/mg.example.org/messages', /: write https:\/\/api.mailgun.net$/],
  ['MAILGUN_API_URL', 'https://gate.example.org/mail/v4', /: write https:\/\/gate.example.org\/mail$/],
  ['MAILGUN_API_URL', 'https://api.mailgun.net?x', /^has a \? or #.*: write https:\/\/api.mailgun.net$/],
  ['PORT', '99999', 'is over 65535, the highest port, for example 3000'],
  ['PORT', '127.0.0.1:99999', 'is over 65535, the highest port, for example 3000'],
  ['PORT', '127.0.0.300:80', 'has an address that does not exist, for example 3000'],
])('%s=%j is a mistake, with its correction', (name, value, says) => {
  const [line = '', ...others] = mistakes({ [name]: value })
  expect(others).toEqual([])
  expect(line.slice(0, name.length + 1)).toBe(`${name} `)
  const rest = line.slice(name.length + 1)
  if (typeof says === 'string') expect(rest).toBe(says)
  else expect(rest).toMatch(says)
  expect(line).not.toContain('hunter2')
})

test.each([
  ['https://dao.org/app', 'https://dao.org'],
  ['https://dao.org?x', 'https://dao.org'],
  ['https://me:hunter2@dao.org:8443', 'https://dao.org:8443'],
])('CORS_ORIGIN with %s is a mistake: browsers send the origin alone', (origin, write) => {
  expect(mistakes({ CORS_ORIGIN: `https://a.org,${origin}` })).toEqual([
    `CORS_ORIGIN, at 1: has more than an origin: write ${write}`,
  ])
})

test('what a correction gives is accepted', () => {
  expect(parseConfig({ PIONEER_URL: 'https://dao.org/app/' }).pioneerUrl).toBe('https://dao.org/app')
  expect(parseConfig({ CORS_ORIGIN: 'HTTPS://Dao.org:443/ , https://bücher.example' }).corsOrigins).toEqual([
    'https://dao.org',
    'https://xn--bcher-kva.example',
  ])
})

test('a value of a megabyte is not repeated, and of many mistakes only the first are listed', () => {
  const long = 'a'.repeat(1_000_000)
  for (const [name, value] of [
    ['PIONEER_URL', `https://dao.org/${long}#`],
    ['CORS_ORIGIN', `https://dao.org;${long}`],
    ['MAILGUN_API_URL', `https://dao.org/${long}/v3`],
    ['INITIAL_MEMBERSHIPS', long],
    ['PORT', long],
  ] as const) {
    expect(mistakes({ [name]: value }).join('').length, name).toBeLessThan(500)
  }
  const lines = mistakes({ INITIAL_MEMBERSHIPS: JSON.stringify(Array.from({ length: 10_000 }, () => ({}))) })
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('and 19980 more')
})

const ID = 'is not a member id: a whole number from 0'
test.each([
  ['{"id": null, "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": "", "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": " ", "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": true, "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": [], "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": -1, "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": 1.5, "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": "0x10", "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": 2147483648, "name": "alice"}', `at 0.id: ${ID}`],
  ['{"id": "9999999999", "name": "alice"}', `at 0.id: ${ID}`],
  ['{"name": "alice"}', 'at 0.id: is missing'],
  ['[{"id": 1, "name": "a"}, {"id": 2}]', 'at 1.name: is missing'],
  ['{"id": 1, "name": ""}', 'at 0.name: is empty'],
  ['{"id": 1, "name": 5}', 'at 0.name: is not a text'],
  ['{"id": 1, "name": "a\\u0000b"}', 'at 0.name: has a character that no name can have'],
  ['{"id": 1, "name": "a", "email": "nobody"}', 'at 0.email: is not an email address'],
  ['{"id": 1, "name": "a", "receiveEmails": "yes"}', 'at 0.receiveEmails: is neither true nor false'],
  ['null', 'at 0: is not a member'],
  ['5', 'at 0: is not a member'],
  ['[[]]', 'at 0: is not a member'],
])('INITIAL_MEMBERSHIPS=%s is a mistake in our words', (INITIAL_MEMBERSHIPS, says) => {
  const { example } = environment.shape.INITIAL_MEMBERSHIPS.meta() ?? {}
  expect(mistakes({ INITIAL_MEMBERSHIPS })).toEqual([`INITIAL_MEMBERSHIPS, ${says}, for example ${example}`])
})

test('INITIAL_MEMBERSHIPS that is not JSON is a mistake that repeats nothing of it', () => {
  const [line] = mistakes({ INITIAL_MEMBERSHIPS: "[{id: 1, name: 'alice', email: 'alice@example.org'}]" })
  expect(line).toMatch(/^INITIAL_MEMBERSHIPS is not JSON: names and texts need double quotes/)
  expect(line?.split(', for example')[0]).not.toContain('alice')
})

test('INITIAL_MEMBERSHIPS may be one member', () => {
  const text = '{"id": "7", "name": "alice", "email": null, "receiveEmails": false}'
  expect(parseConfig({ INITIAL_MEMBERSHIPS: text }).initialMemberships).toEqual([
    { id: 7, name: 'alice', email: null, receiveEmails: false },
  ])
})

test('fields of INITIAL_MEMBERSHIPS that are not read bring a warning, and so does a member who is there twice', () => {
  const members = [
    { id: 1, name: 'alice', recieveEmails: false },
    { id: '1', name: 'bob', avatar: 'x'.repeat(1_000_000) },
  ]
  expect(warnings({ INITIAL_MEMBERSHIPS: JSON.stringify(members) })).toEqual([
    'INITIAL_MEMBERSHIPS has members twice, of whom the first counts: 1',
    'INITIAL_MEMBERSHIPS has fields that are not read: recieveEmails, avatar',
  ])
})

test('two providers bring a warning that says which one sends', () => {
  const [sendgrid, smtp] = [{ SENDGRID_API_KEY: 'SG.x' }, { SMTP_URL: 'smtp://localhost:25' }]
  const mailgun = { MAILGUN_API_KEY: 'key', MAILGUN_DOMAIN: 'mg.example.org' }
  const unused = (name: string, used: string) => `${name} is not used: emails are sent with ${used}`
  for (const one of [sendgrid, smtp, mailgun]) expect(warnings(one)).toEqual([])
  expect(warnings({ ...sendgrid, ...smtp })).toEqual([unused('SMTP_URL', 'SENDGRID_API_KEY')])
  expect(warnings({ ...mailgun, ...smtp })).toEqual([unused('SMTP_URL', 'MAILGUN_API_KEY')])
  expect(warnings({ ...mailgun, ...smtp, ...sendgrid })).toEqual([
    unused('MAILGUN_API_KEY', 'SENDGRID_API_KEY'),
    unused('SMTP_URL', 'SENDGRID_API_KEY'),
  ])
})

test("Mailgun's domain or address without its key brings a warning", () => {
  const env = { MAILGUN_DOMAIN: 'mg.example.org', MAILGUN_API_URL: 'https://api.eu.mailgun.net' }
  expect(warnings(env)).toEqual(Object.keys(env).map((name) => `${name} is not used: MAILGUN_API_KEY is not set`))
})

const known = Object.keys(environment.shape)
const misspelt = (name: string, others: Record<string, string> = {}, inFile: string[] = []) =>
  misspeltVariables({ [name]: 'x', ...others }, known, new Set(inFile))

test.each([
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['DATABASEURL', 'DATABASE_URL'],
  ['database_url', 'DATABASE_URL'],
  ['APP_SECRETKEY', 'APP_SECRET_KEY'],
  ['APP_SECERT_KEY', 'APP_SECRET_KEY'],
  ['SENDGRID_APIKEY', 'SENDGRID_API_KEY'],
  ['SENDGRID_API_KEYS', 'SENDGRID_API_KEY'],
  ['SMPT_URL', 'SMTP_URL'],
  ['CORS_ORIGINS', 'CORS_ORIGIN'],
  ['QUERY_NODE_ENDPONT', 'QUERY_NODE_ENDPOINT'],
  ['INITIAL_MEMBERSHIP', 'INITIAL_MEMBERSHIPS'],
  ['NODE-ENV', 'NODE_ENV'],
  ['APP_SECRET_KEY_PREV', 'APP_SECRET_KEY_PREVIOUS'],
  ['APP_SECRET_KEY_PREVIOUS_FIL', 'APP_SECRET_KEY_PREVIOUS_FILE'],
  ['APP_SECRET', 'APP_SECRET_KEY'],
  ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
  ['SENDGRID_KEY', 'SENDGRID_API_KEY'],
  ['MAILGUN_KEY', 'MAILGUN_API_KEY'],
  ['METRICS_TOKEN_FILE', 'METRICS_TOKEN'],
  ['INITIAL_MEMBERS', 'INITIAL_MEMBERSHIPS'],
  ['REQUESTS_PER_MIN', 'REQUESTS_PER_MINUTE'],
  ['Port', 'PORT'],
])('%s is taken for a misspelt %s', (name, meant) => {
  expect(misspelt(name)).toEqual([`${name} is not read: did you mean ${meant}?`])
})

test.each([
  'HOST',
  'SPORT',
  'PATH',
  'HOME',
  'HTTP_URL',
  'LOG_LEVEL',
  'npm_config_port',
  'REDIS_PORT',
  'DATABASE_NAME',
  'DATABASE',
  'METRICS',
  'PIONEER',
  'MAILGUN_TIMEOUT',
])('%s in the environment is for another program', (name) => {
  expect(misspelt(name)).toEqual([])
})

test('an abbreviation is reported beside the variable that it extends', () => {
  expect(misspelt('APP_SECRET_KEY_PREV', { APP_SECRET_KEY: 'x' })).toEqual([
    'APP_SECRET_KEY_PREV is not read: did you mean APP_SECRET_KEY_PREVIOUS?',
  ])
})

test('METRICS_TOKEN is judged as secrets are', () => {
  const better = 'make one with `openssl rand -hex 32`'
  for (const token of ['x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']) {
    expect(mistakes({ METRICS_TOKEN: token })).toEqual([`METRICS_TOKEN is a single character: ${better}`])
  }
  const { example = '' } = environment.shape.METRICS_TOKEN.meta() ?? {}
  expect(mistakes({ METRICS_TOKEN: String(example) })).toEqual([`METRICS_TOKEN is a public example: ${better}`])
  expect(warnings({ METRICS_TOKEN: '0123456789abcdef0123456789abcde' })).toEqual([
    `METRICS_TOKEN has fewer than 32 characters, so it can be guessed: ${better}`,
  ])
  expect(warnings({ METRICS_TOKEN: '0123456789abcdef0123456789abcdef' })).toEqual([])
})

test.each([
  'nobody',
  'a@b@example.org',
  'Pioneer a@example.org',
  'a <b> <a@example.org>',
  'a\r\nBcc: x <a@example.org>',
  'a@exa mple.org',
  `a@${'b'.repeat(1_000_000)}`,
])('EMAIL_SENDER=%j is a mistake', (EMAIL_SENDER) => {
  const [line = '', ...others] = mistakes({ EMAIL_SENDER })
  expect(others).toEqual([])
  expect(line).toMatch(/^EMAIL_SENDER (is not an email address|has more than 400 characters).*, for example Pioneer </)
  expect(line.length).toBeLessThan(300)
})

test('SendGrid takes no sender with letters outside ASCII before the @, and other providers do', () => {
  const EMAIL_SENDER = 'Jörg <jörg@bücher.example>'
  expect(mistakes({ EMAIL_SENDER, SENDGRID_API_KEY: 'SG.x' })).toEqual([
    'EMAIL_SENDER: SendGrid takes only ASCII before the @, for example Pioneer <notifications@example.org>',
  ])
  expect(parseConfig({ EMAIL_SENDER, SMTP_URL: 'smtp://localhost' }).emailSender).toBe(
    'Jörg <jörg@xn--bcher-kva.example>',
  )
  expect(mistakes({ EMAIL_SENDER: 'Jörg <news@bücher.example>', SENDGRID_API_KEY: 'SG.x' })).toEqual([])
})

test('a name that only resembles one that is set belongs to another program, unless it is in .env', () => {
  const set = { DATABASE_URL: 'postgresql://db/x' }
  expect(misspelt('DATABASE_URI', set)).toEqual([])
  expect(misspelt('DATABASE_URI', set, ['DATABASE_URI'])).toEqual([
    'DATABASE_URI, in .env, is not read: this service does not know it',
  ])
})

test('of many unknown variables only the first are listed', () => {
  const names = Array.from({ length: 500 }, (_, n) => `UNKNOWN_${n}`)
  const lines = misspeltVariables(Object.fromEntries(names.map((name) => [name, 'x'])), known, new Set(names))
  expect(lines).toHaveLength(11)
  expect(lines.at(-1)).toBe('490 more variables are not read')
})
