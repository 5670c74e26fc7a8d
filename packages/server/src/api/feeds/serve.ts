import { createHash, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { FEEDS, findFeedReader, readFeedToken } from '../../members/feed-addresses.ts'
import type { FeedDefinition, FeedDeps } from './define.ts'

export const FEED_METHODS = ['GET', 'HEAD']

/** The token in the last part of an address, such as `<token>.ics`. Empty without the feed's extension. */
export function tokenIn({ name }: FeedDefinition, file: string): string {
  const { extension } = FEEDS[name]
  return file.endsWith(extension) ? file.slice(0, -extension.length) : ''
}

/**
 * Answers a program that polls a member's feed. One that has the newest answer gets none.
 * @param key what signs addresses; undefined: there were none yet
 */
export async function answerFeed(
  deps: FeedDeps,
  feed: FeedDefinition,
  key: KeyObject | undefined,
  token: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const holder = key && readFeedToken(key, feed.name, token)
  const reader = holder && (await findFeedReader(deps.pool, feed.name, holder))
  if (!reader)
    return sendText(req, res, 404, 'This address has ended, or never was one. The newest is in your settings.\n')
  const body = await feed.compose(deps, reader)
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  res.setHeader('etag', etag)
  res.setHeader('cache-control', `private, max-age=${feed.maxAgeSeconds}`)
  if (isKnown(req, etag)) return void res.writeHead(304, SAFE).end()
  send(req, res, 200, feed.contentType, body)
}

/** RFC 9110, 13.1.2: a weak tag, as a proxy makes of a strong one, is as good. */
const isKnown = ({ headers }: IncomingMessage, etag: string): boolean =>
  (headers['if-none-match'] ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))

const SAFE = {
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
  // A browser that opens it runs nothing.
  'content-security-policy': "default-src 'none'; sandbox",
}

/** A text for programs, which no cache keeps. */
export function sendText(req: IncomingMessage, res: ServerResponse, status: number, text: string): void {
  res.setHeader('cache-control', 'no-store')
  send(req, res, status, 'text/plain; charset=utf-8', text)
}

function send(req: IncomingMessage, res: ServerResponse, status: number, contentType: string, body: string): void {
  res.writeHead(status, { ...SAFE, 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  res.end(req.method === 'HEAD' ? undefined : body)
}
