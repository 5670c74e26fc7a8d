import { ConfigError, loadConfig } from '../config.ts'
import { openDatabase } from '../db.ts'
import { createLogger } from '../logger.ts'
import { connectQueryNode } from '../query-node.ts'
import { createTokens } from '../tokens.ts'
import { startApi } from './server.ts'

/** `npm run start:api`: serves until it is told to stop. */
async function main(): Promise<void> {
  const config = loadConfig()
  const log = createLogger(config)
  const database = await openDatabase(config)
  const deps = {
    db: database.db,
    pool: database.pool,
    queryNode: connectQueryNode(config.queryNodeEndpoint),
    tokens: createTokens(config.secretKey),
    pioneerUrl: config.pioneerUrl,
    log,
  }
  const api = await startApi(deps, config)
  log.info(`The API answers at ${api.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      log.info(`${signal}: running requests end, then the API does`)
      await api.close()
      await database.close()
    })
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error)
  process.exitCode = 1
}
