import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { createFeed } from '../inbox/feed.ts'
import { checkHealth } from '../operations/health.ts'
import { createMetrics } from '../operations/metrics.ts'
import { bearerOf, targetOf } from './caller.ts'
import { limitConnections } from './connections.ts'
import { watchDatabase } from './database-watch.ts'
import { badRequest, internalError } from './errors.ts'
import type { ApiDeps } from './graphql/builder.ts'
import { createGraphql, type GraphqlOptions } from './graphql/yoga.ts'
import { asksForPage, createGraphiql } from './pages/graphiql.ts'
import { logged } from './request-log.ts'

export type ApiOptions = GraphqlOptions & {
  port: number
  host?: string
  /** GraphiQL in a browser. */
  graphiql: boolean
  /** The token that GraphiQL starts with: for the demo alone, since it is given to everybody who opens the page. */
  demoToken?: string
  /** What a Prometheus has to send; none: there are no metrics. */
  metricsToken?: string
}

/** Milliseconds that a client has to send a request in. */
const REQUEST_TIMEOUT = 30_000
/** Milliseconds. Longer than proxies keep a connection: one that we close first costs the request that is on its way. */
const KEEP_ALIVE = 120_000
/** Milliseconds that running requests have to end in when the server is closed. */
const PATIENCE = 8_000

/** Serves GraphQL at `/` and `/graphql`, `/healthz`, `/readyz` and `/metrics`. */
export async function startApi(deps: ApiDeps, options: ApiOptions) {
  const feed = createFeed(deps)
  const yoga = createGraphql({ ...deps, feed }, options)
  let checking: ReturnType<typeof checkHealth> | undefined
  async function answerReadiness(res: ServerResponse): Promise<void> {
    // Anybody may ask, as often as they like: those who ask at once get the same answer.
    checking ??= checkHealth(deps.pool, deps.emailProvider).finally(() => {
      checking = undefined
    })
    const checks = await checking
    const ready = checks.every(({ ok }) => ok)
    json(res, ready ? 200 : 503, { ready, checks })
  }
  const answerWithGraphiql = createGraphiql(options.demoToken)
  const metrics = options.metricsToken ? createMetrics(deps) : undefined

  function failed(res: ServerResponse, error: unknown): void {
    const id = randomUUID()
    deps.log.error({ err: error, request: { id } }, 'A request failed')
    if (!res.headersSent) json(res, 500, { errors: [internalError(id)] })
  }

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT, keepAliveTimeout: KEEP_ALIVE }, (req, res) => {
    const target = targetOf(req)
    if (!target) return json(res, 400, { errors: [badRequest('This is no address.')] })
    const { pathname: path, search } = target
    if (path === '/healthz') return json(res, 200, { status: 'alive' })
    if (path === '/readyz') return void answerReadiness(res)
    if (metrics && path === '/metrics') {
      if (!isSecret(bearerOf(req), options.metricsToken ?? '')) {
        return void res.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
      }
      return void metrics.read().then(
        ({ contentType, text }) =>
          res.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text),
        (error) => failed(res, error),
      )
    }
    req.url = (path === '/' ? '/graphql' : path) + search
    // Yoga makes an address of it, and shows its stack where it cannot.
    req.headers.host = 'localhost'
    if (options.graphiql && asksForPage(req)) {
      return void answerWithGraphiql(req, res).catch((error) => failed(res, error))
    }
    logged(deps.log, res, () => void yoga(req, res), metrics?.count)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  limitConnections(server, deps.log)
  const stopWatching = watchDatabase(deps.pool, deps.log)

  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : options.port
  return {
    url: `http://${options.host ?? 'localhost'}:${port}`,
    /** Takes no more requests, lets the running ones end, and ends the streams. */
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()))
      // A connection whose last answer is out would be kept for the client's next request.
      const sweeping = setInterval(() => server.closeIdleConnections(), 100)
      const patience = setTimeout(() => server.closeAllConnections(), PATIENCE)
      await stopWatching()
      await feed.close()
      await ended
      clearInterval(sweeping)
      clearTimeout(patience)
      await yoga.dispose()
    },
  }
}

/** In a time that tells nothing of the secret. */
const isSecret = (given: string, secret: string) => timingSafeEqual(digest(given), digest(secret))
const digest = (text: string) => createHash('sha256').update(text).digest()

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify(body))
}
