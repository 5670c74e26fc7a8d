import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { MIGRATIONS, PRISMA, readMigrationNames } from './migration-names.ts'
import { withSchemaEngine } from './schema-engine.ts'

const ALL = { externalTables: [], externalEnums: [] }

/**
 * Applies the migrations of prisma/migrations that a database has not seen yet, as `prisma migrate deploy` would, in
 * the same `_prisma_migrations` table.
 *
 * @param url PostgreSQL connection string
 * @returns the names of those that were applied now
 * @throws Error when a migration fails; PostgreSQL has then undone all of it
 */
export async function migrate(url: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: url })
  await lock.connect()
  try {
    // Several processes may start at once: one applies, the others find nothing left to do.
    await lock.query('SELECT pg_advisory_lock(hashtext($1))', ['migrate'])
    const migrationsList = await readMigrations()
    return await withSchemaEngine(url, await readSchema(), async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: ALL })
      return appliedMigrationNames
    })
  } finally {
    await lock.end()
  }
}

/** The SQL that makes an empty database what schema.prisma says. A test holds the migrations against it. */
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
