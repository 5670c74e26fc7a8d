import type { Tools } from '../command.ts'
import { connectQueryNode } from '../query-node.ts'
import { createTokens } from '../tokens.ts'
import { startApi } from './server.ts'

/** Serves the API as it is configured. Whoever opens it closes it. */
export async function openApi({ config, log, database }: Tools) {
  const deps = {
    db: database.db,
    pool: database.pool,
    queryNode: connectQueryNode(config.queryNodeEndpoint),
    tokens: createTokens(config.secretKey),
    pioneerUrl: config.pioneerUrl,
    emailProvider: config.emailProvider.name,
    log,
  }
  const api = await startApi(deps, config)
  log.info(`The API answers at ${api.url}`)
  return api
}
