import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import findMyWay from 'find-my-way'
import type { WebhookKeys } from '../config/email-providers.ts'
import { explain } from '../lib/explain.ts'
import { FEEDS, readFeedToken } from '../members/feed-addresses.ts'
import { createLinkKeyReader } from '../members/links.ts'
import type { FeedDefinition } from './feeds/define.ts'
import { feeds } from './feeds/list.ts'
import { answerFeed, FEED_METHODS, sendText, tokenIn } from './feeds/serve.ts'
import type { PageDefinition, PageDeps } from './pages/deps.ts'
import { createPages } from './pages/list.ts'
import { notice, sendPage } from './pages/page.ts'
import { currentRequest } from './request-log.ts'
import { createWebhooks, type Webhook } from './webhooks/list.ts'

/** A token is shorter. */
const MAX_TOKEN_LENGTH = 2_000
const RETRY_SECONDS = 60
const METHODS = ['GET', 'HEAD', 'POST'] as const

type Found = {
  answer: (req: IncomingMessage, res: ServerResponse) => void
  /** Whose token it has, where many members' requests come from one network: those of mailbox providers. */
  caller: string | undefined
  /** A refusal is a text, not a page. */
  isForPrograms?: true
  /** It limits its requests itself, once it knows who sent them. */
  isSelfLimited?: true
}

/** What a path belongs to, unless it is a page's. */
type Store = { webhook: Webhook } | { feed: FeedDefinition }

/** Answers a request if its network has sent too many. @returns whether it did */
export type Refuses = (req: IncomingMessage, res: ServerResponse) => boolean

/**
 * Finds the page, the feed or the webhook for a path. find-my-way, the router of Fastify, takes Node's own requests, so
 * that GraphQL gets them as they are (docs/decisions/0016).
 */
export function createRouter(
  deps: Omit<PageDeps, 'findKey'>,
  webhookKeys: WebhookKeys,
  refuses: Refuses,
  networkOf: (req: IncomingMessage) => string | undefined,
) {
  const keys = createLinkKeyReader(deps.pool)
  const pages: readonly PageDefinition[] = createPages({ ...deps, findKey: keys.find })
  const router = findMyWay({ maxParamLength: MAX_TOKEN_LENGTH, ignoreTrailingSlash: true })
  for (const page of pages) router.on([...METHODS], `${page.path}:token`, () => {})
  for (const webhook of createWebhooks({ ...deps, networkOf }, webhookKeys)) {
    router.all(webhook.path, () => {}, { webhook } satisfies Store)
  }
  for (const feed of feeds) router.all(`${FEEDS[feed.name].path}:file`, () => {}, { feed } satisfies Store)

  /** The provider of a webhook sends it again. */
  function lost(req: IncomingMessage, res: ServerResponse, error: unknown): void {
    if (isGone(req)) return void res.destroy()
    deps.log.error({ err: error, request: { id: currentRequest()?.id } }, 'A webhook failed')
    if (res.headersSent) return void res.destroy()
    res.writeHead(500, { 'retry-after': String(RETRY_SECONDS) }).end()
  }

  function failed(req: IncomingMessage, res: ServerResponse, error: unknown): void {
    const id = currentRequest()?.id ?? randomUUID()
    const { known } = explain(error)
    if (isGone(req)) return void res.destroy()
    deps.log.error({ err: error, request: { id } }, 'A page could not be made')
    if (res.headersSent) return void res.destroy()
    res.setHeader('retry-after', String(RETRY_SECONDS))
    sendPage(
      req,
      res,
      known ? 503 : 500,
      notice('That did not work', `Nothing is lost: try again in a minute. (${id})`),
    )
  }

  function findFeed(request: IncomingMessage, feed: FeedDefinition, file: string): Found {
    const { method = '' } = request
    const token = tokenIn(feed, file)
    const known = keys.known()
    const holder = known && readFeedToken(known, feed.name, token)
    return {
      // One network can poll for many members: that of a calendar's provider. Who has an address that has ended cannot use
      // up what the member's own programs may send, unless they share a network.
      caller: holder && `feed of ${holder.memberId} from ${networkOf(request) ?? 'anywhere'}`,
      isForPrograms: true,
      answer(req, res) {
        nameRequest(`feed ${feed.name}`)
        if (!FEED_METHODS.includes(method)) return void res.writeHead(405, { allow: FEED_METHODS.join(', ') }).end()
        const answering = keys.find().then((key) => answerFeed(deps, feed, key, token, req, res))
        answering.catch((error: unknown) => {
          if (!isGone(req)) deps.log.error({ err: error, request: { id: currentRequest()?.id } }, 'A feed failed')
          if (res.headersSent || isGone(req)) return void res.destroy()
          res.setHeader('retry-after', String(RETRY_SECONDS))
          sendText(req, res, explain(error).known ? 503 : 500, 'That did not work: try again in a minute.\n')
        })
      },
    }
  }

  const findWebhook = (method: string, { name, handle }: Webhook): Found =>
    method === 'POST'
      ? {
          caller: undefined,
          isSelfLimited: true,
          answer(req, res) {
            nameRequest(name)
            handle(req, res, () => refuses(req, res)).catch((error: unknown) => lost(req, res, error))
          },
        }
      : {
          caller: undefined,
          answer(_req, res) {
            nameRequest(name)
            res.writeHead(405, { allow: 'POST' }).end()
          },
        }

  return {
    /** @returns nothing when the path is none of a page, a feed or a webhook */
    find(request: IncomingMessage, path: string): Found | undefined {
      const { method = '' } = request
      const found = router.find(method as findMyWay.HTTPMethod, path)
      const store: Store | undefined = found?.store
      if (store)
        return 'feed' in store
          ? findFeed(request, store.feed, found?.params.file ?? '')
          : findWebhook(method, store.webhook)
      const page = pages.find(({ path: start }) => `${path}/`.startsWith(start))
      if (!page) return undefined
      if (!METHODS.some((known) => known === method)) {
        return { caller: undefined, answer: (_, res) => void res.writeHead(405, { allow: METHODS.join(', ') }).end() }
      }
      // Without a token, or with one that is too long, the page says that the link does not work.
      const token = found?.params.token ?? ''
      const key = keys.known()
      return {
        caller: method === 'POST' && key ? page.callerOf?.(key, token) : undefined,
        answer(req, res) {
          // Never the path: it has the token.
          nameRequest(`page ${page.name}`)
          page.handle(req, res, token).catch((error: unknown) => failed(req, res, error))
        },
      }
    },
  }
}

/** Its client left before its end, or took too long: nobody reads an answer, and anybody can do that. */
const isGone = (req: IncomingMessage) => req.destroyed && !req.complete

/** For the log and the metrics. */
function nameRequest(name: string): void {
  const facts = currentRequest()
  if (facts) facts.operation = facts.field = name
}
