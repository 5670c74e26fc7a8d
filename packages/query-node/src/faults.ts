import type { LoggedRequest } from './requests.ts'

/** What goes wrong with a request. With none of them set, it is answered rightly. */
export type Faults = {
  /** The connection is cut without an answer. */
  down?: boolean
  /** The answer comes after so many milliseconds. */
  slow?: number
  /** HTTP 200 with this error and no data. */
  errors?: string
  /** An HTML page with this HTTP status. */
  html?: number
  /** The answer ends in the middle of its JSON. */
  truncatedBody?: boolean
  /** Every list silently ends after so many rows, however many were asked for. */
  cappedRows?: number
  /** Rows of blocks above this one are not there: the query node is rebuilt, or a replica lags. */
  headBehind?: number
  /** Called, and waited for, before a request is answered. */
  beforeAnswer?: (request: LoggedRequest) => unknown
  /** Called, and waited for, between two top-level fields of a request: a test can commit blocks while a page is being read. */
  betweenFields?: () => unknown
}

/** The faults in force: those that stay, and those of the next few requests, which come before them. */
export function createFaults() {
  const limited: { faults: Faults; left: number }[] = []
  const lasting: Faults = {}
  return {
    lasting,

    /** Adds faults for the next `requests` requests; those added first are used up first. */
    duringNext(requests: number, faults: Faults): void {
      limited.push({ faults, left: requests })
    },

    /** The faults of the request that has just come in. */
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
