import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { _createLRUCache as createCache, createYoga, maskError } from 'graphql-yoga'
import { checkHealth } from '../health.ts'
import { badDocuments } from './bad-documents.ts'
import type { ApiDeps, Context } from './builder.ts'
import { internalError } from './errors.ts'
import { createFeed } from './feed.ts'
import { answerWithGraphiql, asksForPage } from './graphiql.ts'
import { bodyLimit, documentLimits, noIntrospection } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { forgetOldLimits } from './rate-limit.ts'
import { currentRequest, logged, noteOperation } from './request-log.ts'
import { schema } from './schema.ts'

export type ApiOptions = {
  port: number
  host?: string
  /** Origins of browsers that may call; none: any. */
  corsOrigins: string[]
  /** GraphiQL in a browser. */
  graphiql: boolean
  /** Whether the schema tells about itself. */
  introspection: boolean
  /** How many proxies stand before this server: so many of the last addresses in X-Forwarded-For are theirs. */
  trustedProxies: number
  /** What a Prometheus has to send; none: there are no metrics. */
  metricsToken?: string
}

const HOUR = 60 * 60 * 1000
/** Milliseconds that a client has to send a request in. */
const REQUEST_TIMEOUT = 30_000
/** Milliseconds that running requests have to end in when the server is closed. */
const PATIENCE = 8_000

/** How many are kept read. Apps send a dozen; one that is as large as the limits allow takes 700 KB. */
const DOCUMENTS = 50

/** Serves GraphQL at `/` and `/graphql`, `/healthz`, `/readyz` and `/metrics`. */
export async function startApi(deps: ApiDeps, options: ApiOptions) {
  type ServerContext = { req: IncomingMessage; res: ServerResponse }
  const feed = createFeed(deps)
  const yoga = createYoga<ServerContext, Omit<Context, keyof ServerContext>>({
    schema,
    plugins: [
      bodyLimit,
      ...documentLimits,
      badDocuments,
      noteOperation,
      ...(options.introspection ? [] : [noIntrospection]),
    ],
    graphqlEndpoint: '/graphql',
    // A deployed client uses its base URL as it is.
    landingPage: false,
    // Its page is our own, below.
    graphiql: false,
    logging: false,
    batching: false,
    multipart: false,
    // `bodyLimit` has seen to it. Yoga's own limit copies every body through a stream, at half the cost of a small query.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: createCache({ max: DOCUMENTS }),
      errorCache: createCache({ max: DOCUMENTS }),
    },
    cors: {
      origin: options.corsOrigins.length ? options.corsOrigins : '*',
      allowedHeaders: ['Authorization', 'Content-Type'],
      methods: ['GET', 'POST'],
      // Authentication is by header, never by cookie.
      credentials: false,
    },
    maskedErrors: {
      maskError(error, message, isDev) {
        const masked = maskError(error, message, isDev)
        if (masked === error) return masked
        const request = currentRequest()
        deps.log.error({ err: error, request }, 'An API request failed')
        return internalError(request?.id)
      },
      isDev: false,
    },
    context({ req }) {
      const memberId = deps.tokens.memberOf(bearerOf(req))
      const request = currentRequest()
      if (request) request.memberId = memberId
      return { ...deps, feed, memberId, address: addressOf(req, options.trustedProxies) }
    },
  })
  async function answerReadiness(res: ServerResponse): Promise<void> {
    const checks = await checkHealth(deps.pool, deps.emailProvider)
    const ready = checks.every(({ ok }) => ok)
    json(res, ready ? 200 : 503, { ready, checks })
  }
  const metrics = options.metricsToken ? createMetrics(deps, options.metricsToken) : undefined

  function failed(res: ServerResponse, error: unknown): void {
    deps.log.error({ err: error }, 'A request failed')
    if (!res.headersSent) json(res, 500, { errors: [internalError(currentRequest()?.id)] })
  }

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (req, res) => {
    const target = targetOf(req)
    if (!target)
      return json(res, 400, { errors: [{ message: 'This is no address.', extensions: { code: 'BAD_REQUEST' } }] })
    const { pathname: path, search } = target
    if (path === '/healthz') return json(res, 200, { status: 'alive' })
    if (path === '/readyz') return void answerReadiness(res)
    if (metrics && path === '/metrics') return void metrics.answer(bearerOf(req), res)
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
  const cleaning = setInterval(() => void forgetOldLimits(deps.db).catch(() => {}), HOUR)
  cleaning.unref()

  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : options.port
  return {
    url: `http://${options.host ?? 'localhost'}:${port}`,
    /** Takes no more requests, lets the running ones end, and ends the streams. */
    async close() {
      clearInterval(cleaning)
      const ended = new Promise<void>((resolve) => server.close(() => resolve()))
      // A connection whose last answer is out would be kept for the client's next request.
      const sweeping = setInterval(() => server.closeIdleConnections(), 100)
      const patience = setTimeout(() => server.closeAllConnections(), PATIENCE)
      await feed.close()
      await ended
      clearInterval(sweeping)
      clearTimeout(patience)
      await yoga.dispose()
    },
  }
}

/** That of IPv6 with an IPv4 in it. What is longer was made up, and would fit into no index. */
const LONGEST_ADDRESS = 45

/** Empty where there is none: deployed clients send an empty header without a token. */
const bearerOf = ({ headers }: IncomingMessage) => /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''

/** What a client writes into X-Forwarded-For itself stands before what our proxies add, and counts for nothing. */
function addressOf(req: IncomingMessage, trustedProxies: number): string {
  const forwarded = String(req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim().slice(0, LONGEST_ADDRESS))
    .filter(Boolean)
  const hops = [...forwarded, req.socket.remoteAddress ?? 'unknown']
  return hops.at(-1 - trustedProxies) ?? hops[0] ?? 'unknown'
}

/** What is asked for. A proxy may name the whole address. */
const targetOf = ({ url = '/' }: IncomingMessage) => URL.parse(url.startsWith('/') ? `http://localhost${url}` : url)

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify(body))
}
