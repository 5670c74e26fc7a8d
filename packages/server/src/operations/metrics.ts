import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { PREFIX, sharedMetrics } from './shared-metrics.ts'

/** The outcome of a request. `ok`: no errors; `gone`: the client left before the end. */
export type Answered = { field: string; outcome: string; limit: string | undefined; seconds: number }

const BUCKETS_SECONDS = [0.01, 0.05, 0.2, 1, 5]

/** prom-client's sums of other gauges, with names of counters: `sum(nodejs_active_handles)` has the same value. */
const MISNAMED = ['handles', 'requests', 'resources'].map((kind) => `nodejs_active_${kind}_total`)

/**
 * The metrics of this process since its start, and those in the database, which every process serves alike. Labels never
 * contain text from clients, which could create any number of series.
 */
export function createMetrics(deps: Parameters<typeof sharedMetrics>[0]) {
  const own = new Registry()
  const registers = [own]
  // Among them, the delay of the event loop.
  collectDefaultMetrics({ register: own })
  for (const name of MISNAMED) own.removeSingleMetric(name)
  const requests = new Counter({
    name: `${PREFIX}api_requests_total`,
    help: 'Requests that this process answered, by field and by outcome: ok, the code of the first error, an HTTP status, or gone when the client did not wait.',
    labelNames: ['operation', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: `${PREFIX}api_request_duration_seconds`,
    help: 'How long this process took to answer; streams, which last as long as their clients want, are left out.',
    labelNames: ['operation'],
    buckets: BUCKETS_SECONDS,
    registers,
  })
  const refusals = new Counter({
    name: `${PREFIX}api_rate_limited_total`,
    help: 'Requests that this process refused because there were too many, by limit.',
    labelNames: ['limit'],
    registers,
  })

  return {
    count({ field, outcome, limit, seconds }: Answered): void {
      requests.inc({ operation: field, outcome })
      if (!field.startsWith('subscription')) durations.observe({ operation: field }, seconds)
      if (limit !== undefined) refusals.inc({ limit })
    },
    async read(): Promise<{ contentType: string; text: string }> {
      const shared = await sharedMetrics(deps)
      const parts = await Promise.all([shared.metrics(), own.metrics()])
      return { contentType: own.contentType, text: parts.join('') }
    },
  }
}
