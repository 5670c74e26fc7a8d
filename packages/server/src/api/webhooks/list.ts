import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Pool } from '../../db/client.ts'
import type { Logger } from '../../lib/logger.ts'
import { recordRateLimit } from '../request-log.ts'
import { readBody } from './body.ts'
import type { WebhookDefinition, WebhookKeys } from './define.ts'
import { createMailgunWebhook } from './mailgun.ts'
import { createReportRecorder } from './record.ts'
import { createSendGridWebhook } from './sendgrid.ts'

type Deps = { pool: Pool; log: Logger }

export type Webhook = {
  name: string
  path: string
  /** @param refuses answers a request that somebody else signed, if its network has sent too many */
  handle: (req: IncomingMessage, res: ServerResponse, refuses: () => boolean) => Promise<void>
}

const RETRY_SECONDS = 60
const WARN_EVERY_MS = 60_000

/** Every webhook that has a key. One more provider is one more file and one more entry here. */
export const createWebhooks = (deps: Deps, { sendgrid, mailgun }: WebhookKeys): Webhook[] => [
  ...(sendgrid ? [serve(deps, '/webhooks/sendgrid', createSendGridWebhook(sendgrid))] : []),
  ...(mailgun ? [serve(deps, '/webhooks/mailgun', createMailgunWebhook(mailgun))] : []),
]

function serve(deps: Deps, path: string, { provider, mostBytes, read }: WebhookDefinition): Webhook {
  const record = createReportRecorder(deps, provider)
  let warnedAt = -WARN_EVERY_MS

  function warn(): void {
    if (performance.now() - warnedAt < WARN_EVERY_MS) return
    warnedAt = performance.now()
    deps.log.warn(
      `A request to ${path} was refused: it was not signed with the key of ${provider}'s webhook. If bounces are missing, check ${provider.toUpperCase()}_WEBHOOK_KEY`,
    )
  }

  return {
    name: `webhook ${provider}`,
    path,
    async handle(req, res, refuses) {
      const body = await readBody(req, mostBytes)
      if (body === 413) return close(res, 413, { error: `The body is larger than ${mostBytes} bytes.` })
      if (body === 503) return close(res, 503, { error: 'Too many requests at once.' })
      const reports = read(req.headers, body)
      if (!reports) {
        warn()
        if (refuses()) recordRateLimit('requests per minute')
        else answer(res, 403, { error: 'The signature is wrong.' })
        return
      }
      const recorded = await record(reports)
      if (recorded === undefined) return answer(res, 503, { error: 'Not now.' })
      answer(res, 200, { recorded })
    },
  }
}

function answer(res: ServerResponse, status: number, body: object): void {
  if (status === 503) res.setHeader('retry-after', String(RETRY_SECONDS))
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify(body))
}

/** Otherwise, Node.js reads the body to get to the next request. */
function close(res: ServerResponse, status: number, body: object): void {
  res.setHeader('connection', 'close')
  answer(res, status, body)
}
