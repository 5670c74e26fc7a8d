import type { IncomingMessage } from 'node:http'
import { isIPv6, SocketAddress } from 'node:net'

/** The length of an IPv6 address that contains an IPv4 address. A longer text is forged and too long for an index. */
const MAX_ADDRESS_LENGTH = 45

/** @returns the bearer token; empty if there is none: deployed clients then send an empty header */
export const bearerOf = ({ headers }: IncomingMessage) =>
  /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''

/** The client's address: proxies append to X-Forwarded-For, so only its last `trustedProxies` entries are reliable. */
export function addressOf(req: IncomingMessage, trustedProxies: number): string {
  const forwarded = String(req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim().slice(0, MAX_ADDRESS_LENGTH))
    .filter(Boolean)
  const hops = [...forwarded, req.socket.remoteAddress ?? 'unknown']
  return hops.at(-1 - trustedProxies) ?? hops[0] ?? 'unknown'
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

/** The path and query of a request, which may name a whole URL (RFC 9112, 3.2.2). @returns null if it is invalid */
export const targetOf = ({ url = '/' }: IncomingMessage) =>
  URL.parse(url.startsWith('/') ? `http://localhost${url}` : url)
