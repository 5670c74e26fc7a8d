import { createPublicKey } from 'node:crypto'
import { isIP } from 'node:net'
import { validate as isCron } from 'node-cron'
import { z } from 'zod'
import { parseAddress, parseSender } from '../lib/email-address.ts'
import { AddressMistake, readDatabaseUrl } from './database-url.ts'
import { isProviderName, PROVIDER_NAMES, type ProviderName } from './email-providers.ts'

const MOST_QUOTED = 200
const MOST_SENDER_LENGTH = 400

const address = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `is not an address such as ${example}` }).transform((text) => text.replace(/\/+$/, ''))
const databaseAddress = address(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/name').superRefine(
  (url, context) => {
    try {
      readDatabaseUrl(url)
    } catch (error) {
      if (!(error instanceof AddressMistake)) throw error
      for (const message of error.mistakes) context.addIssue({ code: 'custom', message, params: { isComplete: true } })
    }
  },
)

/** `write` replaces the whole value; it is empty when we cannot know. */
type Fault = { is: string; write: string }
/** Rejects what would work in another way than it looks, and says what to write instead. */
const correct = (faultOf: (text: string) => Fault | undefined) => (text: string, context: z.RefinementCtx) => {
  const fault = faultOf(text)
  if (!fault) return
  const params = fault.write.length <= MOST_QUOTED ? { write: fault.write } : {}
  context.addIssue({ code: 'custom', message: fault.is, params })
}

/** Paths are added to it. */
function baseFault(text: string): Fault | undefined {
  const url = new URL(text)
  if (url.username || url.password) {
    Object.assign(url, { username: '', password: '' })
    return { is: 'has a user or password', write: url.href }
  }
  if (!/[?#]/.test(text)) return undefined
  return { is: 'has a ? or #, and paths are added to it', write: text.replace(/\/*[?#].*$/s, '') }
}

/** As links have it: a host in ASCII, and nothing that could end a header or an attribute. */
const baseAddress = (example: string) =>
  address(/^https?$/, example)
    .superRefine(correct(baseFault))
    .transform((text) => new URL(text).href.replace(/\/+$/, ''))

function mailgunFault(text: string): Fault | undefined {
  const fault = baseFault(text)
  if (fault) return fault
  const write = text.replace(/\/+v\d+(\/.*)?$/, '')
  return write === text ? undefined : { is: 'has the version of the API, which is added to it', write }
}

function originsFault(text: string): Fault | undefined {
  if (/[;\s]/.test(text.trim().replace(/\s*,\s*/g, ','))) {
    return { is: 'separates origins by something else than commas', write: text.trim().replace(/[\s,;]+/g, ',') }
  }
  if (text.includes('*')) return { is: 'has a *: list the origins, or unset it for any origin', write: '' }
  return undefined
}

function originFault(text: string): Fault | undefined {
  const { origin, pathname, username, password } = new URL(text)
  const isOrigin = pathname === '/' && !username && !password && !/[?#]/.test(text)
  return isOrigin ? undefined : { is: 'has more than an origin', write: origin }
}

/** As browsers send them: without a path or a slash at the end. */
const origins = z
  .string()
  .superRefine(correct(originsFault))
  .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
  .pipe(
    z.array(
      address(/^https?$/, 'https://pioneerapp.xyz')
        .superRefine(correct(originFault))
        .transform((text) => new URL(text).origin),
    ),
  )
/** A port, or an address and a port: the two forms that Docker accepts for a published port. */
const listening = z
  .string()
  .trim()
  .regex(/^(?:(?:\d+\.){3}\d+:)?\d+$/, 'is neither a port nor an address and a port')
  .transform((text) => {
    const [port, host] = text.split(':').reverse()
    return { host, port: Number(port) }
  })
  .refine(({ port }) => port < 2 ** 16, 'is over 65535, the highest port')
  .refine(({ host }) => host === undefined || isIP(host), 'has an address that does not exist')
const number = z.coerce.number({ error: 'is not a number' })
const wholeNumber = (min: number, max: number) =>
  number.int('is not a whole number').min(min, `is under ${min}`).max(max, `is over ${max}`)
const sender = z
  .string()
  .max(MOST_SENDER_LENGTH, `has more than ${MOST_SENDER_LENGTH} characters`)
  .transform((text, context) => {
    const parsed = parseSender(text)
    if (parsed) return parsed.name ? `${parsed.name} <${parsed.address}>` : parsed.address
    context.addIssue('is not an email address, or a name and an address in brackets')
    return z.NEVER
  })

/** The replaced backend accepted npm's levels too; each maps to the nearest of pino's. */
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

/** The same rule as for members who sign up. */
const emailAddress = z.string('is not an email address').transform((text, context) => {
  const address = parseAddress(text)
  if (address === undefined) context.addIssue('is not an email address')
  return address ?? z.NEVER
})

const isMissing = ({ input }: { input?: unknown }) => input === undefined
const membership = z.looseObject(
  {
    // A number in quotes, as dashboards write it. Nothing else becomes member 0.
    id: z
      .union(
        [
          z.number(),
          z
            .string()
            .regex(/^\d{1,10}$/)
            .transform(Number),
        ],
        {
          error: (issue) => (isMissing(issue) ? 'is missing' : 'is not a member id: a whole number from 0'),
        },
      )
      .refine((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31, 'is not a member id: a whole number from 0'),
    name: z
      .string({ error: (issue) => (isMissing(issue) ? 'is missing' : 'is not a text') })
      .min(1, 'is empty')
      .regex(/^[^\0]*$/, 'has a character that no name can have'),
    email: emailAddress.nullish(),
    receiveEmails: z.boolean('is neither true nor false').optional(),
  },
  'is not a member',
)

/** JSON with line breaks anywhere, within strings too, as dashboards and .env files insert them. One member is a list. */
const memberships = z
  .string()
  .transform((text, context) => {
    try {
      const members = JSON.parse(text.replace(/\s*[\r\n]+\s*/g, ' '))
      return Array.isArray(members) ? members : [members]
    } catch {
      // The parser's message repeats a part of the text, which has addresses of members.
      context.addIssue('is not JSON: names and texts need double quotes, and lists no comma at their end')
      return z.NEVER
    }
  })
  .pipe(z.array(membership))

const MOST_BLOCKS = 10_000_000
const blockCount = z.int('is no whole number of blocks').min(0).max(MOST_BLOCKS)

/** By type of proposal. */
const proposalLengths = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('is not JSON, such as {"Signal": {"votingBlocks": 43200}}')
      return z.NEVER
    }
  })
  .pipe(
    z.record(
      z.string().regex(/^[A-Z]\w{1,80}$/, 'is no type of proposal, such as FundingRequest'),
      z.strictObject({ votingBlocks: blockCount.optional(), graceBlocks: blockCount.optional() }),
    ),
  )

/** In base64, as SendGrid shows it, or as PEM, whose line breaks a dashboard may have escaped or lost. */
const sendgridWebhookKey = z.string().transform((text, context) => {
  const base64 = text.replace(/-----(BEGIN|END) PUBLIC KEY-----|\\[nr]|\s/g, '')
  try {
    if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) throw new Error('no base64')
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // Node's own words, such as "asn1 encoding routines::not enough data", help nobody.
  }
  context.addIssue("is no verification key of SendGrid's signed Event Webhook: it begins with MFkw and has no quotes")
  return z.NEVER
})

const mailgunWebhookKey = z
  .string()
  .trim()
  .regex(/^[\w-]+$/, 'is no webhook signing key of Mailgun: it has letters, digits and hyphens only')

/** Every environment variable of this service: its rule, description and example. */
export const environment = z.object({
  NODE_ENV: z.string().optional().meta({
    description:
      'In `production`, a database and a secret are required: nothing is made up. Unset, `development` and `test` are for development; anything else counts as production.',
    example: 'production',
  }),
  DATABASE_URL: databaseAddress.optional().meta({
    description:
      'The PostgreSQL database; requires APP_SECRET_KEY. Outside production, an embedded one is the default. The operations guide lists its parameters.',
    example: 'postgresql://user:password@host:5432/name',
  }),
  DATABASE_DIRECT_URL: databaseAddress.optional().meta({
    description:
      'The same database without the connection pooler that DATABASE_URL leads through: for migrations and live streams.',
    example: 'postgresql://user:password@host:5432/name',
  }),
  APP_SECRET_KEY: z.string().optional().meta({
    description:
      'Signs tokens: at least 32 characters, as `openssl rand -hex 32` prints. Changing it voids every token that was issued, unless APP_SECRET_KEY_PREVIOUS has the old one.',
    example: 'a-long-random-text',
  }),
  APP_SECRET_KEY_FILE: z.string().optional().meta({
    description: 'A file that contains the secret, used when APP_SECRET_KEY is not set.',
    example: '/run/secrets/app_secret_key',
  }),
  APP_SECRET_KEY_PREVIOUS: z.string().optional().meta({
    description: 'The secret before APP_SECRET_KEY: tokens that it has signed stay valid, but it signs no new ones.',
    example: 'the-long-random-text-before',
  }),
  APP_SECRET_KEY_PREVIOUS_FILE: z.string().optional().meta({
    description: 'A file that contains the previous secret, used when APP_SECRET_KEY_PREVIOUS is not set.',
    example: '/run/secrets/app_secret_key_previous',
  }),
  PORT: listening.default({ host: undefined, port: 3000 }).meta({
    description:
      'Where the API listens: `3000`, or `127.0.0.1:3000` for this machine only. Without APP_SECRET_KEY, it listens on this machine only.',
    example: '3000',
  }),
  PUBLIC_URL: baseAddress('https://notifications.example.org').optional().meta({
    description:
      "The API's own https address: links in emails lead there, to unsubscribe and to set preferences. The API keeps it in the database for the notifiers. Outside production, its local address is the default.",
    example: 'https://notifications.example.org',
  }),
  RENDER_EXTERNAL_URL: baseAddress('https://notifications.onrender.com').optional().meta({
    description: 'Set by Render: used when PUBLIC_URL is not set.',
    example: 'https://notifications.onrender.com',
  }),
  CORS_ORIGIN: origins.default([]).meta({
    description: 'Comma-separated origins of web pages that may call the API. Unset: any origin.',
    example: 'https://pioneerapp.xyz,https://dao.example.org',
  }),
  GRAPHIQL: z.stringbool('is neither true nor false').optional().meta({
    description: 'Serves GraphiQL to browsers. Default: on outside production, off in production.',
    example: 'true',
  }),
  INTROSPECTION: z.stringbool('is neither true nor false').default(true).meta({
    description: 'Allows introspection of the schema, which is public.',
    example: 'false',
  }),
  TRUSTED_PROXIES: wholeNumber(0, 10).optional().meta({
    description:
      'Number of proxies in front of the API that add the addresses of clients: 1 on Render, 0 without one. Too many, and clients can spoof their address. Unset: requests that a proxy passed on have no limits per network.',
    example: '1',
  }),
  REQUESTS_PER_MINUTE: wholeNumber(0, 1_000_000).default(600).meta({
    description: 'Requests a minute that one IPv4 address or IPv6 /64 may send to each API process. 0: no limit.',
    example: '1200',
  }),
  METRICS_TOKEN: z.string().regex(/^\S+$/, 'has a space in it').optional().meta({
    description: 'Bearer token for `/metrics`, and for the details of `/readyz`. Unset: neither is served.',
    example: 'another-long-random-text',
  }),
  APP_LOG_LEVEL: z
    .enum(levelNames, { error: `is not one of ${levelNames.join(', ')}` })
    .default('info')
    .meta({ description: 'Log level: error, warn, info, debug, trace or silent.', example: 'info' }),
  QUERY_NODE_ENDPOINT: address(/^https?$/, 'https://query.joystream.org/graphql')
    .refine((url) => !new URL(url).username && !new URL(url).password, 'has a user or password, which cannot be sent')
    .refine((url) => !url.includes('#'), 'has a #, and what follows it is never sent')
    .default('https://query.joystream.org/graphql')
    .meta({
      description: "The GraphQL endpoint of the chain's indexer.",
      example: 'https://query.joystream.org/graphql',
    }),
  PIONEER_URL: baseAddress('https://pioneerapp.xyz')
    .default('https://pioneerapp.xyz')
    .meta({ description: 'The governance app that links in emails open.', example: 'https://pioneerapp.xyz' }),
  STARTING_BLOCK: wholeNumber(0, 2 ** 31 - 1)
    .optional()
    .meta({
      description: 'The first block that the first run reads. Unset: the next block, so no history is emailed.',
      example: '5000000',
    }),
  NOTIFY_CRON: z.string().refine(isCron, 'is no cron expression').default('*/10 * * * *').meta({
    description: 'When `start:all` runs the notifier: a cron expression, in UTC.',
    example: '*/5 * * * *',
  }),
  NOTIFY_INTERVAL: wholeNumber(1, 86_400).default(60).meta({
    description: 'Seconds between two runs of the notifier in `start:worker`.',
    example: '30',
  }),
  EMAIL_SENDER: sender.optional().meta({
    description: 'The sender of emails. Required with an email provider.',
    example: 'Pioneer <notifications@example.org>',
  }),
  EMAIL_MAX_AGE_DAYS: number.positive('is not above 0').default(3).meta({
    description: 'News older than this many days is recorded but not emailed.',
    example: '3',
  }),
  EMAILS_PER_HOUR: wholeNumber(0, 100_000).default(30).meta({
    description:
      'Emails with news that one member gets in a clock hour, urgent ones too. The rest waits for one digest at the end of the hour. 0: no limit.',
    example: '10',
  }),
  EMAIL_DELAY_SECONDS: wholeNumber(0, 86_400).default(0).meta({
    description:
      'Seconds by which news is emailed later, so that what is read in the app meanwhile need not be emailed.',
    example: '120',
  }),
  EMAIL_PROVIDERS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
    .refine(
      (names): names is ProviderName[] => names.every(isProviderName),
      `has a name that is none of ${PROVIDER_NAMES.join(', ')}`,
    )
    .refine((names) => new Set(names).size === names.length, 'has a name twice')
    .optional()
    .meta({
      description:
        'Email providers in order: where one accepts nothing for now, the next is used. Without it, the first of sendgrid, mailgun and smtp that is configured is the only one.',
      example: 'sendgrid,smtp',
    }),
  EMAIL_RATE_PER_SECOND: wholeNumber(0, 100_000).default(0).meta({
    description: 'Emails that a process hands to a provider in a second, at most. 0: no limit.',
    example: '50',
  }),
  NOTIFY_ONLY_VOTERS_OF_REVEALING: z.stringbool('is neither true nor false').default(false).meta({
    description:
      'Whether only members who voted are told when the votes of a council election must be revealed. Otherwise all are.',
    example: 'true',
  }),
  WHY_DAYS: wholeNumber(1, 3_650).default(90).meta({
    description:
      'For how many days the rules of every event, and changes of settings, are kept: they explain who was notified, and preview settings.',
    example: '30',
  }),
  PROPOSAL_LENGTHS: proposalLengths.default({}).meta({
    description:
      'JSON of how long the council decides on proposals of a type, and how long approved ones wait, in blocks of 6 seconds. For types whose lengths a runtime upgrade changed.',
    example: '{"FundingRequest": {"votingBlocks": 43200, "graceBlocks": 1200}}',
  }),
  SENDGRID_API_KEY: z
    .string()
    .trim()
    .regex(/^SG\.[\w.-]+$/, 'is no key of SendGrid: it begins with SG. and has no spaces or quotes')
    .optional()
    .meta({ description: 'Sends emails with SendGrid.', example: 'SG.xxxxx.yyyyy' }),
  SENDGRID_WEBHOOK_KEY: sendgridWebhookKey.optional().meta({
    description:
      "Verifies SendGrid's reports of bounces and complaints at `/webhooks/sendgrid`: the verification key of its signed Event Webhook. Unset: there is no such path.",
    example: 'MFkwEwYHKoZIzj0CAQYI...',
  }),
  MAILGUN_API_KEY: z
    .string()
    .trim()
    .regex(/^[\w-]+$/, 'is no key of Mailgun: it has letters, digits and hyphens only')
    .optional()
    .meta({ description: 'Sends emails with Mailgun; requires MAILGUN_DOMAIN.', example: 'key-xxxxx' }),
  MAILGUN_DOMAIN: z
    .string()
    .trim()
    .regex(/^[\w-]+(\.[\w-]+)+$/, 'is not a domain')
    .optional()
    .meta({ description: 'The sending domain at Mailgun.', example: 'mg.example.org' }),
  MAILGUN_API_URL: address(/^https?$/, 'https://api.eu.mailgun.net')
    .superRefine(correct(mailgunFault))
    .default('https://api.mailgun.net')
    .meta({
      description: "Mailgun's API; accounts in the EU use another one.",
      example: 'https://api.eu.mailgun.net',
    }),
  MAILGUN_WEBHOOK_KEY: mailgunWebhookKey.optional().meta({
    description:
      "Verifies Mailgun's reports of bounces and complaints at `/webhooks/mailgun`: the HTTP webhook signing key. Unset: there is no such path.",
    example: '0123456789abcdef...',
  }),
  SMTP_URL: address(/^smtps?$/, 'smtp://user:password@host:587')
    .optional()
    .meta({
      description:
        'Sends emails with an SMTP server. A password is sent over TLS only, unless the URL ends with `?ignoreTLS=true`.',
      example: 'smtp://user:password@host:587',
    }),
  INITIAL_MEMBERSHIPS: memberships.default([]).meta({
    description:
      'JSON list of members, or one member. `migrate`, `start:all` and the API container register the missing ones at their start. `migrate` prints their tokens; so does `start:all` on a terminal.',
    example: '[{"id": 1, "name": "alice", "email": "alice@example.org"}]',
  }),
})

export type InitialMembership = Pick<z.output<typeof membership>, 'id' | 'name' | 'email' | 'receiveEmails'>
