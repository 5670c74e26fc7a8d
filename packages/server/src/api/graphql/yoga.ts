import type { IncomingMessage, ServerResponse } from 'node:http'
import { _createLRUCache as createCache, createYoga, maskError, type Plugin } from 'graphql-yoga'
import { explain } from '../../lib/explain.ts'
import { bearerOf, callerOf } from '../caller.ts'
import { createCors } from '../cors.ts'
import { internalError } from '../errors.ts'
import { currentRequest, operationLog } from '../request-log.ts'
import { createStreamLimit } from '../stream-limit.ts'
import type { ApiDeps, Context } from './builder.ts'
import { documentErrors } from './document-errors.ts'
import { bodyLimit, documentLimits, noIntrospection } from './request-limits.ts'
import { schema } from './schema.ts'

export type GraphqlOptions = {
  /** Web origins that may call the API; empty: any. */
  corsOrigins: string[]
  introspection: boolean
  /** The number of proxies in front of this server. Undefined: not configured. */
  trustedProxies: number | undefined
}

/** Without this header, nginx holds back a stream's events until it has a few kilobytes. */
const unbufferedStreams: Plugin = {
  onResponse({ response: { headers } }) {
    if (headers.get('content-type') === 'text/event-stream') headers.set('x-accel-buffering', 'no')
  },
}

type ServerContext = { req: IncomingMessage; res: ServerResponse }

/** Apps send about a dozen. The largest that the limits allow takes 700 KB of memory. */
const MAX_CACHED_DOCUMENTS = 50

/** Makes the handler of GraphQL requests, which must arrive at `/graphql`. */
export function createGraphql(deps: ApiDeps & Pick<Context, 'feed' | 'signatures'>, options: GraphqlOptions) {
  const streams = createStreamLimit()
  return createYoga<ServerContext, Omit<Context, keyof ServerContext>>({
    schema,
    plugins: [
      bodyLimit,
      ...documentLimits,
      documentErrors,
      operationLog,
      unbufferedStreams,
      ...(options.introspection ? [] : [noIntrospection]),
    ],
    graphqlEndpoint: '/graphql',
    // Deployed clients call the base URL itself.
    landingPage: false,
    // api/pages/graphiql.ts serves it without the internet.
    graphiql: false,
    logging: false,
    batching: false,
    multipart: false,
    // bodyLimit replaces it: Yoga's limit copies every body through a stream, at half the cost of a small query.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: createCache({ max: MAX_CACHED_DOCUMENTS }),
      errorCache: createCache({ max: MAX_CACHED_DOCUMENTS }),
    },
    cors: createCors(options.corsOrigins),
    maskedErrors: {
      maskError(error, message, isDev) {
        const masked = maskError(error, message, isDev)
        if (masked === error) return masked
        const request = currentRequest()
        const { known, message: cause } = explain(error)
        if (known) deps.log.error({ request }, `An API request failed. ${cause}`)
        else deps.log.error({ err: error, request }, 'An API request failed')
        return internalError(request?.id)
      },
      isDev: false,
    },
    context({ req, res }) {
      const holder = deps.tokens.holderOf(bearerOf(req))
      const request = currentRequest()
      if (request) request.memberId = holder?.memberId
      const network = callerOf(req, options.trustedProxies)
      const openStream = (id: number) => streams.open(res, id, network)
      return { ...deps, requestedRows: 0, previews: 0, explanations: 0, holder, network, openStream }
    },
  })
}
