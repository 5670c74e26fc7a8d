import type { IncomingMessage } from 'node:http'

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

/** What is asked for. A proxy may name the whole address. */
export const targetOf = ({ url = '/' }: IncomingMessage) =>
  URL.parse(url.startsWith('/') ? `http://localhost${url}` : url)
