import type { LoggedRequest } from './requests.ts'

/** Makes a request go wrong. Without faults, the server answers correctly. */
export type Faults = {
  /** Cuts the connection without an answer. */
  down?: boolean
  delayMs?: number
  /** Answers with HTTP 200, this error and no data. */
  errors?: string
  /** Answers with an HTML page and this HTTP status. */
  htmlStatus?: number
  /** Changes the answer's data, by the names of its fields. */
  alter?: (data: Record<string, unknown[]>) => void
  /** Cuts the JSON in half. */
  truncatedBody?: boolean
  /** Redirects (HTTP 307) to this address. */
  redirectTo?: string
  /** Sends half of the answer, and then cuts the connection. */
  breaksOff?: boolean
  /** Spaces in front of the answer, which is valid JSON all the same. */
  paddingBytes?: number
  /** Changes the text of the answer. */
  rewrite?: (body: string, request: LoggedRequest) => string
  /** Events that its schema lacks, such as "TerminatedLeaderEvent": refuses each query that names one (HTTP 400). */
  unknownTypes?: readonly string[]
  /** Silently limits every list to this many rows. */
  cappedRows?: number
  /** Hides the rows of later blocks, like a replica that lags or an indexer that is being rebuilt. */
  hideBlocksAfter?: number
  /** Awaited before a request is answered. */
  beforeAnswer?: (request: LoggedRequest) => unknown
  /** Awaited between two top-level fields of a request. A test can commit blocks while a page is being read. */
  betweenFields?: () => unknown
}

/** Keeps the faults to apply. Those of the next requests override the lasting ones. */
export function createFaults() {
  const limited: { faults: Faults; left: number }[] = []
  const lasting: Faults = {}
  return {
    lasting,

    /** Adds faults for the next `requests` requests, after those already added. */
    duringNext(requests: number, faults: Faults): void {
      limited.push({ faults, left: requests })
    },

    /** Takes the faults of the current request. */
    take(): Faults {
      const [first] = limited
      if (!first) return { ...lasting }
      first.left -= 1
      if (first.left <= 0) limited.shift()
      return { ...lasting, ...first.faults }
    },

    clear(): void {
      limited.length = 0
      for (const fault of Object.keys(lasting)) Reflect.deleteProperty(lasting, fault)
    },
  }
}
