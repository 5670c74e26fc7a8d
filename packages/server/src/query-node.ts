import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { ClientError, GraphQLClient, type RequestDocument, type Variables } from 'graphql-request'

/** The query node did not give an answer that can be used: nothing moves, and the next run tries again. */
export class QueryNodeError extends Error {
  override name = 'QueryNodeError'
}

export type QueryNode = {
  /** @throws QueryNodeError for anything but an answer without errors */
  request: <Result, V extends Variables>(document: TypedDocumentNode<Result, V>, variables: V) => Promise<Result>
  /** How many requests were made so far. */
  requests: number
}

/**
 * A limit for lists that are read whole. Without a limit the query node gives 50 rows of any list; it knows no maximum,
 * and no order in which these lists could be paged without missing some.
 */
export const ALL = 1_000_000

// The slowest honest answer that was seen took a second.
const TIMEOUT = 30_000

/** @param timeout milliseconds that an answer may take */
export function connectQueryNode(url: string, timeout = TIMEOUT): QueryNode {
  const client = new GraphQLClient(url)
  const queryNode: QueryNode = {
    requests: 0,
    async request(document, variables) {
      queryNode.requests++
      try {
        const answer = await client.request<unknown>({
          document: document as RequestDocument,
          variables,
          signal: AbortSignal.timeout(timeout),
        })
        if (typeof answer !== 'object' || answer === null) throw new Error('the answer is not GraphQL')
        return answer as never
      } catch (error) {
        throw new QueryNodeError(`The query node at ${url} ${whatWentWrong(error, timeout)}`, { cause: error })
      }
    },
  }
  return queryNode
}

function whatWentWrong(error: unknown, timeout: number): string {
  if (error instanceof ClientError) {
    const messages = error.response.errors?.map(({ message }) => message).join('; ')
    const said = messages ?? `status ${error.response.status}`
    // GraphQL quotes a value that does not fit its type, and that can be a member's text.
    return `answered with an error: ${short(said.replace(/(cannot represent [^:;]*:)[^;]*/g, '$1 …'))}`
  }
  if (!(error instanceof Error)) return `failed: ${String(error)}`
  if (error.name === 'TimeoutError') return `did not answer within ${timeout / 1000} seconds`
  if (error instanceof SyntaxError) return 'answered with something that is not JSON'
  const cause = error.cause instanceof Error ? error.cause : error
  return `cannot be read: ${short(cause.message || ('code' in cause ? String(cause.code) : cause.name))}`
}

const short = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text)
