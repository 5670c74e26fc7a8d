import { startApi } from '../api/server.ts'
import { connectQueryNode } from '../chain/client.ts'
import { connect } from '../db/client.ts'
import { LIMITS } from '../db/session.ts'
import { createTokens } from '../members/tokens.ts'
import type { Tools } from './command.ts'
import { freeMemory } from './free-memory.ts'

export async function openApi({ config, log, database }: Tools) {
  // Its own connections: a request may not take as long as a run of the notifier.
  const { db, pool, close } = connect(database.url, LIMITS.api)
  const deps = {
    db,
    pool,
    queryNode: connectQueryNode(config.queryNodeEndpoint),
    tokens: createTokens(config.secretKey),
    pioneerUrl: config.pioneerUrl,
    emailProvider: config.emailProvider.name,
    log,
  }
  const api = await startApi(deps, config).catch(async (error: unknown) => {
    await close()
    throw error
  })
  freeMemory()
  log.info(`The API answers at ${api.url}`)
  return {
    async close() {
      await api.close()
      await close()
    },
  }
}
