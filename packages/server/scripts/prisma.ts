import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { openDatabase } from '../src/db/client.ts'
import { explain } from '../src/lib/explain.ts'
import { readConfiguration } from './configuration.ts'
import { asksForHelp, needsDatabase, useInstead } from './prisma-commands.ts'

// Prisma's own command line on the configured, or embedded, database. All arguments are passed on, `--help` included.
const args = process.argv.slice(2)
const database = await open()
const child = spawn('prisma', args, {
  cwd: resolve(import.meta.dirname, '..'),
  stdio: 'inherit',
  // Operators who have the native schema engine, for `prisma migrate`, set the same variable.
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: 'scripts/no-schema-engine.sh',
    ...process.env,
    // Migrations need a session of their own.
    DATABASE_URL: database.directUrl ?? database.url,
    // Switches off telemetry and the update check.
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${import.meta.resolve('./studio-stays-here.ts')}`,
  },
})
// Ctrl-C also reaches the child; this process stays to stop the database afterwards.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', async (code) => {
  await database.close()
  process.exitCode = code ?? 1
})

/** The database where the command needs one; otherwise no server is started. */
async function open(): Promise<{ url: string; directUrl?: string | undefined; close: () => Promise<void> }> {
  const closed = { url: process.env.DATABASE_URL ?? '', close: async () => {} }
  if (asksForHelp(args)) return closed
  // Prisma signs nothing: any secret will do.
  process.env.APP_SECRET_KEY ||= randomBytes(32).toString('hex')
  const config = readConfiguration()
  const instead = useInstead(args, Boolean(process.env.PRISMA_SCHEMA_ENGINE_BINARY))
  if (instead) {
    console.error(instead)
    process.exit(1)
  }
  if (!needsDatabase(args)) return { ...closed, url: config.databaseUrl ?? '' }
  return openDatabase(config).catch((error: unknown) => {
    const { message, known } = explain(error)
    console.error(known ? message : error)
    process.exit(1)
  })
}
