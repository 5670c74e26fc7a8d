import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { openDatabase } from '../src/db/client.ts'
import { explain } from '../src/lib/explain.ts'
import { readConfiguration } from './configuration.ts'

// Prisma's own command line on the configured, or embedded, database. All arguments are passed on, `--help` included.
const config = readConfiguration()
const database = await openDatabase(config).catch((error: unknown) => {
  const { message, known } = explain(error)
  console.error(known ? message : error)
  process.exit(1)
})
const child = spawn('prisma', process.argv.slice(2), {
  cwd: resolve(import.meta.dirname, '..'),
  stdio: 'inherit',
  // Prisma checks that its native schema engine exists even if it does not use it, so any file will do. Operators who
  // have the engine, for `prisma migrate`, set the same variable.
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: 'package.json',
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
