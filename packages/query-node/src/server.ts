import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Chain } from './chain/chain.ts'
import type { Tables } from './chain/table.ts'
import { createFaults, type Faults } from './faults.ts'
import { createContractSchema, type QueryContext } from './query/schema.ts'
import { createRequestLog, describeRequest, type LoggedRequest } from './requests.ts'

export type QueryNodeOptions = {
  /** Default: any free port. */
  port?: number
  /** The address to listen on (default 127.0.0.1). */
  host?: string
}

export type QueryNode = {
  /** The address of the GraphQL endpoint. */
  readonly url: string
  readonly chain: Chain
  /** Faults of every request, until removed. */
  readonly faults: Faults
  /** Adds faults for the next `requests` requests only. */
  duringNext(requests: number, faults: Faults): void
  clearFaults(): void
  readonly requests: { readonly count: number; readonly log: readonly LoggedRequest[]; reset(): void }
  /** Stops listening and cuts every connection. */
  close(): Promise<void>
}

type Answer = { status: number; type: 'application/json' | 'text/html'; body: string }

const MAX_BODY_BYTES = 100 * 1024

const htmlPage = (status: number, message: string): Answer => ({
  status,
  type: 'text/html',
  body: `<!DOCTYPE html>\n<html lang="en">\n<head><title>Error</title></head>\n<body><pre>${message}</pre></body>\n</html>\n`,
})

const json = (value: unknown): Answer => ({ status: 200, type: 'application/json', body: JSON.stringify(value) })

/** Serves a chain over HTTP, as a query node. Rejects if the port is in use. */
export async function startQueryNode(chain: Chain, options: QueryNodeOptions = {}): Promise<QueryNode> {
  const faults = createFaults()
  const requests = createRequestLog()

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'OPTIONS') return send(response, { status: 204, type: 'text/html', body: '' })
    if (pathname === '/health') return send(response, json({ data: 'alive' }))
    if (pathname !== '/graphql' || request.method !== 'POST')
      return send(response, htmlPage(404, `Cannot ${request.method} ${pathname}`))

    const body = await read(request)
    const logged = describeRequest(body)
    requests.add(logged)
    const fault = faults.take()
    if (fault.delayMs) await delay(fault.delayMs)
    await fault.beforeAnswer?.(logged)
    if (fault.down) return void request.socket.destroy()
    if (fault.htmlStatus) return send(response, htmlPage(fault.htmlStatus, 'Bad Gateway'))
    if (fault.errors) return send(response, json({ errors: [{ message: fault.errors }], data: null }))
    if (fault.redirectTo) return void response.writeHead(307, { location: fault.redirectTo }).end()
    const result = fault.unknownTypes?.some((type) => names(body, type))
      ? refusal(fault.unknownTypes.filter((type) => names(body, type)))
      : await answerQuery(chain.tables, body, fault)
    sendFaulty(response, result, fault, logged)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, htmlPage(500, String(error)))
    })
  })
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port

  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}/graphql`,
    chain,
    faults: faults.lasting,
    duringNext: faults.duringNext,
    clearFaults: faults.clear,
    requests,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const noteExecution: Plugin<QueryContext> = {
  onExecute({ args }) {
    args.contextValue.outcome.isExecuted = true
  },
}

const yoga = createYoga<QueryContext>({
  schema: createContractSchema(),
  maskedErrors: false,
  logging: false,
  plugins: [noteExecution],
})

// Like the real server: HTTP 200 once a query is executed, even if it fails; HTTP 400 if it is not executed.
async function answerQuery(tables: Tables, body: string, faults: Faults): Promise<Answer> {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return htmlPage(413, 'PayloadTooLargeError: request entity too large')
  if (!isJson(body)) return htmlPage(400, 'SyntaxError: Unexpected token in JSON')
  const { cappedRows = Infinity, hideBlocksAfter = Infinity, betweenFields } = faults
  const outcome = { isExecuted: false }
  const context: QueryContext = { tables, view: { maxRows: cappedRows, head: hideBlocksAfter }, betweenFields, outcome }
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const response = await yoga.fetch('http://localhost/graphql', { method: 'POST', headers, body }, context)
  return { status: outcome.isExecuted ? 200 : 400, type: 'application/json', body: await response.text() }
}

function alteredBody(body: string, alter: NonNullable<Faults['alter']>): string {
  const result = JSON.parse(body)
  if (result.data) alter(result.data)
  return JSON.stringify(result)
}

const listOf = (eventType: string): string => `${eventType[0]?.toLowerCase()}${eventType.slice(1)}s`

/** Whether a request names the type of an event or its list. */
const names = (body: string, eventType: string): boolean =>
  new RegExp(`\\b${eventType}\\b|\\b${listOf(eventType)}\\b`).test(body)

const refusal = (eventTypes: readonly string[]): Answer => ({
  ...json({ errors: eventTypes.map((type) => ({ message: `Cannot query field "${listOf(type)}" on type "Query".` })) }),
  status: 400,
})

function sendFaulty(response: ServerResponse, answer: Answer, fault: Faults, request: LoggedRequest): void {
  const padding = ' '.repeat(fault.paddingBytes ?? 0)
  const altered = fault.alter ? alteredBody(answer.body, fault.alter) : answer.body
  const body = padding + (fault.rewrite ? fault.rewrite(altered, request) : altered)
  const half = body.slice(0, body.length / 2)
  if (fault.breaksOff) {
    response.writeHead(answer.status, { 'content-type': answer.type, 'content-length': Buffer.byteLength(body) })
    response.write(half, () => response.destroy())
  } else send(response, { ...answer, body: fault.truncatedBody ? half : body })
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
  })
  response.end(body)
}
