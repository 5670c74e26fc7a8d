import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../lib/logger.ts'
import { callerOf, isForwarded, isLoopback } from './caller.ts'
import { apiError } from './errors.ts'
import { sendText } from './feeds/serve.ts'
import { notice, sendPage } from './pages/page.ts'

export type RequestRateOptions = {
  /** The most of one network; 0: no limit. */
  requestsPerMinute: number
  /** The number of proxies in front of this server. Undefined: not configured. */
  trustedProxies: number | undefined
  /** Web origins that may call the API; empty: any. */
  corsOrigins: string[]
}

const WINDOW_MS = 60_000
/** One site of IPv6 can have 65,536 networks: an entry takes about 150 bytes. */
const MAX_NETWORKS = 50_000

type Count = { requests: number; since: number }

/** Limits the requests of each network to this process. */
export function createRequestRate(log: Logger, { requestsPerMinute, trustedProxies, corsOrigins }: RequestRateOptions) {
  const counts = new Map<string, Count>()
  let warnedOfProxy = false
  let warnedAt = -WINDOW_MS

  /** @returns how many milliseconds to wait; 0: the request is within the limit */
  function count(network: string): number {
    const now = performance.now()
    const known = counts.get(network)
    const isOver = !known || now - known.since >= WINDOW_MS
    const current = isOver ? { requests: 0, since: now } : known
    if (isOver) {
      // The last entry is always the newest.
      counts.delete(network)
      counts.set(network, current)
      forgetOldest()
    }
    return ++current.requests > requestsPerMinute ? current.since + WINDOW_MS - now : 0
  }

  function forgetOldest(): void {
    const [oldest] = counts.keys()
    if (oldest !== undefined && counts.size > MAX_NETWORKS) counts.delete(oldest)
  }

  function warnOfProxy(): void {
    if (warnedOfProxy) return
    warnedOfProxy = true
    log.warn(
      'Requests come through a proxy, but TRUSTED_PROXIES is not set: they have no limits per network, since all members would share one. Set it to the number of proxies in front of the API, or to 0 if there is none',
    )
  }

  function warnOfRefusal(): void {
    if (performance.now() - warnedAt < WINDOW_MS) return
    warnedAt = performance.now()
    log.warn(
      `A network sends more than ${requestsPerMinute} requests a minute: the others are refused. If these are members behind one address, raise REQUESTS_PER_MINUTE`,
    )
  }

  return {
    /**
     * Refuses a request of a network that has sent too many, without reading its body.
     * @param page that it is for: its `caller` counts instead of the network, and a person reads the answer
     * @returns whether it was refused
     */
    refuses(
      req: IncomingMessage,
      res: ServerResponse,
      page?: { caller: string | undefined; isForPrograms?: true },
    ): boolean {
      if (trustedProxies === undefined && isForwarded(req)) warnOfProxy()
      const network = requestsPerMinute > 0 ? (page?.caller ?? callerOf(req, trustedProxies)) : undefined
      if (network === undefined || isLoopback(network)) return false
      const waitMs = count(network)
      if (!waitMs) return false
      warnOfRefusal()
      const waitSeconds = Math.ceil(waitMs / 1000)
      res.setHeader('retry-after', String(waitSeconds))
      // Otherwise, Node.js reads the body to get to the next request.
      res.setHeader('connection', 'close')
      if (page?.isForPrograms) {
        sendText(req, res, 429, `Too many requests: try again in ${waitSeconds} seconds.\n`)
        return true
      }
      if (page) {
        sendPage(req, res, 429, notice('Too many requests', `Try again in ${waitSeconds} seconds.`))
        return true
      }
      res.writeHead(429, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        ...readableBy(req.headers.origin, corsOrigins),
      })
      const message = `Too many requests from your network: try again in ${waitSeconds} seconds.`
      res.end(JSON.stringify({ errors: [apiError('RATE_LIMITED', message)] }))
      return true
    },
  }
}

/** Lets a web page read why it was refused. */
function readableBy(origin: string | undefined, origins: string[]) {
  if (origin === undefined || (origins.length && !origins.includes(origin))) return {}
  return {
    'access-control-allow-origin': origins.length ? origin : '*',
    'access-control-expose-headers': 'Retry-After',
    vary: 'Origin',
  }
}
