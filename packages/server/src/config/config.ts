import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { cut } from '../lib/cut.ts'
import { hasUnicodeMailbox, parseSender } from '../lib/email-address.ts'
import { readDatabaseUrl } from './database-url.ts'
import { readEnvFile } from './dotenv.ts'
import { PROVIDER_NAMES, PROVIDER_VARIABLES, type ProviderName } from './email-providers.ts'
import { environment, type InitialMembership, LOG_LEVELS } from './environment.ts'
import { misspeltVariables } from './misspelt.ts'
import { judgeSecret, madeUpSecret, secretInFile, secretIsNeeded } from './secret.ts'

/** The folder that holds package.json, .env and .data. */
const ROOT = resolve(import.meta.dirname, '../../../..')
/** The second is where the replaced backend had it; the first comes before it. */
const ENV_FILES = ['.env', 'packages/server/.env']

export type EmailProvider =
  | { name: 'sendgrid'; apiKey: string }
  | { name: 'mailgun'; apiKey: string; domain: string; apiUrl: string }
  | { name: 'smtp'; url: string }
  | { name: 'mailbox'; folder: string }

export type Config = ReturnType<typeof parseConfig>

/** Lists every mistake in the environment. */
export class ConfigError extends Error {
  override name = 'ConfigError'

  readonly warnings: readonly string[]

  /** @param warnings about what is no mistake, and may explain one */
  constructor(message: string, warnings: readonly string[] = []) {
    super(message)
    this.warnings = warnings
  }

  /** All of it, and the warnings that this process has not printed yet. */
  report(): string {
    return [this.message, ...newWarnings(this).map((text) => `Configuration: ${text}`)].join('\n')
  }
}

const said = new Set<string>()

/** The warnings that this process has not asked for yet: it may load its configuration several times. */
export function newWarnings({ warnings }: { warnings: readonly string[] }): string[] {
  const fresh = warnings.filter((text) => !said.has(text))
  for (const text of fresh) said.add(text)
  return fresh
}

const LOOPBACK = '127.0.0.1'
/** Everything else is production: a misspelt name closes doors. */
const NOT_PRODUCTION = ['development', 'test']
const MOST_MISTAKES = 20
const DAY_SECONDS = 24 * 60 * 60
const MOST_QUOTED = 60

/**
 * Parses an environment. Where it names neither a database nor a secret, outside production, a secret is made up and kept.
 * @param env variables by name; an empty one counts as absent
 * @param mistakes found so far; @param warnings likewise. This adds its own
 * @throws ConfigError with one line for each mistake: the name, what is wrong, an example
 */
export function parseConfig(env: Record<string, string | undefined>, mistakes: string[] = [], warnings: string[] = []) {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()))
  const parsed = environment.safeParse(given)
  if (!parsed.success) mistakes.push(...parsed.error.issues.map(describe))

  const missing = (name: keyof typeof environment.shape, when: string) => {
    if (!given[name]) mistakes.push(`${name} is missing: it is needed ${when}, for example ${exampleOf(name)}`)
  }
  const { NODE_ENV = 'development' } = given
  const production = !NOT_PRODUCTION.includes(NODE_ENV)
  if (production && NODE_ENV !== 'production') {
    const known = ['production', ...NOT_PRODUCTION].join(', ')
    warnings.push(`NODE_ENV is ${quoted(NODE_ENV)}, which is none of ${known}: it counts as production`)
  }
  if (production) missing('DATABASE_URL', 'in production')
  const secret = givenSecret('APP_SECRET_KEY', given, mistakes, warnings)
  const host = parsed.data?.PORT.host
  const opens = host !== undefined && !host.startsWith('127.')
  if (secret === undefined) {
    if (given.DATABASE_URL) mistakes.push(secretIsNeeded('with DATABASE_URL'))
    else if (production) mistakes.push(secretIsNeeded('in production'))
    else if (opens) mistakes.push(secretIsNeeded(`to listen on ${host}`))
  }
  const previous = givenSecret('APP_SECRET_KEY_PREVIOUS', given, mistakes, warnings)
  if (previous !== undefined) {
    if (secret === undefined) mistakes.push(secretIsNeeded('with APP_SECRET_KEY_PREVIOUS'))
    if (previous === secret) mistakes.push('APP_SECRET_KEY_PREVIOUS is the same as APP_SECRET_KEY: nothing is changed')
  }
  if (given.DATABASE_DIRECT_URL) missing('DATABASE_URL', 'with DATABASE_DIRECT_URL')
  const schemas = [parsed.data?.DATABASE_URL, parsed.data?.DATABASE_DIRECT_URL].flatMap((url) =>
    url === undefined ? [] : readDatabaseUrl(url).schema,
  )
  if (new Set(schemas).size > 1) {
    mistakes.push('DATABASE_DIRECT_URL has another schema than DATABASE_URL: give both the same ?schema=')
  }
  if (given.MAILGUN_API_KEY) missing('MAILGUN_DOMAIN', 'with MAILGUN_API_KEY')
  if (production && parsed.data?.PUBLIC_URL?.startsWith('http:')) {
    mistakes.push(
      `PUBLIC_URL is not https, without which mailbox providers unsubscribe nobody, for example ${exampleOf('PUBLIC_URL')}`,
    )
  }
  const configured = PROVIDER_NAMES.filter((name) => given[PROVIDER_VARIABLES[name]])
  const used: ProviderName[] = parsed.data?.EMAIL_PROVIDERS ?? configured.slice(0, 1)
  for (const name of used) missing(PROVIDER_VARIABLES[name], `with ${name} in EMAIL_PROVIDERS`)
  if (used.length) missing('EMAIL_SENDER', 'to send emails')

  const { EMAIL_DELAY_SECONDS: delay = 0, EMAIL_MAX_AGE_DAYS: days = 1 } = parsed.data ?? {}
  if (delay >= days * DAY_SECONDS) {
    mistakes.push('EMAIL_DELAY_SECONDS is as long as EMAIL_MAX_AGE_DAYS: no news would be emailed')
  }

  const judge = (name: 'METRICS_TOKEN' | 'MAILGUN_WEBHOOK_KEY', advice?: string) => {
    const secret = given[name]?.trim()
    if (!secret) return
    const { mistake, warning } = judgeSecret(name, secret, PUBLIC_EXAMPLES, advice)
    if (mistake) mistakes.push(mistake)
    if (warning) warnings.push(warning)
  }
  judge('METRICS_TOKEN')
  // Whoever knows it can forge reports.
  judge('MAILGUN_WEBHOOK_KEY', 'copy the one that Mailgun shows')
  if (used.includes('sendgrid')) {
    if (hasUnicodeMailbox(parseSender(parsed.data?.EMAIL_SENDER ?? '')?.address ?? '')) {
      mistakes.push(`EMAIL_SENDER: SendGrid takes only ASCII before the @, for example ${exampleOf('EMAIL_SENDER')}`)
    }
    for (const { id, email } of parsed.data?.INITIAL_MEMBERSHIPS ?? []) {
      if (!email || !hasUnicodeMailbox(email)) continue
      mistakes.push(`INITIAL_MEMBERSHIPS: SendGrid takes only ASCII before the @ of an address, as for member ${id}`)
    }
  }

  const dataFolder = join(ROOT, '.data')
  let secretKey = secret
  if (parsed.success && !mistakes.length) {
    try {
      secretKey ??= madeUpSecret(join(dataFolder, 'secret'))
    } catch (error) {
      mistakes.push(`APP_SECRET_KEY is missing, and none can be kept in .data: ${(error as Error).message}`)
    }
  }
  if (!parsed.success || !secretKey || mistakes.length) {
    const more = mistakes.length > MOST_MISTAKES ? [`and ${mistakes.length - MOST_MISTAKES} more`] : []
    const lines = [...mistakes.slice(0, MOST_MISTAKES), ...more].map((text) => `  ${text}`)
    throw new ConfigError(['The environment has mistakes:', ...lines].join('\n'), warnings)
  }

  const values = parsed.data
  warnings.push(...oddProviders(given, used), ...oddMemberships(values.INITIAL_MEMBERSHIPS))
  return {
    production,
    /** Absent outside production only: then an embedded PostgreSQL is started. */
    databaseUrl: values.DATABASE_URL,
    /** The same database without a pooler. Absent: databaseUrl leads to PostgreSQL itself. */
    databaseDirectUrl: values.DATABASE_DIRECT_URL,
    /** Files of the embedded PostgreSQL and the development mailbox. */
    dataFolder,
    secretKey,
    isSecretMadeUp: secret === undefined,
    /** Verifies tokens, and signs none. */
    previousSecretKey: previous,
    port: values.PORT.port,
    /** Absent: listen on every address. A made-up secret is for this machine alone. */
    host: secret === undefined ? (host ?? LOOPBACK) : host,
    /** The API's own address. Absent: not configured. */
    publicUrl: values.PUBLIC_URL ?? values.RENDER_EXTERNAL_URL,
    corsOrigins: values.CORS_ORIGIN,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION,
    /** Absent: not configured. */
    trustedProxies: values.TRUSTED_PROXIES,
    /** Of one network; 0: no limit. */
    requestsPerMinute: values.REQUESTS_PER_MINUTE,
    /** Absent: no metrics are served. */
    metricsToken: values.METRICS_TOKEN,
    logLevel: LOG_LEVELS[values.APP_LOG_LEVEL],
    queryNodeEndpoint: values.QUERY_NODE_ENDPOINT,
    pioneerUrl: values.PIONEER_URL,
    startingBlock: values.STARTING_BLOCK,
    notifyCron: values.NOTIFY_CRON,
    notifyIntervalSeconds: values.NOTIFY_INTERVAL,
    emailSender: values.EMAIL_SENDER ?? 'Pioneer <notifications@localhost>',
    emailMaxAgeMs: values.EMAIL_MAX_AGE_DAYS * 24 * 60 * 60 * 1000,
    /** To one member; 0: no limit. */
    emailsPerHour: values.EMAILS_PER_HOUR,
    emailDelaySeconds: values.EMAIL_DELAY_SECONDS,
    whyDays: values.WHY_DAYS,
    /** By type of proposal: what replaces the known lengths. */
    proposalLengths: values.PROPOSAL_LENGTHS,
    onlyVotersOfRevealing: values.NOTIFY_ONLY_VOTERS_OF_REVEALING,
    /** What verifies the reports of email providers. */
    webhookKeys: { sendgrid: values.SENDGRID_WEBHOOK_KEY, mailgun: values.MAILGUN_WEBHOOK_KEY },
    /** In the order in which they are used. None: nothing is emailed. */
    emailProviders: chooseProviders(values, used, production ? undefined : join(dataFolder, 'mailbox')),
    /** Of one process, to each provider. 0: no limit. */
    emailRatePerSecond: values.EMAIL_RATE_PER_SECOND,
    initialMemberships: values.INITIAL_MEMBERSHIPS.map(
      ({ id, name, email, receiveEmails }): InitialMembership => ({ id, name, email, receiveEmails }),
    ),
    /** What is odd, and no mistake. */
    warnings: warnings as readonly string[],
  }
}

/**
 * Reads the configuration of this process from its environment, and from .env for variables that are not set or empty.
 * @throws ConfigError as parseConfig does
 */
export function loadConfig(): Config {
  const mistakes: string[] = []
  const warnings: string[] = []
  const inFile = new Set<string>()
  for (const file of ENV_FILES) {
    try {
      const { values, names, referred, warnings: odd } = readEnvFile(join(ROOT, file), file, process.env)
      warnings.push(...odd)
      Object.assign(process.env, values)
      for (const name of names) if (!referred.has(name)) inFile.add(name)
    } catch (error) {
      mistakes.push(`${file} cannot be read: ${(error as Error).message}`)
    }
  }
  warnings.push(...misspeltVariables(process.env, Object.keys(environment.shape), inFile))
  return parseConfig(process.env, mistakes, warnings)
}

type SecretName = 'APP_SECRET_KEY' | 'APP_SECRET_KEY_PREVIOUS'
type Given = Record<string, string | undefined>

/** The secret of a variable or of the file that its sibling names; empty when it is a mistake. */
function givenSecret(variable: SecretName, given: Given, mistakes: string[], warnings: string[]) {
  const inFile = `${variable}_FILE` as const
  const file = given[inFile]?.trim()
  let secret = given[variable]?.trim()
  if (!secret && !file) return undefined
  try {
    secret ??= secretInFile(file ?? '')
  } catch (error) {
    mistakes.push(`${inFile} cannot be read: ${(error as Error).message}`)
    return ''
  }
  const name = given[variable] ? variable : inFile
  const { mistake, warning } = judgeSecret(name, secret, PUBLIC_EXAMPLES)
  if (mistake) mistakes.push(mistake)
  if (warning) warnings.push(warning)
  return secret
}

/** @param mailbox where emails are written if there is no provider */
function chooseProviders(
  values: z.output<typeof environment>,
  used: readonly ProviderName[],
  mailbox: string | undefined,
): EmailProvider[] {
  const { SENDGRID_API_KEY, MAILGUN_API_KEY, MAILGUN_DOMAIN, MAILGUN_API_URL, SMTP_URL } = values
  const chosen = used.flatMap((name): EmailProvider[] => {
    if (name === 'sendgrid') return SENDGRID_API_KEY ? [{ name, apiKey: SENDGRID_API_KEY }] : []
    if (name === 'smtp') return SMTP_URL ? [{ name, url: SMTP_URL }] : []
    if (!MAILGUN_API_KEY || !MAILGUN_DOMAIN) return []
    return [{ name, apiKey: MAILGUN_API_KEY, domain: MAILGUN_DOMAIN, apiUrl: MAILGUN_API_URL }]
  })
  return chosen.length || mailbox === undefined ? chosen : [{ name: 'mailbox', folder: mailbox }]
}

/** What of the providers is configured and not used. */
function oddProviders(given: Record<string, string | undefined>, used: readonly ProviderName[]): string[] {
  const first = used.map((name) => PROVIDER_VARIABLES[name]).join(', then ')
  const unused = PROVIDER_NAMES.filter((name) => !used.includes(name)).map((name) => PROVIDER_VARIABLES[name])
  const parts = given.MAILGUN_API_KEY ? [] : ['MAILGUN_DOMAIN', 'MAILGUN_API_URL'].filter((name) => given[name])
  return [
    ...unused.filter((name) => given[name]).map((name) => `${name} is not used: emails are sent with ${first}`),
    ...parts.map((name) => `${name} is not used: MAILGUN_API_KEY is not set`),
  ]
}

/** What of INITIAL_MEMBERSHIPS is read and not used. */
function oddMemberships(members: z.output<typeof environment>['INITIAL_MEMBERSHIPS']): string[] {
  const ids = new Set<number>()
  const twice = new Set<number>()
  const unknown = new Set<string>()
  for (const { id, name, email, receiveEmails, ...others } of members) {
    if (ids.has(id)) twice.add(id)
    ids.add(id)
    for (const field of Object.keys(others)) unknown.add(field)
  }
  const list = (items: Iterable<number | string>) => cut([...items].slice(0, 10).join(', '), MOST_QUOTED)
  return [
    ...(twice.size ? [`INITIAL_MEMBERSHIPS has members twice, of whom the first counts: ${list(twice)}`] : []),
    ...(unknown.size ? [`INITIAL_MEMBERSHIPS has fields that are not read: ${list(unknown)}`] : []),
  ]
}

function describe(issue: z.core.$ZodIssue): string {
  const [name, ...inside] = issue.path
  const place = inside.length ? `, at ${inside.join('.')}:` : ''
  const params = issue.code === 'custom' ? issue.params : undefined
  if (params?.isComplete) return `${String(name)}${place} ${issue.message}`
  const write: unknown = params?.write
  const hint = write ? `: write ${write}` : `, for example ${exampleOf(name as keyof typeof environment.shape)}`
  return `${String(name)}${place} ${issue.message}${hint}`
}

/** With one of these, anybody can sign: the examples, and what version 0.1.0 made up. */
const PUBLIC_EXAMPLES = [
  'a-long-random-text',
  'the-long-random-text-before',
  'another-long-random-text',
  'development only',
]

const exampleOf = (name: keyof typeof environment.shape) => environment.shape[name].meta()?.example

/** A value that may be anything, for a message. */
const quoted = (text: string) => JSON.stringify(cut(text, MOST_QUOTED))
