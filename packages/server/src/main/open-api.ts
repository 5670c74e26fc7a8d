import { startApi } from '../api/server.ts'
import { connectQueryNode } from '../chain/client.ts'
import { createTokens } from '../members/tokens.ts'
import type { Tools } from './command.ts'

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
