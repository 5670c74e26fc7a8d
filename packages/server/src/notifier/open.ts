import type { Tools } from '../command.ts'
import { connectQueryNode } from '../query-node.ts'
import { createTokens } from '../tokens.ts'
import { createProvider } from './emails/providers/provider.ts'
import type { NotifierDeps } from './run.ts'

/** Makes what the notifier works with. Whoever opens it closes it. */
export async function openNotifier({ config, log, database, stop }: Tools) {
  const provider = await createProvider(config)
  if (!provider) log.warn('No email provider is configured: notifications are recorded, but nobody is emailed')
  return {
    db: database.db,
    pool: database.pool,
    queryNode: connectQueryNode(config.queryNodeEndpoint),
    provider,
    log,
    tokens: createTokens(config.secretKey),
    stop,
    config,
    async close() {
      await provider?.close()
    },
  } satisfies NotifierDeps & { close: () => Promise<void> }
}
