import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { z } from 'zod'
import { ClearError } from '../lib/errors.ts'
import { resembles } from './misspelt.ts'

/** Prisma resolves relative paths from the folder of its schema. */
const PRISMA = resolve(import.meta.dirname, '../../prisma')

/** How to reach a database. Absent values were not given. */
export type DatabaseAddress = {
  /** Without the parameters that are read here. */
  connectionString: string
  schema: string
  applicationName?: string | undefined
  options?: string | undefined
  encryption: 'never' | 'if offered' | 'always'
  /** What is checked of the server's certificate. */
  verified: 'nothing' | 'authority' | 'authority and name'
  certificates: Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase'>
  /** Binds the login to the encrypted connection where the server can. */
  bindsChannel: boolean
  connectionLimit?: number | undefined
  poolTimeoutSeconds?: number | undefined
  connectTimeoutSeconds?: number | undefined
  maxLifetimeSeconds?: number | undefined
  maxIdleSeconds?: number | undefined
  isSingleUse: boolean
  /** Whether sessions may keep statements. */
  preparesStatements: boolean
}

/** The settings that each connection gets from us, so `options` cannot set them. */
export const OWN_SETTINGS = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'search_path',
  'bytea_output',
  'extra_float_digits',
  'standard_conforming_strings',
  'array_nulls',
  'transform_null_equals',
  'default_transaction_isolation',
  'idle_session_timeout',
  'transaction_timeout',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
] as const

/** A migration holds its lock on one connection and works on another. */
const FEWEST_CONNECTIONS = 2
/** A timer of Node.js takes no more. */
const MOST_SECONDS = 2_000_000

const text = z.string().min(1, 'is empty').optional()
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= min, `is under ${min}`)
    .refine((value) => value <= max, `is over ${max}`)
    .optional()
const oneOf = <Name extends string>(...names: Name[]) =>
  z.enum(names, { error: `is not one of ${names.join(', ')}` }).optional()
const rejected = (why: string) => z.undefined({ error: `is not supported: ${why}` }).optional()
const options = text.refine(
  (value) => !settingsIn(value).some(isOwn),
  'sets what this service sets itself: remove DateStyle, search_path (there is `schema`), time limits and the like',
)

/** Every parameter that Prisma, libpq or pg reads in the address of a PostgreSQL database, and what it does here. */
const parameters = z.strictObject({
  // Prisma does not escape it.
  schema: text
    .refine((name) => !name?.includes('"'), 'contains a quotation mark')
    .meta({ description: 'the schema of the tables; `public` without it. `migrate` creates it' }),
  host: text.meta({ description: 'the host, or the folder of its Unix socket' }),
  application_name: text.meta({ description: 'how the connections are named; `notifications` without it' }),
  options: options.meta({ description: 'for the server, such as `-c work_mem=8MB`' }),
  pgbouncer: oneOf('true', 'false').meta({
    description: '`true`: no statement is prepared. Behind a pooler none is anyway: poolers are recognised',
  }),
  statement_cache_size: wholeNumber(0, 1e9).meta({
    description: '`0`: no statement is prepared. Any other number has no effect: about forty are',
  }),
  connection_limit: wholeNumber(FEWEST_CONNECTIONS, 10_000).meta({
    description: `the most connections of a process, at least ${FEWEST_CONNECTIONS}; 10 without it`,
  }),
  pool_timeout: wholeNumber(0, MOST_SECONDS).meta({
    description: 'how many seconds to wait for a connection; 0: no limit; 15 without it',
  }),
  connect_timeout: wholeNumber(0, MOST_SECONDS).meta({
    description: 'how many seconds to wait for the server at a new connection; 0: no limit; 10 without it',
  }),
  max_connection_lifetime: wholeNumber(0, MOST_SECONDS).meta({
    description: 'after how many seconds a connection is replaced; 0: never, as without it',
  }),
  max_idle_connection_lifetime: wholeNumber(0, MOST_SECONDS).meta({
    description: 'after how many seconds an idle connection is closed; 0: never; 10 without it',
  }),
  single_use_connections: oneOf('true', 'false').meta({ description: '`true`: a new connection each time' }),
  sslmode: oneOf('disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify').meta({
    description:
      '`disable`, `prefer` (encrypted if the server can, as without it), `require`, `verify-ca` or `verify-full`',
  }),
  sslaccept: oneOf('strict', 'accept_invalid_certs').meta({
    description: '`strict` checks the certificate and its host; `accept_invalid_certs`, as without it, does not',
  }),
  sslcert: text.meta({
    description: "a file with the certificate of the server's authority; with `sslkey`, that of this client",
  }),
  sslrootcert: text.meta({ description: "a file with the certificate of the server's authority" }),
  sslkey: text.meta({ description: 'a file with the key of `sslcert`' }),
  sslidentity: text.meta({ description: 'a PKCS #12 file with the certificate and the key of this client' }),
  sslpassword: text.meta({ description: 'the password of `sslidentity` or `sslkey`' }),
  channel_binding: oneOf('disable', 'prefer').meta({
    description: '`prefer` or `disable`. `require` is rejected: use `sslmode=verify-full`',
  }),
  uselibpqcompat: oneOf('true').meta({ description: 'nothing: `sslmode` means what it means to libpq' }),
  ssl: rejected('use sslmode').meta({ description: 'rejected: use `sslmode`' }),
  socket_timeout: rejected('statements have time limits of their own').meta({
    description: 'rejected: statements have time limits of their own',
  }),
  target_session_attrs: rejected('name the primary server').meta({ description: 'rejected: name the primary server' }),
})

/** What each parameter does, for the guide. */
export const parameterDescriptions = Object.entries(parameters.shape).map(
  ([name, rule]) => [name, String(rule.meta()?.description)] as const,
)

/** A parameter in the address of the database that has no meaning, or not this one. */
export class AddressMistake extends ClearError {
  override name = 'AddressMistake'
  readonly advice = 'The address of the database has a mistake: see the log'

  readonly mistakes: string[]

  /** @param mistakes each completes "DATABASE_URL ..." and shows no value, which may be a password */
  constructor(mistakes: string[]) {
    super(`DATABASE_URL ${mistakes.join('; it ')}`)
    this.mistakes = mistakes
  }
}

/**
 * Reads the address of a database, and the files that its parameters name.
 * @throws AddressMistake with every parameter that is unknown, malformed, rejected or without effect
 */
export function readDatabaseUrl(address: string): DatabaseAddress {
  // Prisma takes a % that begins no code as it is.
  const url = new URL(address.replace(/%(?![0-9a-f]{2})/gi, '%25'))
  const given = [...url.searchParams.keys()]
  const twice = given.filter((name, n) => given.indexOf(name) !== n)
  const parsed = parameters.safeParse(Object.fromEntries(url.searchParams))
  const mistakes = [
    ...new Set(twice.map((name) => `has the parameter ${shown(name)} twice`)),
    ...(parsed.success ? [] : parsed.error.issues.flatMap(describe)),
  ]
  const parts = [url.username, url.password, url.hostname, url.pathname]
  if (!parts.every(isDecodable)) mistakes.push('has a code such as %FF that is not UTF-8: write a % as %25')
  if (!parsed.success || mistakes.length) throw new AddressMistake(mistakes)
  const values = parsed.data
  const host = values.host ?? decodeURIComponent(url.hostname)
  const encryption = host.startsWith('/') ? 'never' : encryptionOf(values)
  mistakes.push(...contradictions(values, encryption))
  const certificates = readCertificates(values, mistakes)
  if (mistakes.length) throw new AddressMistake(mistakes)

  url.search = values.host === undefined ? '' : `?host=${encodeURIComponent(values.host)}`
  return {
    connectionString: url.href,
    schema: values.schema ?? 'public',
    applicationName: values.application_name,
    options: values.options,
    encryption,
    verified: verifiedOf(values),
    certificates,
    bindsChannel: values.channel_binding === 'prefer',
    connectionLimit: values.connection_limit,
    poolTimeoutSeconds: values.pool_timeout,
    connectTimeoutSeconds: values.connect_timeout,
    maxLifetimeSeconds: values.max_connection_lifetime,
    maxIdleSeconds: values.max_idle_connection_lifetime,
    isSingleUse: values.single_use_connections === 'true',
    preparesStatements: values.pgbouncer !== 'true' && values.statement_cache_size !== 0,
  }
}

type Values = z.output<typeof parameters>

function encryptionOf({ sslmode = 'prefer' }: Values): DatabaseAddress['encryption'] {
  if (sslmode === 'disable') return 'never'
  return sslmode === 'prefer' ? 'if offered' : 'always'
}

/** libpq, too, checks the certificate once it knows the authority. */
function verifiedOf({ sslmode, sslaccept, ...values }: Values): DatabaseAddress['verified'] {
  if (sslmode === 'verify-full' || sslaccept === 'strict') return 'authority and name'
  if (sslmode === 'no-verify' || sslaccept === 'accept_invalid_certs') return 'nothing'
  return sslmode === 'verify-ca' || authorityIn(values) ? 'authority' : 'nothing'
}

/** To Prisma, `sslcert` is the authority's certificate; to libpq, together with `sslkey`, the client's. */
const authorityIn = ({ sslcert, sslkey, sslrootcert }: Values) => sslrootcert ?? (sslkey ? undefined : sslcert)

function contradictions(values: Values, encryption: DatabaseAddress['encryption']): string[] {
  const { sslmode = '', sslaccept, sslcert, sslkey, sslrootcert, sslidentity, sslpassword } = values
  const without = (name: string, other: string) => `has the parameter ${name}, which has no effect without ${other}`
  const against = (name: string, other: string) => `has the parameter ${name}, which contradicts ${other}`
  const ofTls = { sslaccept, sslcert, sslrootcert, sslkey, sslidentity, sslpassword }
  const [useless] = Object.entries(ofTls).flatMap(([name, value]) => (value === undefined ? [] : name))
  return [
    encryption === 'never' && useless && without(useless, 'encryption'),
    sslmode.startsWith('verify') && sslaccept === 'accept_invalid_certs' && against('sslaccept', 'sslmode'),
    sslmode === 'no-verify' && sslaccept === 'strict' && against('sslaccept', 'sslmode'),
    sslkey && !sslcert && without('sslkey', 'sslcert'),
    sslpassword && !sslkey && !sslidentity && without('sslpassword', 'sslidentity or sslkey'),
    sslidentity && sslkey && against('sslidentity', 'sslkey'),
    sslrootcert && sslcert && !sslkey && against('sslcert', 'sslrootcert'),
    sslmode === 'verify-ca' && !authorityIn(values) && without('sslmode=verify-ca', 'sslrootcert or sslcert'),
  ].filter((mistake): mistake is string => Boolean(mistake))
}

function readCertificates(values: Values, mistakes: string[]): DatabaseAddress['certificates'] {
  const { sslcert, sslkey, sslidentity, sslpassword, sslrootcert } = values
  const read = (name: keyof Values, path: string | undefined): Buffer | undefined => {
    if (path === undefined) return undefined
    try {
      return readFileSync(resolve(PRISMA, path))
    } catch (error) {
      mistakes.push(`has the parameter ${name}, whose file cannot be read: ${(error as Error).message}`)
    }
  }
  const certificate = read('sslcert', sslcert)
  const ca = read('sslrootcert', sslrootcert) ?? (sslkey ? undefined : certificate)
  // OpenSSL ignores what is no certificate.
  if (ca && !ca.includes('-----BEGIN CERTIFICATE-----')) {
    mistakes.push(`has the parameter ${sslrootcert ? 'sslrootcert' : 'sslcert'}, whose file has no certificate (PEM)`)
  }
  const certificates = Object.fromEntries(
    Object.entries({
      ca,
      cert: sslkey ? certificate : undefined,
      key: read('sslkey', sslkey),
      pfx: read('sslidentity', sslidentity),
      passphrase: sslpassword,
    }).filter(([, value]) => value !== undefined),
  )
  try {
    createSecureContext(certificates)
  } catch (error) {
    mistakes.push(`has certificate files that cannot be used: ${(error as Error).message}`)
  }
  return certificates
}

/** The names in `-c name=value` and `--name=value`. */
const settingsIn = (value = ''): string[] =>
  [...value.matchAll(/(?:^|\s)(?:-c\s*|--)([\w.-]+)\s*=/g)].map(([, name = '']) => name)

const isOwn = (name: string): boolean =>
  OWN_SETTINGS.some((own) => own.toLowerCase() === name.replaceAll('-', '_').toLowerCase())

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

const MOST_SHOWN = 60
const shown = (name: string): string => JSON.stringify(name.slice(0, MOST_SHOWN)).slice(1, -1)

function describe(issue: z.core.$ZodIssue): string | string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, 5).map((name) => {
      const [meant] = Object.keys(parameters.shape).filter((known) => resembles(name, known))
      return `has the parameter ${shown(name)}, which is unknown: ${meant ? `did you mean ${meant}?` : 'remove it'}`
    })
  }
  return `has the parameter ${String(issue.path[0])}, which ${issue.message}`
}
