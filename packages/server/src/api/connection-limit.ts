import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { explain } from '../lib/explain.ts'
import type { Logger } from '../lib/logger.ts'
import { isForwarded, isLoopback, networkOf } from './caller.ts'
import { createTally } from './tally.ts'
import { limitUnreadAnswers, type Patience } from './unread-answers.ts'

/** Kept free for the database, the query node, mail servers and modules. */
const RESERVED_FILES = 100
const MIN_CONNECTIONS = 10
const WARNING_INTERVAL_MS = 60_000
/** Above the streams that a network may have. */
const MAX_PER_NETWORK = 200
/** Kept free for new clients, as long as others only wait. */
const SPARE_CONNECTIONS = 10
const MAKE_ROOM_EVERY_MS = 1_000
/** A client that was just connected sends its request within this time. */
const IDLE_MS = 5_000
/** Proxies that are not configured are known by their requests: the latest ones, and not for ever. */
const MAX_PROXIES = 1_000
const PROXY_MS = 10 * 60_000

export type ConnectionLimits = {
  /** The number of proxies in front of this server, whose connections are everybody's. Undefined: not configured. */
  trustedProxies: number | undefined
  /** Clients; by default, what the limit of open files allows. */
  most?: number
  /** With clients that do not read. */
  patience?: Patience | undefined
}

/**
 * Keeps clients from taking every file that the process can open: Node.js never retries a module it failed to open. One
 * network gets at most half of the connections, and when few are left, those that wait for a request are closed. The
 * loopback has no limit as a network.
 */
export function limitConnections(
  server: Server,
  log: Logger,
  { trustedProxies, most, patience }: ConnectionLimits,
): void {
  limitUnreadAnswers(server, patience)
  const files = openFilesLimit()
  const allowed = most ?? (files === undefined ? undefined : Math.max(files - RESERVED_FILES, MIN_CONNECTIONS))
  if (allowed !== undefined) server.maxConnections = allowed
  limitNetworks(server, log, trustedProxies, Math.min(MAX_PER_NETWORK, Math.ceil((allowed ?? Infinity) / 2)))
  if (allowed !== undefined) makeRoom(server, allowed - Math.min(SPARE_CONNECTIONS, Math.ceil(allowed / 10)))

  const warn = seldom((limit: string) =>
    log.warn(`${limit}. New connections are refused: raise this process's limit (ulimit -n)`),
  )
  server.on('drop', () => warn(`${allowed} clients are connected, the most that ${files} open files allow`))
  server.on('error', (error) => log.error(`Cannot accept a connection: ${explain(error).message}`))
}

function limitNetworks(server: Server, log: Logger, trustedProxies: number | undefined, most: number): void {
  if (trustedProxies) return
  const open = createTally<string>()
  const forwardedAt = new Map<string, number>()
  const isProxy = (network: string) => performance.now() - (forwardedAt.get(network) ?? -Infinity) < PROXY_MS
  const warn = seldom(() =>
    log.warn(
      `A network has ${most} connections open, the most for one. Its new connections are refused: if it is a proxy, set TRUSTED_PROXIES`,
    ),
  )
  server.on('connection', (socket) => {
    const network = networkOf(socket.remoteAddress ?? '')
    if (isLoopback(network)) return
    if (open.of(network) >= most && !isProxy(network)) {
      warn()
      socket.destroy()
      return
    }
    open.add(network)
    socket.once('close', () => open.remove(network))
  })
  if (trustedProxies === undefined) {
    server.on('request', (req) => {
      if (!isForwarded(req)) return
      const network = networkOf(req.socket.remoteAddress ?? '')
      // The first entry is always the oldest.
      forwardedAt.delete(network)
      forwardedAt.set(network, performance.now())
      const [oldest] = forwardedAt.keys()
      if (oldest !== undefined && forwardedAt.size > MAX_PROXIES) forwardedAt.delete(oldest)
    })
  }
}

/** Closes connections that have waited longest for a request, while there are more than `most`. */
function makeRoom(server: Server, most: number): void {
  const requests = createTally<Socket>()
  const waitsSince = new Map<Socket, number>()
  const connections = new Set<Socket>()
  server.on('connection', (socket) => {
    connections.add(socket)
    waitsSince.set(socket, performance.now())
    socket.once('close', () => {
      connections.delete(socket)
      waitsSince.delete(socket)
    })
  })
  server.on('request', ({ socket }, res) => {
    requests.add(socket)
    waitsSince.delete(socket)
    res.once('close', () => {
      requests.remove(socket)
      if (connections.has(socket) && !requests.of(socket)) waitsSince.set(socket, performance.now())
    })
  })
  const timer = setInterval(() => {
    const before = performance.now() - IDLE_MS
    let excess = connections.size - most
    for (const [socket, since] of waitsSince) {
      if (excess-- <= 0 || since > before) break
      socket.destroy()
    }
  }, MAKE_ROOM_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))
}

/** Calls at most once a minute: an attack would fill the log. */
function seldom<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  let calledAt = -WARNING_INTERVAL_MS
  return (...args) => {
    if (performance.now() - calledAt < WARNING_INTERVAL_MS) return
    calledAt = performance.now()
    call(...args)
  }
}

function openFilesLimit(): number | undefined {
  // Otherwise the report looks up every peer's host name. The types lack this option.
  const report = Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isInteger(soft) ? soft : undefined
}
