import { connectQueryNode } from '../chain/client.ts'
import { createEmailTypes } from '../emails/prepare.ts'
import { closeProviders, createProviders } from '../emails/providers/provider.ts'
import type { NotifierDeps } from '../notifier/run.ts'
import type { Tools } from './command.ts'

export async function openNotifier({ config, log, database, stop }: Tools) {
  const providers = await createProviders(config)
  if (!providers.length)
    log.warn(
      'No email provider is configured: notifications are recorded but not emailed. Set SENDGRID_API_KEY, MAILGUN_API_KEY or SMTP_URL',
    )
  return {
    db: database.db,
    pool: database.pool,
    queryNode: connectQueryNode(config.queryNodeEndpoint),
    providers,
    log,
    emailTypes: createEmailTypes(config),
    stop,
    config,
    async close() {
      await closeProviders(providers)
    },
  } satisfies NotifierDeps & { close: () => Promise<void> }
}
