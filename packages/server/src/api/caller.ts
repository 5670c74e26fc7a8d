import type { IncomingMessage } from 'node:http'
import { isIPv6, SocketAddress } from 'node:net'

/** The length of an IPv6 address that contains an IPv4 address. A longer text is forged and too long for an index. */
const MAX_ADDRESS_LENGTH = 45
/** Such an address in brackets, with a port. */
const MAX_HOP_LENGTH = MAX_ADDRESS_LENGTH + '[]:65535'.length
/** What proxies add. */
const FORWARDING_HEADERS = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip', 'forwarded']

/** @returns the bearer token; empty if there is none: deployed clients then send an empty header */
export const bearerOf = ({ headers }: IncomingMessage) =>
  /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''

/** Whether a proxy passed the request on. Anybody can pretend it. */
export const isForwarded = ({ headers }: IncomingMessage) => FORWARDING_HEADERS.some((name) => name in headers)

/**
 * The network that a request comes from, for the limits per network.
 * @param trustedProxies the number of proxies in front of this server, if it is known
 * @returns undefined if a proxy that is not configured passed it on: all members would share its network
 */
export const callerOf = (req: IncomingMessage, trustedProxies: number | undefined): string | undefined =>
  trustedProxies === undefined && isForwarded(req) ? undefined : networkOf(addressOf(req, trustedProxies ?? 0))

/** The client's address: proxies append to X-Forwarded-For, so only its last `trustedProxies` entries are reliable. */
export function addressOf(req: IncomingMessage, trustedProxies: number): string {
  const forwarded = String(req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((hop) => withoutPort(hop.trim().slice(0, MAX_HOP_LENGTH)).slice(0, MAX_ADDRESS_LENGTH))
    .filter(Boolean)
  const hops = [...forwarded, req.socket.remoteAddress ?? 'unknown']
  return hops.at(-1 - trustedProxies) ?? hops[0] ?? 'unknown'
}

/** Some proxies write `198.51.100.1:52804` and `[2001:db8::1]:52804`: each connection would be a network of its own. */
function withoutPort(hop: string): string {
  const [, ipv6] = /^\[([^\]]*)\](?::\d+)?$/.exec(hop) ?? []
  const [, ipv4] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop) ?? []
  return ipv6 ?? ipv4 ?? hop
}

/** The /64 network of an IPv6 address, the least that one site gets (RFC 6177). An IPv4 address stands for itself. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address
  const [, ipv4] = /^::ffff:([\d.]+)$/.exec(canonical) ?? []
  if (ipv4) return ipv4
  const [before = [], after = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}

/** This machine itself: tools, the demo, and proxies that add no address. */
const LOOPBACK = ['127.0.0.1', networkOf('::1')]
export const isLoopback = (network: string) => LOOPBACK.includes(network)

/** The path and query of a request, which may name a whole URL (RFC 9112, 3.2.2). @returns null if it is invalid */
export const targetOf = ({ url = '/' }: IncomingMessage) =>
  URL.parse(url.startsWith('/') ? `http://localhost${url}` : url)
