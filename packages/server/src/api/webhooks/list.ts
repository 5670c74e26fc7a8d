import type { IncomingMessage } from 'node:http'
import {
  REPORTING,
  type ReportingProvider,
  reportingProviders,
  type WebhookKeys,
} from '../../config/email-providers.ts'
import type { Pool } from '../../db/client.ts'
import type { Logger } from '../../lib/logger.ts'
import type { WebhookDefinition, WebhookHandler } from './define.ts'

/** `networkOf`: undefined where a proxy hides it. */
type Deps = { pool: Pool; log: Logger; networkOf: (req: IncomingMessage) => string | undefined }

export type Webhook = { name: string; path: string; handle: WebhookHandler }

/** Loaded late: an API whose webhooks nobody calls takes less memory. */
function lazily(deps: Deps, path: string, load: () => Promise<WebhookDefinition>): WebhookHandler {
  let handler: Promise<WebhookHandler> | undefined
  const open = async () => (await import('./serve.ts')).serve(deps, path, await load())
  return async (...request) => {
    handler ??= open().catch((error: unknown) => {
      handler = undefined
      throw error
    })
    return (await handler)(...request)
  }
}

/** One more provider is one more file, and one more entry here and in the configuration. */
const DEFINITIONS: {
  [Name in ReportingProvider]: (key: NonNullable<WebhookKeys[Name]>) => Promise<WebhookDefinition>
} = {
  sendgrid: async (key) => (await import('./sendgrid.ts')).createSendGridWebhook(key),
  mailgun: async (key) => (await import('./mailgun.ts')).createMailgunWebhook(key),
}

/** Every webhook that has a key. */
export const createWebhooks = (deps: Deps, keys: WebhookKeys): Webhook[] =>
  reportingProviders(keys).flatMap((name) => webhookOf(deps, name, keys[name]))

function webhookOf<Name extends ReportingProvider>(deps: Deps, name: Name, key: WebhookKeys[Name]): Webhook[] {
  if (!key) return []
  const path = `/webhooks/${name}`
  const handle = lazily(deps, path, () => DEFINITIONS[name](key))
  return [{ name: `webhook ${REPORTING[name]}`, path, handle }]
}
