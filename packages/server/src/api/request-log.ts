import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type DocumentNode, getOperationAST, Kind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from '../logger.ts'

/** What the log says of a request. Never tokens, signatures or addresses. */
type RequestFacts = {
  /** A masked error carries it too, so that a member's report leads to the log. */
  id: string
  /** What was executed: its name, or else its fields. */
  operation?: string
  memberId?: number
}

const LONGEST_NAME = 100
const requests = new AsyncLocalStorage<RequestFacts>()

/** The request that is being answered. */
export const currentRequest = () => requests.getStore()

/** Answers a request, and writes a line when the answer is out or its client gone; for a stream, when that ends. */
export function logged(log: Logger, res: ServerResponse, answer: () => void): void {
  const facts: RequestFacts = { id: randomUUID() }
  const started = performance.now()
  res.once('close', () => {
    const ms = Math.round((performance.now() - started) * 10) / 10
    log.info({ ...facts, status: res.statusCode, ms }, 'Request')
  })
  requests.run(facts, answer)
}

/** Notes what a request executes: of a document that does not validate, nothing. */
export const noteOperation: Plugin = {
  onExecute: ({ args }) => note(args.document, args.operationName),
  onSubscribe: ({ args }) => note(args.document, args.operationName),
}

function note(document: DocumentNode, operationName: string | null | undefined): void {
  const facts = currentRequest()
  const operation = getOperationAST(document, operationName)
  if (!facts || !operation) return
  const { selections } = operation.selectionSet
  const fields = selections.map((part) => (part.kind === Kind.FIELD ? part.name.value : '...'))
  facts.operation = `${operation.operation} ${operation.name?.value ?? fields.join(' ')}`.slice(0, LONGEST_NAME)
}
