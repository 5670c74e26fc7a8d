import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Config } from './config.ts'
import { type Prisma, PrismaClient } from './generated/prisma/client.ts'

export type Database = PrismaClient
/** What runs within one transaction. */
export type Transaction = Prisma.TransactionClient

/** The database and what ends its use. */
export type OpenDatabase = { db: Database; url: string; close: () => Promise<void> }

/**
 * Opens the configured database; where there is none, outside production, the embedded one.
 *
 * @throws Error when the embedded server cannot be started
 */
export async function openDatabase({ databaseUrl, dataFolder }: Pick<Config, 'databaseUrl' | 'dataFolder'>) {
  const server = databaseUrl ? { url: databaseUrl, close: async () => {} } : await embedded(dataFolder)
  const db = connect(server.url)
  return {
    db,
    url: server.url,
    async close() {
      await db.$disconnect()
      await server.close()
    },
  } satisfies OpenDatabase
}

/** @param url PostgreSQL connection string */
export function connect(url: string): Database {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, application_name: 'notifications' }) })
}

/** The embedded database is always up to date. Loaded on demand: production has no such package. */
async function embedded(dataFolder: string) {
  const { startEmbedded } = await import('./database/embedded.ts')
  const { migrate } = await import('./database/migrate.ts')
  const server = await startEmbedded(join(dataFolder, 'postgres'))
  await migrate(server.url)
  return server
}
