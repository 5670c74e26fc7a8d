import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { readDatabaseUrl } from '../../config/database-url.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { ClearError } from '../../lib/errors.ts'
import { createPool, inTransaction, type Pool, query, type Transaction } from '../client.ts'
import { LIMITS, type Limits } from '../session.ts'
import { MIGRATIONS, PRISMA, readMigrationNames } from './migration-names.ts'
import { PRISMA_LOCK, SCRIPT_LOCK, withSchemaEngine } from './schema-engine.ts'
import { beginTakeover, countTakeover, readContents, type Takeover } from './takeover.ts'

const ALL = { externalTables: [], externalEnums: [] }

/**
 * Applies the migrations of prisma/migrations that a database has not seen yet, as `prisma migrate deploy` would, in
 * the same `_prisma_migrations` table. One that failed, or whose process died, is tried again.
 * @returns the names of those that were applied now
 * @throws Error when a migration fails; PostgreSQL has then undone all of it
 * @throws WrongEncoding, and NotTakenOver for a database of something else, before anything is changed
 */
export async function migrate(url: string, limits: Limits = LIMITS.migration): Promise<string[]> {
  const pool = createPool(url, limits)
  try {
    await refuseOtherEncodings(pool)
    return await inTransaction(pool, async (lock) => {
      // Of several processes that start at once, one applies; the others find nothing to do.
      await waitForLock(lock, Prisma.sql`hashtext('migrate')`)
      await waitForLock(lock, Prisma.sql`${PRISMA_LOCK}`)
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

async function waitForLock(transaction: Transaction, number: Prisma.Sql): Promise<void> {
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
