import type { Config } from '../src/config/config.ts'
import { openDatabase } from '../src/db/client.ts'
import { LIMITS } from '../src/db/session.ts'
import { migrate } from '../src/db/setup/migrate.ts'
import { seed } from '../src/db/setup/seed.ts'
import { checkWay } from '../src/db/way.ts'
import { explain } from '../src/lib/explain.ts'
import { readTokenGeneration } from '../src/members/token-generation.ts'
import { createTokens } from '../src/members/tokens.ts'
import { readConfiguration } from './configuration.ts'

/**
 * Brings the database up to date and registers INITIAL_MEMBERSHIPS. On failure it logs why and sets exit code 1.
 *
 * @param showTokens only where the reader of the output may have the members' tokens, so never in a log
 */
export async function prepareDatabase({ onlySeed = false, showTokens }: { onlySeed?: boolean; showTokens: boolean }) {
  await withDatabase(async (config, database) => {
    if (!onlySeed) {
      const applied = await migrate(await directUrlOf(database), LIMITS.migration, console.log)
      for (const name of applied) console.log(`Applied migration ${name}`)
      if (!applied.length) console.log('The database is up to date.')
    }
    const tokens = createTokens(config.secretKey)
    for (const { id, name, isNew } of await seed(database.db, config.initialMemberships)) {
      const what = isNew ? `Registered member ${id} (${name})` : `Member ${id} was registered before`
      const generation = await readTokenGeneration(database.pool, id)
      if (showTokens) console.log(`${what}, whose token is: ${tokens.auth(id, generation)}`)
      else if (isNew) console.log(what)
    }
  }, !onlySeed)
}

type Opened = Awaited<ReturnType<typeof openDatabase>>

/**
 * The address for migrations, past a pooler; prints what there is to say about it.
 * @throws Error when DATABASE_DIRECT_URL is of no use
 */
export async function directUrlOf(database: Opened): Promise<string> {
  const way = await checkWay(database)
  if (way && !way.ok) throw new Error(`${way.says}. Nothing was changed`)
  if (way) console.log(way.says)
  return database.directUrl ?? database.url
}

/**
 * Works on the configured database. On failure it logs why and sets exit code 1.
 * @param migrates whether advice to run `npm run migrate` would not help
 */
export async function withDatabase(
  work: (config: Config, database: Opened) => Promise<void>,
  migrates: boolean,
): Promise<void> {
  const config = readConfiguration()
  try {
    const database = await openDatabase(config)
    try {
      await work(config, database)
    } finally {
      await database.close()
    }
  } catch (error) {
    const { message, known } = explain(error)
    // Advice to run the command that has just failed would not help.
    const helps = known && !(migrates && message.includes('npm run migrate'))
    console.error(helps ? message : error instanceof Error && error.message ? error.message : error)
    process.exitCode = 1
  }
}
