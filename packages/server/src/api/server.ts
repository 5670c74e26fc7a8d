import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { WebhookKeys } from '../config/email-providers.ts'
import { createFeed } from '../inbox/feed.ts'
import { reportingNames } from '../operations/feedback.ts'
import { checkHealth } from '../operations/health.ts'
import { bearerOf, callerOf, targetOf } from './caller.ts'
import { type ConnectionLimits, limitConnections } from './connection-limit.ts'
import { watchDatabase } from './database-watch.ts'
import { badRequest, internalError } from './errors.ts'
import type { ApiDeps } from './graphql/builder.ts'
import { createGraphql, type GraphqlOptions } from './graphql/yoga.ts'
import { asksForPage, createGraphiql } from './pages/graphiql.ts'
import { logRequest } from './request-log.ts'
import { createRequestRate, type RequestRateOptions } from './request-rate.ts'
import { createRouter } from './router.ts'
import { createSignatureVerifier } from './signature-verifier.ts'

export type ApiOptions = GraphqlOptions &
  RequestRateOptions &
  Pick<ConnectionLimits, 'patience'> & {
    port: number
    host?: string
    /** GraphiQL in a browser. */
    graphiql: boolean
    /** The token that GraphiQL starts with: for the demo alone, since it is given to everybody who opens the page. */
    demoToken?: string
    /** What a Prometheus has to send, and who reads the details of `/readyz`; none: there are no metrics. */
    metricsToken?: string
    webhookKeys?: WebhookKeys
  }

const REQUEST_TIMEOUT_MS = 30_000
/** Longer than proxies keep a connection: if we close it first, a request on its way is lost. */
const KEEP_ALIVE_MS = 120_000
/** For running requests to finish when the server closes. */
const SHUTDOWN_TIMEOUT_MS = 8_000

/** A request above the rate limit, for the metrics. */
const REFUSED = { field: 'none', outcome: '429', limit: 'requests per minute', seconds: 0 }

/** Serves GraphQL at `/` and `/graphql`, pages, webhooks, `/healthz`, `/readyz` and `/metrics`. @throws Error if it cannot listen */
export async function startApi(deps: ApiDeps, options: ApiOptions) {
  const { webhookKeys = {} } = options
  const reporting = reportingNames(webhookKeys)
  const feed = createFeed(deps)
  const signatures = createSignatureVerifier()
  const yoga = createGraphql({ ...deps, feed, signatures }, options)
  let healthCheck: ReturnType<typeof checkHealth> | undefined
  const isOperator = (req: IncomingMessage) =>
    Boolean(options.metricsToken) && isSecret(bearerOf(req), options.metricsToken ?? '')

  /** Only the operator reads the details: they can contain hosts and what the query node or a provider answered. */
  async function answerReadiness(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // Anyone may call this at any rate: simultaneous callers share one check.
    healthCheck ??= checkHealth(deps.pool, deps.emailProviders, undefined, reporting).finally(() => {
      healthCheck = undefined
    })
    const checks = await healthCheck
    const ready = checks.every(({ ok }) => ok)
    const states = checks.map(({ name, ok }) => ({ name, ok }))
    json(res, ready ? 200 : 503, { ready, checks: isOperator(req) ? checks : states })
  }
  const requestRate = createRequestRate(deps.log, options)
  const router = createRouter(deps, webhookKeys, requestRate.refuses, (req) => callerOf(req, options.trustedProxies))
  const answerWithGraphiql = createGraphiql(options.demoToken)
  // A library that only those load who use it.
  const metrics = options.metricsToken
    ? (await import('../operations/metrics.ts')).createMetrics({ ...deps, reporting })
    : undefined

  function failed(res: ServerResponse, error: unknown): void {
    const id = randomUUID()
    deps.log.error({ err: error, request: { id } }, 'An HTTP request failed')
    if (!res.headersSent) json(res, 500, { errors: [internalError(id)] })
  }

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    const target = targetOf(req)
    if (!target) return json(res, 400, { errors: [badRequest('The request target is not a valid URL.')] })
    const { pathname: path, search } = target
    if (path === '/healthz') return json(res, 200, { status: 'alive' })
    const found = router.find(req, path)
    if (!found?.isSelfLimited && requestRate.refuses(req, res, found)) return metrics?.count(REFUSED)
    if (found) return logRequest(deps.log, res, () => found.answer(req, res), metrics?.count)
    if (path === '/readyz') return void answerReadiness(req, res)
    if (metrics && path === '/metrics') {
      if (!isOperator(req)) {
        return void res.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
      }
      return void metrics.read().then(
        ({ contentType, text }) =>
          res.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text),
        (error) => failed(res, error),
      )
    }
    req.url = (path === '/' ? '/graphql' : path) + search
    // Yoga builds a URL from the Host header. If that fails, it answers with its stack trace.
    req.headers.host = 'localhost'
    if (options.graphiql && asksForPage(req)) {
      return void answerWithGraphiql(req, res).catch((error) => failed(res, error))
    }
    logRequest(deps.log, res, () => void yoga(req, res), metrics?.count)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  limitConnections(server, deps.log, options)
  const stopWatching = watchDatabase(deps.pool, deps.log)

  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : options.port
  return {
    url: `http://${options.host ?? 'localhost'}:${port}`,
    /** Refuses new requests, ends the streams, and gives running requests a few seconds to finish. */
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()))
      // A connection whose last answer is out would be kept for the client's next request.
      const closingIdle = setInterval(() => server.closeIdleConnections(), 100)
      const timeout = setTimeout(() => server.closeAllConnections(), SHUTDOWN_TIMEOUT_MS)
      await stopWatching()
      await feed.close()
      await ended
      clearInterval(closingIdle)
      clearTimeout(timeout)
      await yoga.dispose()
      await signatures.close()
    },
  }
}

/** Compares in constant time, so that the duration reveals nothing about the secret. */
const isSecret = (given: string, secret: string) => timingSafeEqual(digest(given), digest(secret))
const digest = (text: string) => createHash('sha256').update(text).digest()

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify(body))
}
