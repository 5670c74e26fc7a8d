import pg from 'pg'
import type { DatabaseAddress, OWN_SETTINGS } from '../config/database-url.ts'

/** How long one process lets the database take, in milliseconds; 0: no limit. */
export type Limits = { statementMs: number; lockMs: number; idleInTransactionMs: number }

/** An API request does not wait for a lock; a broadcast may take minutes; a migration may take as long as it needs. */
export const LIMITS = {
  api: { statementMs: 10_000, lockMs: 2_000, idleInTransactionMs: 10_000 },
  notifier: { statementMs: 600_000, lockMs: 30_000, idleInTransactionMs: 60_000 },
  // While an ALTER TABLE waits, every request to its table waits behind it.
  migration: { statementMs: 0, lockMs: 10_000, idleInTransactionMs: 0 },
} satisfies Record<string, Limits>

type Setting = { name: string; value: string; since?: number }
type OwnSetting = Setting & { name: (typeof OWN_SETTINGS)[number] }

/** The settings that our statements, the driver and Prisma rely on. A server, a database or a role may differ. */
const RELIED_ON: OwnSetting[] = [
  { name: 'DateStyle', value: 'ISO,MDY' },
  { name: 'IntervalStyle', value: 'postgres' },
  { name: 'TimeZone', value: 'UTC' },
  { name: 'bytea_output', value: 'hex' },
  { name: 'extra_float_digits', value: '1' },
  { name: 'standard_conforming_strings', value: 'on' },
  { name: 'array_nulls', value: 'on' },
  { name: 'transform_null_equals', value: 'off' },
  { name: 'default_transaction_isolation', value: 'read committed' },
  { name: 'idle_session_timeout', value: '0', since: 14 },
  { name: 'transaction_timeout', value: '0', since: 17 },
  // PostgreSQL would keep the locks of a machine that vanished for two hours.
  { name: 'tcp_keepalives_idle', value: '60' },
  { name: 'tcp_keepalives_interval', value: '10' },
  { name: 'tcp_keepalives_count', value: '3' },
]

const settingsOf = ({ statementMs, lockMs, idleInTransactionMs }: Limits, schema: string): OwnSetting[] => [
  ...RELIED_ON,
  // The schema that Prisma names in its statements.
  { name: 'search_path', value: /^[a-z_][a-z0-9_]*$/.test(schema) ? schema : pg.escapeIdentifier(schema) },
  { name: 'statement_timeout', value: String(statementMs) },
  { name: 'lock_timeout', value: String(lockMs) },
  { name: 'idle_in_transaction_session_timeout', value: String(idleInTransactionMs) },
]

const CONNECT_SECONDS = 10

/** Tells whether the server has applied our options: some poolers ignore them. */
const MARK: Setting = { name: 'notifications.session', value: 'on' }

/** Of a connection. */
export type SessionClass = (new (
  config?: pg.ClientConfig,
) => pg.Client) & {
  isShared: (config?: pg.ClientConfig) => Promise<boolean>
}

/** `isShared`: behind a pooler that gives each transaction to another session. */
type Server = { version: number; isShared: boolean; isEncrypted: boolean }

declare module 'pg' {
  interface Client {
    connectionParameters: { options?: string }
  }
  interface ClientBase {
    /** As the server, or a pooler before it, has said at the start. */
    processID: number | null
  }
}

/**
 * A class of connections with the same settings on every server. They are options of the connection or, behind a pooler
 * that does not pass those on, part of every transaction.
 */
export function sessionClient(limits: Limits, address: DatabaseAddress): SessionClass {
  const settings = settingsOf(limits, address.schema)
  const timeout = { connectionTimeoutMillis: (address.connectTimeoutSeconds ?? CONNECT_SECONDS) * 1000 }
  let server: Promise<Server> | undefined
  const learn = (config?: pg.ClientConfig) => {
    server ??= inspect({ ...config, ...timeout }, address).catch((error: unknown) => {
      server = undefined
      throw error
    })
    return server
  }

  return class Session extends pg.Client {
    static isShared = async (config?: pg.ClientConfig) => (await learn(config)).isShared

    readonly #config: pg.ClientConfig | undefined

    constructor(config?: pg.ClientConfig) {
      super({ ...config, ...timeout })
      this.#config = config
    }

    override connect(): Promise<pg.Client>
    override connect(callback: (error: Error | null, client?: pg.Client) => void): void
    override connect(callback?: (error: Error | null, client?: pg.Client) => void) {
      const connecting = this.#open()
      if (!callback) return connecting
      connecting.then((client) => callback(null, client), callback)
    }

    async #open(): Promise<pg.Client> {
      const { version, isShared, isEncrypted } = await learn(this.#config)
      if (isEncrypted) encrypt(this, address)
      const supported = settings.filter(({ since = 0 }) => since <= version)
      if (!isShared) addOptions(this, [...supported, MARK])
      const client = await super.connect()
      if (isShared || !address.preparesStatements) dropNames(client)
      if (isShared) setInTransactions(client, supported)
      return client
    }
  }
}

/**
 * Whether a pool leads through a connection pooler whose sessions are everybody's. A pooler in session mode that passes
 * no options on counts as one too: it cannot be told apart.
 * @throws Error when the server cannot be reached
 */
export const isPooled = (pool: pg.Pool): Promise<boolean> =>
  (pool.options.Client as SessionClass).isShared(pool.options)

/** @throws Error when the server cannot be reached */
async function inspect(config: pg.ClientConfig, address: DatabaseAddress): Promise<Server> {
  const { encryption } = address
  if (encryption !== 'if offered') return inspectOptions(config, address, encryption === 'always')
  try {
    return await inspectOptions(config, address, true)
  } catch (error) {
    if (!(error as Error).message.includes('does not support SSL')) throw error
    return inspectOptions(config, address, false)
  }
}

async function inspectOptions(config: pg.ClientConfig, address: DatabaseAddress, isEncrypted: boolean) {
  const askWith = (options: Setting[]) => ask(config, isEncrypted ? address : undefined, options)
  try {
    const { version, isMarked } = await askWith([MARK])
    return { version, isShared: !isMarked, isEncrypted }
  } catch (error) {
    if (!/startup parameter|\boptions\b/i.test((error as Error).message)) throw error
    return { ...(await askWith([])), isShared: true, isEncrypted }
  }
}

async function ask(config: pg.ClientConfig, encryption: DatabaseAddress | undefined, options: Setting[]) {
  const client = new pg.Client(config)
  client.on('error', () => {})
  if (encryption) encrypt(client, encryption)
  addOptions(client, options)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; mark: string | null }>(
      "SELECT current_setting('server_version_num') AS version, current_setting($1, true) AS mark",
      [MARK.name],
    )
    return { version: Math.floor(Number(rows[0]?.version) / 10_000), isMarked: rows[0]?.mark === MARK.value }
  } finally {
    await client.end().catch(() => {})
  }
}

/** Before it connects. Not an option of the pool: whether the server encrypts is learnt later. */
function encrypt(client: pg.Client, { verified, certificates }: DatabaseAddress): void {
  const ssl = {
    ...certificates,
    rejectUnauthorized: verified !== 'nothing',
    ...(verified === 'authority' ? { checkServerIdentity: () => undefined } : {}),
  }
  Object.assign(client, { ssl })
  Object.assign(client.connection, { ssl })
}

/** After those of DATABASE_URL, which can be a provider's routing. The last value of a setting counts. */
function addOptions({ connectionParameters }: pg.Client, settings: Setting[]): void {
  const options = settings.map(({ name, value }) => `-c ${name}=${value.replaceAll(/[\\\s]/g, '\\$&')}`)
  const all = [connectionParameters.options, ...options].filter(Boolean).join(' ')
  if (all) connectionParameters.options = all
}

/** A pooler gives the next statement to another session, which does not have the one of this name. */
function dropNames(client: pg.Client): void {
  const send = client.query.bind(client) as (...args: unknown[]) => unknown
  const query = (first: string | pg.QueryConfig, ...rest: unknown[]) =>
    send(typeof first === 'object' && first.name ? { ...first, name: undefined } : first, ...rest)
  Object.assign(client, { query })
}

/** Each statement outside of a transaction gets one of its own, with the settings. */
function setInTransactions(client: pg.Client, settings: Setting[]): void {
  const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
  const begin = [
    'BEGIN',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    ...settings.map(({ name, value }) => `SELECT set_config('${name}', ${pg.escapeLiteral(value)}, true)`),
  ].join('; ')

  async function run(args: unknown[]): Promise<unknown> {
    if (/[TE]/.test(client.getTransactionStatus() ?? '')) return send(...args)
    const [first] = args
    const text = typeof first === 'string' ? first : (first as pg.QueryConfig).text
    if (/^\s*BEGIN\s*$/i.test(text)) return send(begin)
    await send(begin)
    try {
      const result = await send(...args)
      await send('COMMIT')
      return result
    } catch (error) {
      await send('ROLLBACK').catch(() => {})
      throw error
    }
  }

  const query = (...args: unknown[]) => {
    const last = args.at(-1)
    const running = run(typeof last === 'function' ? args.slice(0, -1) : args)
    if (typeof last !== 'function') return running
    running.then(
      (result) => last(null, result),
      (error) => last(error),
    )
  }
  Object.assign(client, { query })
}
