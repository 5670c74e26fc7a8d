import type { Pool } from '../../db/client.ts'
import { explain } from '../../lib/explain.ts'
import type { Logger } from '../../lib/logger.ts'
import { type Report, recordReports } from '../../outbox/reports.ts'

/** Reports that wait for the database. With more, the provider has to come back. */
const MOST_WAITING = 20_000
const MOST_AT_ONCE = 5_000

type Request = { reports: readonly Report[]; resolve: (recorded: number | undefined) => void }

/**
 * Records the reports of requests in groups: each takes all that gathered while the one before was written, so a thousand
 * requests a second need few statements.
 * @returns takes a request's reports, and gives how many were of known emails; nothing when they are not recorded, because
 *   too many wait or the database fails
 */
export function createReportRecorder({ pool, log }: { pool: Pool; log: Logger }, provider: string) {
  const queue: Request[] = []
  let waiting = 0
  let isWriting = false

  async function write(): Promise<void> {
    isWriting = true
    while (queue.length) {
      const group = nextGroup()
      const reports = group.flatMap((request) => request.reports)
      try {
        const recorded = await recordReports(pool, provider, reports)
        for (const request of group) request.resolve(request.reports.filter((report) => recorded.has(report)).length)
      } catch (error) {
        const { message, known } = explain(error)
        log.error(
          known ? {} : { err: error },
          `Reports of ${provider} are not recorded: it sends them again. ${message}`,
        )
        for (const { resolve } of group) resolve(undefined)
      }
      waiting -= reports.length
    }
    isWriting = false
  }

  /** A request is not split: it has succeeded or failed as a whole. */
  function nextGroup(): Request[] {
    let size = 0
    const end = queue.findIndex(({ reports }, n) => {
      size += reports.length
      return n > 0 && size > MOST_AT_ONCE
    })
    return queue.splice(0, end === -1 ? queue.length : end)
  }

  return async (reports: readonly Report[]): Promise<number | undefined> => {
    if (!reports.length) return 0
    if (waiting && waiting + reports.length > MOST_WAITING) return undefined
    waiting += reports.length
    return new Promise((resolve) => {
      queue.push({ reports, resolve })
      if (!isWriting) void write()
    })
  }
}
