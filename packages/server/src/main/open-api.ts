import { startApi } from '../api/server.ts'
import { connectQueryNode } from '../chain/client.ts'
import { connect } from '../db/client.ts'
import { LIMITS } from '../db/session.ts'
import { reportWay } from '../db/way.ts'
import { createTokens } from '../members/tokens.ts'
import type { Tools } from './command.ts'
import { freeMemory } from './free-memory.ts'

export async function openApi({ config, log, database, stop }: Tools) {
  // Its own connections: a request may not take as long as a run of the notifier.
  const { db, pool, close } = connect(database.url, LIMITS.api)
  const deps = {
    db,
    pool,
    directUrl: database.directUrl,
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
  const closing = new AbortController()
  void reportWay(deps, log, AbortSignal.any([stop, closing.signal]))
  return {
    async close() {
      closing.abort()
      await api.close()
      await close()
    },
  }
}
