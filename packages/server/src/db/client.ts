import { hash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Config } from '../config/config.ts'
import { type DatabaseAddress, readDatabaseUrl } from '../config/database-url.ts'
import { type Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { LIMITS, type Limits, type SessionClass, sessionClient } from './session.ts'

export type Database = PrismaClient
export type Pool = pg.Pool

/** Prisma, and the pool that it shares with our own statements. */
export type Connections = { db: Database; pool: Pool; close: () => Promise<void> }

export type Transaction = {
  query: <Row>(sql: Prisma.Sql) => Promise<{ rows: Row[]; rowCount: number }>
}

/**
 * Opens the configured database or, outside production, the embedded one.
 * @throws Error when the embedded server cannot be started
 */
export async function openDatabase(
  { databaseUrl, databaseDirectUrl, dataFolder }: Pick<Config, 'databaseUrl' | 'databaseDirectUrl' | 'dataFolder'>,
  limits?: Limits,
) {
  const server = databaseUrl ? { url: databaseUrl, close: async () => {} } : await embedded(dataFolder)
  const { close, ...connections } = connect(server.url, limits)
  return {
    ...connections,
    url: server.url,
    directUrl: databaseDirectUrl,
    async close() {
      await close()
      await server.close()
    },
  }
}

/** @throws AddressMistake when the address has a parameter that cannot be used */
export function createPool(url: string, limits: Limits): Pool {
  const address = readDatabaseUrl(url)
  const pool = new pg.Pool({
    ...optionsOf(address),
    Client: sessionClient(limits, address),
    // A host that vanished sends nothing. By default the system checks after two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  // A broken connection fails the statement that uses it, and an idle one is replaced. Unhandled, these errors would end
  // the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

function optionsOf(address: DatabaseAddress): pg.PoolConfig {
  const { connectionString, options, connectionLimit, maxIdleSeconds } = address
  return {
    connectionString,
    application_name: address.applicationName ?? 'notifications',
    ...(options === undefined ? {} : { options }),
    // The session encrypts. PGSSLMODE does not count.
    ssl: false,
    enableChannelBinding: address.bindsChannel,
    // An unreachable host must not block a cron job.
    connectionTimeoutMillis: (address.poolTimeoutSeconds ?? 15) * 1000,
    ...(connectionLimit === undefined ? {} : { max: connectionLimit }),
    ...(maxIdleSeconds === undefined ? {} : { idleTimeoutMillis: maxIdleSeconds * 1000 }),
    maxLifetimeSeconds: address.maxLifetimeSeconds ?? 0,
    ...(address.isSingleUse ? { maxUses: 1 } : {}),
  }
}

export function connect(url: string, limits: Limits = LIMITS.notifier): Connections {
  const pool = createPool(url, limits)
  const db = new PrismaClient({ adapter: new PrismaPg(pool, { schema: readDatabaseUrl(url).schema }) })
  return {
    db,
    pool,
    async close() {
      await db.$disconnect()
      await pool.end()
    },
  }
}

/** A connection that is not the pool's, with the same settings. */
export const newSession = (pool: Pool): pg.Client => new (pool.options.Client as SessionClass)(pool.options)

export async function query<Row>(runner: pg.ClientBase | Pool, { text, values }: Prisma.Sql) {
  const { rows, rowCount } = await runner.query(text, values)
  return { rows: rows as Row[], rowCount: rowCount ?? 0 }
}

/** Of texts of prepared statements. There are about forty. */
const names = new Map<string, string>()

/** Also among processes of different versions, a name has one text. */
function nameOf(text: string): string {
  const name = names.get(text) ?? hash('sha256', text, 'base64url')
  names.set(text, name)
  return name
}

/** The session does not have the statement, or has it already: it is not ours alone. */
const OTHER_SESSION = ['26000', '42P05']
/** A migration has changed what the statement returns. */
const CHANGED = '0A000'
/** Pools whose sessions turned out to be everybody's, though that was not recognised. */
const unprepared = new WeakSet<Pool>()

/**
 * Runs a statement of what clients ask all the time. Each session prepares it once, which saves about half of the time
 * (docs/decisions/0006), unless DATABASE_URL leads through a pooler or forbids it.
 * @param sql has one of few texts, which names its columns
 */
export async function queryPrepared<Row>(pool: Pool, sql: Prisma.Sql) {
  const { text, values } = sql
  if (unprepared.has(pool)) return query<Row>(pool, sql)
  try {
    const { rows, rowCount } = await pool.query({ name: nameOf(text), text, values })
    return { rows: rows as Row[], rowCount: rowCount ?? 0 }
  } catch (error) {
    const code = String((error as { code?: unknown }).code)
    if (OTHER_SESSION.includes(code)) unprepared.add(pool)
    else if (code !== CHANGED) throw error
    return query<Row>(pool, sql)
  }
}

/** Statements each in a transaction of its own. */
export const single = (pool: Pool): Transaction => ({ query: (sql) => query(pool, sql) })

/** The same for reading, prepared as `queryPrepared` does. */
export const prepared = (pool: Pool): Transaction => ({ query: (sql) => queryPrepared(pool, sql) })

/**
 * Runs statements in one transaction, without Prisma: it keeps the parameters of its last hundred statements in memory,
 * and those of a window of events are megabytes.
 * @throws what the work throws, after the rollback
 */
export async function inTransaction<T>(pool: Pool, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('BEGIN')
    const result = await work({ query: (sql) => query(client, sql) })
    await client.query('COMMIT')
    broken = false
    return result
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => {
        broken = false
      },
      () => {},
    )
    throw error
  } finally {
    client.release(broken)
  }
}

/** The embedded database, up to date. Loaded on demand: production lacks the package. */
async function embedded(dataFolder: string) {
  const { embeddedIn, startEmbedded } = await import('./setup/embedded.ts')
  const { migrate } = await import('./setup/migrate.ts')
  const server = await startEmbedded(embeddedIn(dataFolder))
  try {
    await migrate(server.url)
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
