import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { ClientError, GraphQLClient, type RequestDocument, type Variables } from 'graphql-request'
import { ClearError } from '../lib/errors.ts'
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

/**
 * The limit for lists that are read whole. Without a limit the query node returns 50 rows. It has no maximum, and no
 * order in which these lists could be paged without losing rows.
 */
export const ALL = 1_000_000

// The slowest real answer observed took a second.
const TIMEOUT_MS = 30_000

/** What a GraphQL server says of a row that lacks a required field: the whole answer is then without data. */
const NULL_IN_ROW = /Cannot return null for non-nullable field/

const NOT_GRAPHQL = 'not GraphQL'
const NO_GRAPHQL_SERVER = 'answered with something that is not GraphQL: is QUERY_NODE_ENDPOINT right?'

export function connectQueryNode(url: string, timeoutMs = TIMEOUT_MS): QueryNode {
  // Errors are logged, and the parts of the address before the host and after the path may be a key.
  const { href, origin, pathname } = new URL(url)
  const client = new GraphQLClient(href)
  const place = origin + pathname
  const tally: Tally = { requests: 0, errors: 0, seconds: 0 }
  return {
    tally,
    async request(document, variables) {
      const started = performance.now()
      try {
        const answer = await client.request<unknown>({
          document: document as RequestDocument,
          variables,
          signal: AbortSignal.timeout(timeoutMs),
        })
        if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw new Error(NOT_GRAPHQL)
        return boundTexts(answer) as never
      } catch (error) {
        tally.errors++
        const what = whatWentWrong(error, timeoutMs).replaceAll(href, place)
        const Failure = NULL_IN_ROW.test(what) ? UnanswerableError : QueryNodeError
        throw new Failure(`The query node at ${place} ${what}`, { cause: error })
      } finally {
        tally.requests++
        tally.seconds += (performance.now() - started) / 1000
      }
    },
  }
}

function whatWentWrong(error: unknown, timeoutMs: number): string {
  if (error instanceof ClientError) {
    const { errors, status } = error.response
    const messages = (Array.isArray(errors) ? errors : []).flatMap((one: { message?: unknown } | null) =>
      typeof one?.message === 'string' ? one.message : [],
    )
    if (!messages.length && status < 400) return NO_GRAPHQL_SERVER
    const said = messages.join('; ') || `status ${status}`
    // GraphQL quotes a value that does not fit its type, which can be a member's text.
    return `answered with an error: ${short(said.replace(/(cannot represent [^:;]*:)[^;]*/g, '$1 …'))}`
  }
  if (!(error instanceof Error)) return `failed: ${String(error)}`
  if (error.name === 'TimeoutError') return `did not answer within ${timeoutMs / 1000} seconds`
  if (error instanceof SyntaxError) return 'answered with something that is not JSON'
  // graphql-request would quote the whole answer, which can be any page.
  if (error.message === NOT_GRAPHQL || error.message.startsWith('Invalid execution result')) {
    return NO_GRAPHQL_SERVER
  }
  const cause = error.cause instanceof Error ? error.cause : error
  return `cannot be read: ${short(cause.message || ('code' in cause ? String(cause.code) : cause.name))}`
}

const short = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text)
