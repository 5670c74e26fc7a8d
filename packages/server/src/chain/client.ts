import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type DocumentNode, Kind, print } from 'graphql'
import { ClientError, GraphQLClient, type Variables } from 'graphql-request'
import pLimit from 'p-limit'
import { cut } from '../lib/cut.ts'
import { ClearError } from '../lib/errors.ts'
import { fetchAnswer, TooLarge, Unacceptable } from './answer.ts'
import { boundTexts } from './bounds.ts'

/** The query node gave no usable answer: nothing changes, and the next run tries again. */
export class QueryNodeError extends ClearError {
  override name = 'QueryNodeError'
  readonly advice = 'The query node gave no usable answer'
}

/** Some of the requested rows cannot be answered. A request for fewer of them, or for fewer of their fields, may be. */
export class UnanswerableError extends QueryNodeError {
  override name = 'UnanswerableError'
}

/** The answer has too many bytes. */
export class AnswerTooLarge extends UnanswerableError {
  override name = 'AnswerTooLarge'
}

/** The query does not fit the query node's schema. */
export class QueryRefused extends QueryNodeError {
  override name = 'QueryRefused'
}

export type QueryNode = {
  /** @throws QueryNodeError unless there is an answer without errors */
  request: <Result, V extends Variables>(document: TypedDocumentNode<Result, V>, variables: V) => Promise<Result>
  tally: Tally
}

/** Counts of requests and of those without a usable answer, and their total time. */
export type Tally = { requests: number; errors: number; seconds: number }

export const tallySince = ({ requests, errors, seconds }: Tally, before: Tally): Tally => ({
  requests: requests - before.requests,
  errors: errors - before.errors,
  seconds: seconds - before.seconds,
})

/** Rows of a list per answer. The query node fails at 65,535, and is slow long before. Without a limit it returns 50. */
export const PAGE_ROWS = 2_000

// The slowest real answer observed took a second.
const TIMEOUT_MS = 30_000
/** Whose requests share a connection to the query node. */
export type Sharing = {
  simultaneous: number
  /** More are refused at once. */
  mostWaiting: number
  /** Whether one that fails takes those with it that wait. */
  failTogether: boolean
}

/** A run of the notifier. The query node answers one request after the other: more would wait there, in their time. */
export const ONE_RUN: Sharing = { simultaneous: 3, mostWaiting: Number.POSITIVE_INFINITY, failTogether: true }
/** Requests of members, who have nothing to do with each other. */
export const MANY_MEMBERS: Sharing = { simultaneous: 10, mostWaiting: 200, failTogether: false }

const LONGEST_MESSAGE = 300
/** Messages of one answer that are read: there can be one for each row. */
const MOST_MESSAGES = 100

/** What a GraphQL server says of a row that lacks a required field: the whole answer is then without data. */
const NULL_IN_ROW = /^Cannot return null for non-nullable field/

const IS_IT_RIGHT = 'is QUERY_NODE_ENDPOINT right?'
const NO_GRAPHQL_SERVER = `answered with something that is not GraphQL: ${IS_IT_RIGHT}`
/** Answers of a server that is not there or is no GraphQL server: a wrong path, for example. */
const WRONG_STATUSES = [400, 401, 403, 404, 405, 410, 421, 426, 501]
const WRONG_ADDRESS = /ENOTFOUND|ECONNREFUSED/
const NO_TLS = /EPROTO|ERR_SSL|SSL routines/

export function connectQueryNode(url: string, timeoutMs = TIMEOUT_MS, sharing = ONE_RUN): QueryNode {
  // Errors are logged, and the parts of the address before the host and after the path may be a key.
  const { href, origin, pathname } = new URL(url)
  const client = new GraphQLClient(href, { fetch: fetchAnswer, errorPolicy: 'all' })
  const place = origin + pathname
  const tally: Tally = { requests: 0, errors: 0, seconds: 0 }
  const inTurn = pLimit({ concurrency: sharing.simultaneous, rejectOnClear: true })

  async function send(query: string, lists: string[], variables: Variables): Promise<object> {
    const started = performance.now()
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const { data, errors } = await client.rawRequest<unknown>({ query, variables, signal })
      if (Array.isArray(errors) ? errors.length : errors) throw new Unusable(errors)
      if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new Unusable(undefined)
      if (!lists.every((name) => Array.isArray(Reflect.get(data, name)))) {
        throw new Unacceptable('answered without the lists that were requested')
      }
      return data
    } catch (error) {
      tally.errors++
      throw error
    } finally {
      tally.requests++
      tally.seconds += (performance.now() - started) / 1000
    }
  }

  return {
    tally,
    async request(document, variables) {
      const query = print(document)
      const lists = listsIn(document)
      if (inTurn.pendingCount >= sharing.mostWaiting) {
        throw new QueryNodeError(`The query node at ${place} has too many requests waiting`)
      }
      try {
        return (await inTurn(async () => {
          try {
            return boundTexts(await send(query, lists, variables))
          } catch (error) {
            // A connection that was idle may be closed under a request.
            if (!wasDropped(error)) throw error
            return boundTexts(await send(query, lists, variables))
          }
        })) as never
      } catch (error) {
        const [Kind, what] = whatWentWrong(error, timeoutMs)
        // The requests that wait belong to work that has failed.
        if (sharing.failTogether && Kind === QueryNodeError) inTurn.clearQueue()
        throw new Kind(`The query node at ${place} ${what.replaceAll(href, place)}`)
      }
    },
  }
}

/** The names of what a query requests. All our queries request lists. */
const listsIn = ({ definitions }: DocumentNode): string[] =>
  definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.flatMap((one) =>
          one.kind === Kind.FIELD ? (one.alias ?? one.name).value : [],
        )
      : [],
  )

/** An answer without data that can be used; `errors` as the query node gave them. */
class Unusable extends Error {
  readonly errors: unknown
  constructor(errors: unknown) {
    super('unusable')
    this.errors = errors
  }
}

function whatWentWrong(error: unknown, timeoutMs: number): [typeof QueryNodeError, string] {
  if (error instanceof Unusable) return whatItAnswered(error.errors, 200)
  if (error instanceof ClientError) return whatItAnswered(error.response.errors, error.response.status)
  if (error instanceof TooLarge) return [AnswerTooLarge, error.message]
  if (error instanceof Unacceptable) return [QueryNodeError, error.message]
  return [QueryNodeError, whatFailed(error, timeoutMs)]
}

function whatItAnswered(errors: unknown, status: number): [typeof QueryNodeError, string] {
  const messages = (Array.isArray(errors) ? errors.slice(0, MOST_MESSAGES) : []).flatMap((one: unknown) => {
    const message = typeof one === 'object' && one !== null && 'message' in one ? one.message : undefined
    return typeof message === 'string' ? cut(message, LONGEST_MESSAGE) : []
  })
  if (!messages.length && status < 400) return [QueryNodeError, NO_GRAPHQL_SERVER]
  if (!messages.length && WRONG_STATUSES.includes(status)) {
    return [QueryNodeError, `answered with status ${status}: ${IS_IT_RIGHT}`]
  }
  const said = cut(messages.join('; '), LONGEST_MESSAGE) || `status ${status}`
  // GraphQL quotes a value that does not fit its type, which can be a member's text.
  const shown = said.replace(/(cannot represent [^:;]*:)[^;]*/g, '$1 …')
  // Some servers say so with 400, others with 200.
  const refused = messages.length > 0 && (status === 400 || messages.some((message) => REFUSAL.test(message)))
  const incomplete = messages.some((message) => NULL_IN_ROW.test(message))
  const Kind = refused ? QueryRefused : incomplete ? UnanswerableError : QueryNodeError
  return [Kind, `answered with an error: ${shown}`]
}

const REFUSAL = /^(Cannot query field|Unknown (type|argument|fragment)|Field ".*" is not defined)/

function whatFailed(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return `failed: ${cut(String(error), LONGEST_MESSAGE)}`
  if (error.name === 'TimeoutError') return `did not answer within ${timeoutMs / 1000} seconds`
  if (error.name === 'AbortError') return 'was not asked, because another request failed'
  if (error instanceof SyntaxError) return 'answered with something that is not JSON'
  // graphql-request would quote the whole answer, which can be any page.
  if (error.message.startsWith('Invalid execution result')) return NO_GRAPHQL_SERVER
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause ? String(cause.code) : ''
  const said = cut(cause.message, LONGEST_MESSAGE) || code || cause.name
  if (NO_TLS.test(`${code} ${said}`)) return `cannot be read by https: ${IS_IT_RIGHT}`
  return `cannot be read: ${said}${WRONG_ADDRESS.test(`${code} ${said}`) ? `: ${IS_IT_RIGHT}` : ''}`
}

/** Whether the connection broke off, before or during the answer. */
function wasDropped(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && DROPPED.has(String(cause.code))
}

const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
