import { loadConfig } from '../src/config.ts'
import { migrate } from '../src/database/migrate.ts'
import { seed } from '../src/database/seed.ts'
import { openDatabase } from '../src/db.ts'

// `npm run migrate`: brings the database up to date and registers INITIAL_MEMBERSHIPS. `--seed` does only the latter.
try {
  const config = loadConfig()
  const database = await openDatabase(config)
  try {
    if (!process.argv.includes('--seed')) {
      const applied = await migrate(database.url)
      for (const name of applied) console.log(`Applied migration ${name}`)
      if (!applied.length) console.log('The database is up to date.')
    }
    for (const { id, name, token } of await seed(database.db, config)) {
      console.log(`Registered member ${id} (${name}), whose token is: ${token}`)
    }
  } finally {
    await database.close()
  }
} catch (error) {
  console.error(error instanceof Error && error.message ? error.message : error)
  process.exitCode = 1
}
