import { join } from 'node:path'
import { loadConfig } from '../src/config/config.ts'
import { openDatabase } from '../src/db/client.ts'
import { removeEmbedded } from '../src/db/setup/embedded.ts'

// `npm run db:reset`: an empty embedded database. A database that DATABASE_URL names is never touched.
const config = loadConfig()
if (config.databaseUrl) {
  console.error('DATABASE_URL is set: only the embedded database can be reset.')
  process.exitCode = 1
} else {
  try {
    await removeEmbedded(join(config.dataFolder, 'postgres'))
    await (await openDatabase(config)).close()
    console.log('The embedded database is new and empty.')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
