import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { loadConfig } from '../src/config/config.ts'
import { openDatabase } from '../src/db/client.ts'

// `npm run prisma -- <command>`: Prisma's own command line on the configured, or embedded, database.
const config = loadConfig()
const database = await openDatabase(config)
const folder = resolve(import.meta.dirname, '..')
const child = spawn('prisma', process.argv.slice(2), {
  cwd: folder,
  stdio: 'inherit',
  // Prisma looks for its native schema engine even where it does not use it; any file that exists will do. Whoever has
  // the engine, for `prisma migrate`, names it by the same variable.
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: 'package.json',
    // Prisma's command line asks its maker for updates otherwise, and says which commands are used.
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...process.env,
    DATABASE_URL: database.url,
  },
})
// Ctrl-C reaches the child too; this process stays to stop the database after it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', async (code) => {
  await database.close()
  process.exitCode = code ?? 1
})
