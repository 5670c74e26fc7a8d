import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type DocumentNode, getOperationAST, Kind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from '../lib/logger.ts'
import type { Answered } from '../operations/metrics.ts'

/** What the log says about a request. Never add a token, a signature or an address. */
type RequestFacts = {
  /** Also in a masked error, so that a member's report leads to the log. */
  id: string
  operation?: string
  /** The root field, for metrics: the schema bounds its values, clients cannot add any. */
  field?: string
  memberId?: number
  code?: string
  limit?: string
}

const MAX_OPERATION_LENGTH = 100
const SPREAD = '...'
const requests = new AsyncLocalStorage<RequestFacts>()

/** @returns undefined outside of a request */
export const currentRequest = () => requests.getStore()

/** Answers a request, then logs and counts it when the response or stream ends, or the client disconnects. */
export function logRequest(
  log: Logger,
  res: ServerResponse,
  answer: () => void,
  count?: (answered: Answered) => void,
): void {
  const facts: RequestFacts = { id: randomUUID() }
  const startedAt = performance.now()
  res.once('close', () => {
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    const status = res.statusCode
    log.info({ ...facts, status, ms }, 'Request')
    const outcome = facts.code ?? (status >= 400 ? String(status) : res.writableFinished ? 'ok' : 'gone')
    count?.({ field: facts.field ?? 'none', outcome, limit: facts.limit, seconds: ms / 1000 })
  })
  requests.run(facts, answer)
}

export function recordRateLimit(limit: string): void {
  const facts = currentRequest()
  if (facts) facts.limit = limit
}

/** Records the operation that a request executes, and the code of its first error. */
export const operationLog: Plugin = {
  onExecute: ({ args }) => recordOperation(args.document, args.operationName),
  onSubscribe: ({ args }) => recordOperation(args.document, args.operationName),
  onResultProcess({ result }) {
    const facts = currentRequest()
    if (facts && 'errors' in result) facts.code = String(result.errors?.[0]?.extensions.code ?? 'UNKNOWN')
  },
}

function recordOperation(document: DocumentNode, operationName: string | null | undefined): void {
  const facts = currentRequest()
  const operation = getOperationAST(document, operationName)
  if (!facts || !operation) return
  const { selections } = operation.selectionSet
  const fields = selections.map((part) => (part.kind === Kind.FIELD ? part.name.value : SPREAD))
  facts.field = `${operation.operation} ${fields.length === 1 && fields[0] !== SPREAD ? fields[0] : 'several'}`
  facts.operation = `${operation.operation} ${operation.name?.value ?? fields.join(' ')}`.slice(0, MAX_OPERATION_LENGTH)
}
