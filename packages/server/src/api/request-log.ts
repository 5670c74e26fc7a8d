import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type DocumentNode, getOperationAST, Kind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from '../lib/logger.ts'
import type { Answered } from '../operations/metrics.ts'

/** What the log says of a request. Never tokens, signatures or addresses. */
type RequestFacts = {
  /** A masked error carries it too, so that a member's report leads to the log. */
  id: string
  /** What was executed: its name, or else its fields. */
  operation?: string
  /** The same in words of the schema alone, of which a client cannot make more. */
  field?: string
  memberId?: number
  /** Of its first error. */
  code?: string
  /** The rate limit that it met. */
  limit?: string
}

const LONGEST_NAME = 100
const SPREAD = '...'
const requests = new AsyncLocalStorage<RequestFacts>()

/** The request that is being answered. */
export const currentRequest = () => requests.getStore()

/** Answers a request, and writes a line when the answer is out or its client gone; for a stream, when that ends. */
export function logged(
  log: Logger,
  res: ServerResponse,
  answer: () => void,
  count?: (answered: Answered) => void,
): void {
  const facts: RequestFacts = { id: randomUUID() }
  const started = performance.now()
  res.once('close', () => {
    const ms = Math.round((performance.now() - started) * 10) / 10
    const status = res.statusCode
    log.info({ ...facts, status, ms }, 'Request')
    const outcome = facts.code ?? (status >= 400 ? String(status) : res.writableFinished ? 'ok' : 'gone')
    count?.({ field: facts.field ?? 'none', outcome, limit: facts.limit, seconds: ms / 1000 })
  })
  requests.run(facts, answer)
}

export function noteRefusal(limit: string): void {
  const facts = currentRequest()
  if (facts) facts.limit = limit
}

/** Notes what a request executes, of a document that does not validate nothing, and what goes wrong. */
export const noteOperation: Plugin = {
  onExecute: ({ args }) => note(args.document, args.operationName),
  onSubscribe: ({ args }) => note(args.document, args.operationName),
  onResultProcess({ result }) {
    const facts = currentRequest()
    if (facts && 'errors' in result) facts.code = String(result.errors?.[0]?.extensions.code ?? 'UNKNOWN')
  },
}

function note(document: DocumentNode, operationName: string | null | undefined): void {
  const facts = currentRequest()
  const operation = getOperationAST(document, operationName)
  if (!facts || !operation) return
  const { selections } = operation.selectionSet
  const fields = selections.map((part) => (part.kind === Kind.FIELD ? part.name.value : SPREAD))
  facts.field = `${operation.operation} ${fields.length === 1 && fields[0] !== SPREAD ? fields[0] : 'several'}`
  facts.operation = `${operation.operation} ${operation.name?.value ?? fields.join(' ')}`.slice(0, LONGEST_NAME)
}
