import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { readDatabaseUrl } from '../../config/database-url.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { ClearError } from '../../lib/errors.ts'
import { withTimeout } from '../../lib/wait.ts'
import { createPool, inTransaction, newSession, type Pool, query, type Transaction } from '../client.ts'
import { isPooled, LIMITS, type Limits } from '../session.ts'
import { MIGRATIONS, PRISMA, readMigrationNames } from './migration-names.ts'
import { PRISMA_LOCK, SCRIPT_LOCK, withSchemaEngine } from './schema-engine.ts'
import { beginTakeover, countTakeover, readContents, type Takeover } from './takeover.ts'

/** For a pooler that is busy. */
const SECOND_SESSION_MS = 10_000

const ALL = { externalTables: [], externalEnums: [] }

/**
 * Applies the migrations of prisma/migrations that a database has not seen yet, as `prisma migrate deploy` would, in
 * the same `_prisma_migrations` table. One that failed, or whose process died, is tried again.
 * @param say receives a sentence when this waits for another session
 * @returns the names of those that were applied now
 * @throws Error when a migration fails; PostgreSQL has then undone all of it
 * @throws WrongEncoding, TooFewSessions, and NotTakenOver for a database of something else, before anything is changed
 */
export async function migrate(
  url: string,
  limits: Limits = LIMITS.migration,
  say: (text: string) => void = () => {},
): Promise<string[]> {
  const pool = createPool(url, limits)
  try {
    await refuseOtherEncodings(pool)
    return await inTransaction(pool, async (lock) => {
      // Of several processes that start at once, one applies; the others find nothing to do.
      await waitForLock(lock, Prisma.sql`hashtext('migrate')`, say)
      await waitForLock(lock, Prisma.sql`${PRISMA_LOCK}`, say)
      if (await isPooled(pool)) await needSecondSession(pool)
      await inTransaction(pool, async (transaction) => {
        await createSchema(transaction, readDatabaseUrl(url).schema)
        const contents = await readContents(transaction)
        if (contents === 'the replaced backend') await beginTakeover(transaction)
      })
      const migrationsList = await readMigrations()
      await forgetUnfinished(pool, await readMigrationNames())
      return withSchemaEngine(pool, await readSchema(), async (engine) => {
        const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: ALL })
        return appliedMigrationNames
      })
    })
  } finally {
    await pool.end()
  }
}

/** `takeover`: of the replaced backend's database only. */
export type Plan = { takeover?: Takeover; migrations: string[]; missingMembers: number[] }

/**
 * Reads what `migrate` would do, and changes nothing.
 * @param memberIds of INITIAL_MEMBERSHIPS
 * @throws WrongEncoding and NotTakenOver, as migrate does
 */
export async function planMigration(url: string, memberIds: number[] = []): Promise<Plan> {
  const pool = createPool(url, LIMITS.migration)
  try {
    await refuseOtherEncodings(pool)
    return await inTransaction(pool, async (transaction) => {
      await transaction.query(Prisma.sql`SET TRANSACTION READ ONLY`)
      const contents = await readContents(transaction)
      const names = await readMigrationNames()
      if (contents === 'nothing') return { migrations: names, missingMembers: memberIds }
      const { rows: members } = await transaction.query<{ id: number }>(
        Prisma.sql`SELECT id FROM unnest(${memberIds}::int[]) AS id WHERE id NOT IN (SELECT id FROM "Member")`,
      )
      const missingMembers = members.map(({ id }) => id)
      if (contents === 'the replaced backend') {
        return { takeover: await countTakeover(transaction), migrations: names, missingMembers }
      }
      const { rows: applied } = await transaction.query<{ name: string }>(
        Prisma.sql`SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL`,
      )
      const migrations = names.filter((name) => !applied.some((row) => row.name === name))
      return { migrations, missingMembers }
    })
  } finally {
    await pool.end()
  }
}

/** Members write emoji, which a database in another encoding rejects, and a window of events with them. */
class WrongEncoding extends ClearError {
  override name = 'WrongEncoding'
  readonly advice = 'The encoding of the database is not UTF8: run `npm run migrate`, which says what to do'
}

async function refuseOtherEncodings(pool: Pool): Promise<void> {
  const { rows } = await query<{ name: string; encoding: string }>(
    pool,
    Prisma.sql`SELECT current_database() AS name, current_setting('server_encoding') AS encoding`,
  )
  for (const { name, encoding } of rows.filter((row) => row.encoding !== 'UTF8')) {
    const command = `CREATE DATABASE ${pg.escapeIdentifier(`${name}_utf8`)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`
    throw new WrongEncoding(
      `The database ${name} has the encoding ${encoding}, which lacks characters that members write. Nothing was changed. Create a database in UTF-8, and name it in DATABASE_URL: ${command}`,
    )
  }
}

/** Where it exists, the role may lack the right to create one. */
async function createSchema(transaction: Transaction, name: string): Promise<void> {
  const { rows } = await transaction.query(Prisma.sql`SELECT FROM pg_namespace WHERE nspname = ${name}`)
  if (!rows.length) await transaction.query(Prisma.sql`CREATE SCHEMA ${Prisma.raw(pg.escapeIdentifier(name))}`)
}

/** The lock takes one session, and the migration another. */
class TooFewSessions extends ClearError {
  override name = 'TooFewSessions'
  readonly advice =
    'The connection pooler gives `migrate` one session of PostgreSQL, and it needs two: set DATABASE_DIRECT_URL, or allow the pooler more sessions'
  constructor() {
    super()
    this.message = `${this.advice}. Nothing was changed`
  }
}

/** Without one, the migration would wait for it as long as the pooler lets it. */
async function needSecondSession(pool: Pool): Promise<void> {
  const second = newSession(pool)
  second.on('error', () => {})
  const answer = second.connect().then(() => second.query('SELECT'))
  try {
    if (!(await withTimeout<unknown>(answer, SECOND_SESSION_MS, undefined))) throw new TooFewSessions()
  } finally {
    answer.catch(() => {})
    ;(second.connection.stream as Socket).destroy()
  }
}

async function waitForLock(
  transaction: Transaction,
  number: Prisma.Sql,
  say: (text: string) => void = () => {},
): Promise<void> {
  const { rows } = await transaction.query<{ locked: boolean }>(
    Prisma.sql`SELECT pg_try_advisory_xact_lock(${number}) AS locked`,
  )
  if (rows[0]?.locked) return
  const { rows: holders } = await transaction.query<{ pid: number; state: string; minutes: number }>(Prisma.sql`
    SELECT pid, coalesce(state, 'in use') AS state,
      coalesce(extract(epoch FROM now() - state_change) / 60, 0)::int AS minutes
    FROM pg_locks JOIN pg_stat_activity a USING (pid)
    WHERE locktype = 'advisory' AND granted AND a.datname = current_database()
      AND (classid::bigint << 32 | objid::bigint) = ${number}::bigint`)
  // One that ended meanwhile is none.
  for (const { pid, state, minutes } of holders) {
    say(
      `Waiting for PostgreSQL's session ${pid}, which has the lock of migrations and has been ${state} for ${minutes} minutes. If nothing is migrating, a pooler has kept the lock: SELECT pg_terminate_backend(${pid}) frees it`,
    )
  }
  await transaction.query(Prisma.sql`SET LOCAL lock_timeout = 0`)
  await transaction.query(Prisma.sql`SELECT pg_advisory_xact_lock(${number})`)
}

/**
 * Prisma stops at a migration without an end and asks for a decision. Here the answer is always the same: a migration is
 * one transaction, so it was not applied.
 */
const forgetUnfinished = (pool: Pool, names: string[]) =>
  inTransaction(pool, async (transaction) => {
    await waitForLock(transaction, Prisma.sql`hashtext(${SCRIPT_LOCK})`)
    const { rows } = await transaction.query<{ found: boolean }>(
      Prisma.sql`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`,
    )
    if (!rows[0]?.found) return
    await transaction.query(Prisma.sql`
      DELETE FROM _prisma_migrations
      WHERE finished_at IS NULL AND rolled_back_at IS NULL AND migration_name = ANY (${names})`)
  })

/** The SQL that creates the database of schema.prisma. A test compares the migrations with it. */
export async function schemaScript(url: string): Promise<string> {
  const schema = await readSchema()
  const pool = createPool(url, LIMITS.migration)
  try {
    return await withSchemaEngine(pool, schema, async (engine) => {
      const { stdout } = await engine.diff({
        from: { tag: 'empty' },
        to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
        script: true,
        exitCode: null,
        filters: ALL,
      })
      return stdout ?? ''
    })
  } finally {
    await pool.end()
  }
}

const readSchema = () => readFile(join(PRISMA, 'schema.prisma'), 'utf8')

async function readMigrations() {
  const baseDir = MIGRATIONS
  const names = await readMigrationNames()
  const migrationDirectories = await Promise.all(
    names.map(async (path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8') },
      },
    })),
  )
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
  }
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories }
}
