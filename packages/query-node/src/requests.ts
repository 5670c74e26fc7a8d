import { Kind, parse } from 'graphql'

export type LoggedRequest = {
  readonly operationName: string | null
  /** The names of the top-level fields, not their aliases. Empty if the body is no valid request. */
  readonly fields: readonly string[]
  readonly bytes: number
}

const MAX_LOGGED = 10_000

/** Counts all requests and keeps the latest. */
export function createRequestLog() {
  let count = 0
  const log: LoggedRequest[] = []
  return {
    /** Requests since the last reset. */
    get count() {
      return count
    },

    /** Oldest first. */
    log: log as readonly LoggedRequest[],

    reset(): void {
      count = 0
      log.length = 0
    },

    add(request: LoggedRequest): void {
      count += 1
      if (log.push(request) > MAX_LOGGED) log.shift()
    },
  }
}

export function describeRequest(body: string): LoggedRequest {
  const bytes = Buffer.byteLength(body)
  try {
    const { query, operationName }: { query?: string; operationName?: string } = JSON.parse(body)
    const operations = parse(query ?? '').definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    const operation = operations.find(({ name }) => !operationName || name?.value === operationName)
    const fields = operation?.selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? one.name.value : []))
    return { operationName: operation?.name?.value ?? null, fields: fields ?? [], bytes }
  } catch {
    return { operationName: null, fields: [], bytes }
  }
}
