import { createHash, timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { ApiDeps } from '../api/graphql/builder.ts'
import type { Answered } from '../api/request-log.ts'
import { PREFIX, sharedMetrics } from './shared-metrics.ts'

/** Seconds. */
const BUCKETS = [0.01, 0.05, 0.2, 1, 5]

/** prom-client's sums of other gauges, with names of counters: `sum(nodejs_active_handles)` has the same value. */
const MISNAMED = ['handles', 'requests', 'resources'].map((kind) => `nodejs_active_${kind}_total`)

/**
 * The metrics that a Prometheus reads here: of this process since its start, and of the database, which every process
 * shows alike. Labels are our own words only, so that no client can make more of them.
 */
export function createMetrics(deps: Pick<ApiDeps, 'pool' | 'queryNode' | 'log'>, token: string) {
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
    buckets: BUCKETS,
    registers,
  })
  const refusals = new Counter({
    name: `${PREFIX}api_rate_limited_total`,
    help: 'Requests that this process refused because there were too many, by limit.',
    labelNames: ['limit'],
    registers,
  })

  return {
    /** Counts a request that was answered. */
    count({ field, outcome, limit, seconds }: Answered): void {
      requests.inc({ operation: field, outcome })
      if (!field.startsWith('subscription')) durations.observe({ operation: field }, seconds)
      if (limit !== undefined) refusals.inc({ limit })
    },
    /** @param given the token that came with the request */
    async answer(given: string, res: ServerResponse): Promise<void> {
      if (!timingSafeEqual(digest(given), digest(token))) {
        res.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
        return
      }
      const shared = await sharedMetrics(deps)
      const text = await Promise.all([shared.metrics(), own.metrics()])
      res.writeHead(200, { 'content-type': own.contentType, 'cache-control': 'no-store' }).end(text.join(''))
    },
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()
