import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { hasUnicodeMailbox } from '../lib/email-address.ts'
import { environment, LOG_LEVELS } from './environment.ts'

/** The folder that holds package.json, .env and .data. */
const ROOT = resolve(import.meta.dirname, '../../../..')

export type EmailProvider =
  | { name: 'sendgrid'; apiKey: string }
  | { name: 'mailgun'; apiKey: string; domain: string; apiUrl: string }
  | { name: 'smtp'; url: string }
  | { name: 'mailbox'; folder: string }
  | { name: 'none' }

export type Config = ReturnType<typeof parseConfig>

/** Lists every mistake in the environment. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * Parses an environment.
 * @param env variables by name; an empty one counts as absent
 * @throws ConfigError with one line for each mistake: the name, what is wrong, an example
 */
export function parseConfig(env: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()))
  const parsed = environment.safeParse(given)
  const mistakes = parsed.success ? [] : parsed.error.issues.map(describe)

  const missing = (name: keyof typeof environment.shape, when: string) => {
    if (!given[name]) mistakes.push(`${name} is missing: it is needed ${when}, for example ${exampleOf(name)}`)
  }
  const production = given.NODE_ENV === 'production'
  if (production) {
    missing('DATABASE_URL', 'in production')
    missing('APP_SECRET_KEY', 'in production')
  }
  if (production && given.APP_SECRET_KEY === exampleOf('APP_SECRET_KEY')) {
    mistakes.push('APP_SECRET_KEY is the public example')
  }
  if (given.MAILGUN_API_KEY) missing('MAILGUN_DOMAIN', 'with MAILGUN_API_KEY')
  const sends = given.SENDGRID_API_KEY ?? given.MAILGUN_API_KEY ?? given.SMTP_URL
  if (sends) missing('EMAIL_SENDER', 'to send emails')

  if (given.SENDGRID_API_KEY) {
    for (const { id, email } of parsed.data?.INITIAL_MEMBERSHIPS ?? []) {
      if (!email || !hasUnicodeMailbox(email)) continue
      mistakes.push(`INITIAL_MEMBERSHIPS: SendGrid takes only ASCII before the @ of an address, as for member ${id}`)
    }
  }

  if (!parsed.success || mistakes.length) {
    throw new ConfigError(['The environment has mistakes:', ...mistakes.map((text) => `  ${text}`)].join('\n'))
  }

  const values = parsed.data
  const dataFolder = join(ROOT, '.data')
  return {
    production,
    /** Absent outside production only: then an embedded PostgreSQL is started. */
    databaseUrl: values.DATABASE_URL,
    /** Files of the embedded PostgreSQL and the development mailbox. */
    dataFolder,
    secretKey: values.APP_SECRET_KEY ?? 'development only',
    port: values.PORT.port,
    /** Absent: listen on every address. */
    host: values.PORT.host,
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
    emailProvider: chooseProvider(values, production, join(dataFolder, 'mailbox')),
    initialMemberships: values.INITIAL_MEMBERSHIPS,
  }
}

/**
 * Reads the configuration of this process from its environment, and from .env for variables that are not set.
 * @throws ConfigError as parseConfig does
 */
export function loadConfig(): Config {
  const file = join(ROOT, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  return parseConfig({ ...process.env, APP_SECRET_KEY: process.env.APP_SECRET_KEY?.trim() || secretInFile() })
}

/** @throws ConfigError when the file cannot be read */
function secretInFile(): string | undefined {
  const file = process.env.APP_SECRET_KEY_FILE?.trim()
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigError(`APP_SECRET_KEY_FILE cannot be read: ${(error as Error).message}`)
  }
}

function chooseProvider(values: z.output<typeof environment>, production: boolean, folder: string): EmailProvider {
  if (values.SENDGRID_API_KEY) return { name: 'sendgrid', apiKey: values.SENDGRID_API_KEY }
  if (values.MAILGUN_API_KEY && values.MAILGUN_DOMAIN) {
    const { MAILGUN_API_KEY: apiKey, MAILGUN_DOMAIN: domain, MAILGUN_API_URL: apiUrl } = values
    return { name: 'mailgun', apiKey, domain, apiUrl }
  }
  if (values.SMTP_URL) return { name: 'smtp', url: values.SMTP_URL }
  return production ? { name: 'none' } : { name: 'mailbox', folder }
}

function describe({ path: [name, ...inside], message }: z.core.$ZodIssue): string {
  const place = inside.length ? `, at ${inside.join('.')}:` : ''
  return `${String(name)}${place} ${message}, for example ${exampleOf(name as keyof typeof environment.shape)}`
}

const exampleOf = (name: keyof typeof environment.shape) => environment.shape[name].meta()?.example
