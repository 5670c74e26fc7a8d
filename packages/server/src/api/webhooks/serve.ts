import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Pool } from '../../db/client.ts'
import type { Logger } from '../../lib/logger.ts'
import { recordRateLimit } from '../request-log.ts'
import { readBody } from './body.ts'
import type { WebhookDefinition, WebhookHandler } from './define.ts'
import { createReportRecorder } from './record.ts'

const RETRY_SECONDS = 60
const WARN_EVERY_MS = 60_000

/** Answers the requests of one provider. @param path for the log */
export function serve(
  deps: { pool: Pool; log: Logger; networkOf: (req: IncomingMessage) => string | undefined },
  path: string,
  { provider, mostBytes, read }: WebhookDefinition,
): WebhookHandler {
  const record = createReportRecorder(deps, provider)
  let warnedAt = -WARN_EVERY_MS

  function warn(): void {
    if (performance.now() - warnedAt < WARN_EVERY_MS) return
    warnedAt = performance.now()
    deps.log.warn(
      `A request to ${path} was refused: it was not signed with the key of ${provider}'s webhook. If bounces are missing, check ${provider.toUpperCase()}_WEBHOOK_KEY`,
    )
  }

  return async (req, res, refuses) => {
    const body = await readBody(req, mostBytes, deps.networkOf(req))
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
