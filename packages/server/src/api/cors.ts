import type { CORSOptions } from 'graphql-yoga'

/** Chromium's maximum is two hours. */
const MAX_AGE_SECONDS = 7_200
const HEADERS = ['Authorization', 'Content-Type']
/** Names of headers (RFC 9110, 5.6.2), separated by commas: anything else cannot be repeated in an answer. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/

/**
 * Which pages may call the API, for each request. An allowed one may send any header: those of error trackers and GraphQL
 * clients differ from app to app, and a preflight that misses one blocks the whole app.
 * @param origins empty: any
 */
export function createCors(origins: readonly string[]): (request: Request) => CORSOptions {
  const options = { methods: ['GET', 'POST'], credentials: false, maxAge: MAX_AGE_SECONDS }
  const origin = origins.length ? [...origins] : '*'
  return ({ headers }) => {
    const isAllowed = origins.length === 0 || origins.includes(headers.get('origin') ?? '')
    const asked = headers.get('access-control-request-headers') ?? ''
    // Without a list, what is asked for is allowed.
    return isAllowed && HEADER_NAMES.test(asked)
      ? { ...options, origin }
      : { ...options, origin, allowedHeaders: HEADERS }
  }
}
