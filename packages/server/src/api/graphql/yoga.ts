import type { IncomingMessage, ServerResponse } from 'node:http'
import { _createLRUCache as createCache, createYoga, maskError, type Plugin } from 'graphql-yoga'
import type { Feed } from '../../inbox/feed.ts'
import { explain } from '../../lib/explain.ts'
import { addressOf, bearerOf, networkOf } from '../caller.ts'
import { internalError } from '../errors.ts'
import { currentRequest, noteOperation } from '../request-log.ts'
import { badDocuments } from './bad-documents.ts'
import type { ApiDeps, Context } from './builder.ts'
import { bodyLimit, documentLimits, noIntrospection } from './limits.ts'
import { schema } from './schema.ts'

export type GraphqlOptions = {
  /** Origins of browsers that may call; none: any. */
  corsOrigins: string[]
  /** Whether the schema tells about itself. */
  introspection: boolean
  /** How many proxies stand before this server: so many of the last addresses in X-Forwarded-For are theirs. */
  trustedProxies: number
}

/** nginx would keep a stream's events until there are some kilobytes of them, unless it is told not to. */
const unbuffered: Plugin = {
  onResponse({ response: { headers } }) {
    if (headers.get('content-type') === 'text/event-stream') headers.set('x-accel-buffering', 'no')
  },
}

type ServerContext = { req: IncomingMessage; res: ServerResponse }

/** How many are kept read. Apps send a dozen; one that is as large as the limits allow takes 700 KB. */
const DOCUMENTS = 50

/** What answers GraphQL. */
export function createGraphql(deps: ApiDeps & { feed: Feed }, options: GraphqlOptions) {
  return createYoga<ServerContext, Omit<Context, keyof ServerContext>>({
    schema,
    plugins: [
      bodyLimit,
      ...documentLimits,
      badDocuments,
      noteOperation,
      unbuffered,
      ...(options.introspection ? [] : [noIntrospection]),
    ],
    graphqlEndpoint: '/graphql',
    // A deployed client uses its base URL as it is.
    landingPage: false,
    // Its page is our own: graphiql.ts.
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
      // Seconds. Chromium remembers no longer than two hours.
      maxAge: 7_200,
    },
    maskedErrors: {
      maskError(error, message, isDev) {
        const masked = maskError(error, message, isDev)
        if (masked === error) return masked
        const request = currentRequest()
        const { known, message: why } = explain(error)
        if (known) deps.log.error({ request }, `An API request failed. ${why}`)
        else deps.log.error({ err: error, request }, 'An API request failed')
        return internalError(request?.id)
      },
      isDev: false,
    },
    context({ req }) {
      const memberId = deps.tokens.memberOf(bearerOf(req))
      const request = currentRequest()
      if (request) request.memberId = memberId
      return { ...deps, asked: 0, memberId, network: networkOf(addressOf(req, options.trustedProxies)) }
    },
  })
}
