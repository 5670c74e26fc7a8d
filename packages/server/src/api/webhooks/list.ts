import type { IncomingMessage } from 'node:http'
import type { Pool } from '../../db/client.ts'
import type { Logger } from '../../lib/logger.ts'
import type { WebhookDefinition, WebhookHandler, WebhookKeys } from './define.ts'

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

/** Every webhook that has a key. One more provider is one more file and one more entry here. */
export function createWebhooks(deps: Deps, { sendgrid, mailgun }: WebhookKeys): Webhook[] {
  const webhook = (name: string, path: string, load: () => Promise<WebhookDefinition>): Webhook => ({
    name: `webhook ${name}`,
    path,
    handle: lazily(deps, path, load),
  })
  return [
    ...(sendgrid
      ? [
          webhook('SendGrid', '/webhooks/sendgrid', async () =>
            (await import('./sendgrid.ts')).createSendGridWebhook(sendgrid),
          ),
        ]
      : []),
    ...(mailgun
      ? [
          webhook('Mailgun', '/webhooks/mailgun', async () =>
            (await import('./mailgun.ts')).createMailgunWebhook(mailgun),
          ),
        ]
      : []),
  ]
}
