import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { MIGRATIONS, PRISMA, readMigrationNames } from './migration-names.ts'
import { SCRIPT_LOCK, withSchemaEngine } from './schema-engine.ts'

const ALL = { externalTables: [], externalEnums: [] }

/**
 * Applies the migrations of prisma/migrations that a database has not seen yet, as `prisma migrate deploy` would, in
 * the same `_prisma_migrations` table. One that failed, or whose process died, is tried again.
 * @returns the names of those that were applied now
 * @throws Error when a migration fails; PostgreSQL has then undone all of it
 */
export async function migrate(url: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: url })
  await lock.connect()
  try {
    // Of several processes that start at once, one applies; the others find nothing to do.
    await lock.query('SELECT pg_advisory_lock(hashtext($1))', ['migrate'])
    const migrationsList = await readMigrations()
    await forgetUnfinished(lock, await readMigrationNames())
    return await withSchemaEngine(url, await readSchema(), async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: ALL })
      return appliedMigrationNames
    })
  } finally {
    await lock.end()
  }
}

/**
 * Prisma stops at a migration without an end and asks for a decision. Here the answer is always the same: a migration is
 * one transaction, so it was not applied.
 */
async function forgetUnfinished(lock: pg.Client, names: string[]): Promise<void> {
  await lock.query('SELECT pg_advisory_xact_lock(hashtext($1))', [SCRIPT_LOCK])
  const { rows } = await lock.query<{ found: boolean }>(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`)
  if (!rows[0]?.found) return
  await lock.query(
    `DELETE FROM _prisma_migrations
     WHERE finished_at IS NULL AND rolled_back_at IS NULL AND migration_name = ANY ($1)`,
    [names],
  )
}

/** The SQL that creates the database of schema.prisma. A test compares the migrations with it. */
export async function schemaScript(url: string): Promise<string> {
  const schema = await readSchema()
  return withSchemaEngine(url, schema, async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: null,
      filters: ALL,
    })
    return stdout ?? ''
  })
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
