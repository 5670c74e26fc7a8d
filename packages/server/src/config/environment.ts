import { isIP } from 'node:net'
import { validate as isCron } from 'node-cron'
import { z } from 'zod'

const address = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `is not an address such as ${example}` }).transform((text) => text.replace(/\/+$/, ''))
/** As browsers name them: without a path, or a slash at the end. */
const origins = z
  .string()
  .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
  .pipe(z.array(address(/^https?$/, 'https://pioneerapp.xyz').transform((text) => new URL(text).origin)))
/** Where to listen. A Docker that publishes a port takes the same two forms. */
const listening = z
  .string()
  .trim()
  .regex(/^(?:(?:\d+\.){3}\d+:)?\d+$/, 'is neither a port nor an address and a port')
  .transform((text) => {
    const [port, host] = text.split(':').reverse()
    return { host, port: Number(port) }
  })
  .refine(({ host, port }) => port < 2 ** 16 && (host === undefined || isIP(host)), 'does not exist')
const number = z.coerce.number({ error: 'is not a number' })
const wholeNumber = (min: number, max: number) =>
  number.int('is not a whole number').min(min, `is under ${min}`).max(max, `is over ${max}`)
const sender = z.string().regex(/^[^<>@\s]+@[^<>@\s]+$|^[^<>]*<[^<>@\s]+@[^<>@\s]+>$/, 'is not an email address')

/** The replaced backend knew npm's levels too; they map to the nearest of pino's. */
export const LOG_LEVELS = {
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  info: 'info',
  http: 'info',
  verbose: 'debug',
  debug: 'debug',
  silly: 'trace',
  trace: 'trace',
  silent: 'silent',
} as const
const levelNames = Object.keys(LOG_LEVELS) as (keyof typeof LOG_LEVELS)[]

const membership = z.object({
  id: z.coerce.number().int().nonnegative(),
  name: z.string().min(1),
  email: z.email().nullish(),
  receiveEmails: z.boolean().optional(),
})

/** JSON whose lines may be broken anywhere, within a string too, as dashboards and .env files break them. */
const memberships = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text.replace(/\s*[\r\n]+\s*/g, ' '))
    } catch (error) {
      context.addIssue(`is not JSON (${(error as Error).message})`)
      return z.NEVER
    }
  })
  .pipe(z.array(membership))

/** Every environment variable that this service reads: its rule, what it is for, and an example. */
export const environment = z.object({
  NODE_ENV: z.string().optional().meta({
    description: 'In `production` nothing is made up: a database and a secret have to be given.',
    example: 'production',
  }),
  DATABASE_URL: address(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/name')
    .optional()
    .meta({
      description: 'The PostgreSQL database. Outside production an embedded one is the default.',
      example: 'postgresql://user:password@host:5432/name',
    }),
  APP_SECRET_KEY: z.string().optional().meta({
    description: 'Signs tokens; under another key, all that were issued are refused.',
    example: 'a-long-random-text',
  }),
  APP_SECRET_KEY_FILE: z.string().optional().meta({
    description: 'A file that holds the secret, for where APP_SECRET_KEY itself is not given.',
    example: '/run/secrets/app_secret_key',
  }),
  PORT: listening.default({ host: undefined, port: 3000 }).meta({
    description: 'Where the API listens: `3000`, or `127.0.0.1:3000` for this machine alone.',
    example: '3000',
  }),
  CORS_ORIGIN: origins.default([]).meta({
    description: 'The origins of web pages that may call the API, with commas between them. Without it, any.',
    example: 'https://pioneerapp.xyz,https://dao.example.org',
  }),
  GRAPHIQL: z.stringbool('is neither true nor false').optional().meta({
    description: 'GraphiQL for browsers at the API: on outside production, off in it.',
    example: 'true',
  }),
  INTROSPECTION: z.stringbool('is neither true nor false').default(true).meta({
    description: 'Whether the API tells its schema, which is public.',
    example: 'false',
  }),
  TRUSTED_PROXIES: wholeNumber(0, 10).default(0).meta({
    description: 'How many proxies stand before the API, so that it knows the addresses of clients: 1 on Render.',
    example: '1',
  }),
  METRICS_TOKEN: z.string().regex(/^\S+$/, 'has a space in it').optional().meta({
    description:
      'Opens `/metrics` at the API to a Prometheus that sends it as a bearer token. Without it, there is none.',
    example: 'another-long-random-text',
  }),
  APP_LOG_LEVEL: z
    .enum(levelNames, { error: `is not one of ${levelNames.join(', ')}` })
    .default('info')
    .meta({ description: 'How much is logged: error, warn, info, debug, trace, silent.', example: 'info' }),
  QUERY_NODE_ENDPOINT: address(/^https?$/, 'https://query.joystream.org/graphql')
    .refine((url) => !new URL(url).username && !new URL(url).password, 'has a user or password, which cannot be sent')
    .default('https://query.joystream.org/graphql')
    .meta({ description: "The chain's indexer.", example: 'https://query.joystream.org/graphql' }),
  PIONEER_URL: address(/^https?$/, 'https://pioneerapp.xyz')
    .default('https://pioneerapp.xyz')
    .meta({ description: 'The governance app that links lead to.', example: 'https://pioneerapp.xyz' }),
  STARTING_BLOCK: wholeNumber(0, 2 ** 31 - 1)
    .optional()
    .meta({
      description: 'The first block to read on the first run. Without it that is the next one: no history is mailed.',
      example: '5000000',
    }),
  NOTIFY_CRON: z.string().refine(isCron, 'is no cron expression').default('*/10 * * * *').meta({
    description: 'When `start:all` runs the notifier, in UTC.',
    example: '*/5 * * * *',
  }),
  NOTIFY_INTERVAL: wholeNumber(1, 86_400).default(60).meta({
    description: 'Seconds that `start:worker` waits between two runs of the notifier.',
    example: '30',
  }),
  EMAIL_SENDER: sender.optional().meta({
    description: 'Who emails come from. Needed with a provider.',
    example: 'Pioneer <notifications@example.org>',
  }),
  EMAIL_MAX_AGE_DAYS: number.positive('is not above 0').default(3).meta({
    description: 'News older than this many days is recorded, but not emailed.',
    example: '3',
  }),
  SENDGRID_API_KEY: z.string().optional().meta({ description: 'Sends by SendGrid.', example: 'SG.xxxxx.yyyyy' }),
  MAILGUN_API_KEY: z
    .string()
    .optional()
    .meta({ description: 'Sends by Mailgun, together with MAILGUN_DOMAIN.', example: 'key-xxxxx' }),
  MAILGUN_DOMAIN: z
    .string()
    .optional()
    .meta({ description: "Mailgun's name of the sending domain.", example: 'mg.example.org' }),
  MAILGUN_API_URL: address(/^https?$/, 'https://api.eu.mailgun.net')
    .default('https://api.mailgun.net')
    .meta({
      description: "Mailgun's address; accounts in the EU have their own.",
      example: 'https://api.eu.mailgun.net',
    }),
  SMTP_URL: address(/^smtps?$/, 'smtp://user:password@host:587')
    .optional()
    .meta({ description: 'Sends by an SMTP server.', example: 'smtp://user:password@host:587' }),
  INITIAL_MEMBERSHIPS: memberships.default([]).meta({
    description:
      'Members, as JSON, whom `npm run migrate` and each start of a container of the API register where they are missing. `npm run migrate` prints their tokens.',
    example: '[{"id": 1, "name": "alice", "email": "alice@example.org"}]',
  }),
})

export type InitialMembership = z.output<typeof membership>
