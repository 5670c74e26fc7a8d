import type { IncomingMessage } from 'node:http'
import { isIPv6, SocketAddress } from 'node:net'

/** That of IPv6 with an IPv4 in it. What is longer was made up, and would fit into no index. */
const LONGEST_ADDRESS = 45

/** Empty where there is none: deployed clients send an empty header without a token. */
export const bearerOf = ({ headers }: IncomingMessage) =>
  /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''

/** What a client writes into X-Forwarded-For itself stands before what our proxies add, and counts for nothing. */
export function addressOf(req: IncomingMessage, trustedProxies: number): string {
  const forwarded = String(req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim().slice(0, LONGEST_ADDRESS))
    .filter(Boolean)
  const hops = [...forwarded, req.socket.remoteAddress ?? 'unknown']
  return hops.at(-1 - trustedProxies) ?? hops[0] ?? 'unknown'
}

/**
 * Whose an address is: of IPv6 everybody has a /64 at least, which is more addresses than can be counted (RFC 6177). An
 * IPv4 that arrives on an IPv6 socket stays itself.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  // In its one short form; only an IPv4 within keeps its dots.
  const short = new SocketAddress({ address, family: 'ipv6' }).address
  const [, ipv4] = /^::ffff:([\d.]+)$/.exec(short) ?? []
  if (ipv4) return ipv4
  const [before = [], after = []] = short.split('::').map((part) => part.split(':').filter(Boolean))
  const missing = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...missing, ...after].slice(0, 4).join(':')}::/64`
}

/** What is asked for. A proxy may name the whole address. */
export const targetOf = ({ url = '/' }: IncomingMessage) =>
  URL.parse(url.startsWith('/') ? `http://localhost${url}` : url)
