import { Counter, Gauge, Registry } from 'prom-client'
import type { QueryNode } from '../chain/client.ts'
import { type Pool, query } from '../db/client.ts'
import type { CounterName } from '../db/counters.ts'
import { BLOCK_SECONDS } from '../events/blocks.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { Logger } from '../lib/logger.ts'
import type { Tokens } from '../members/tokens.ts'
import { FEWEST_FOR_RATE, ratesOf, readWeek, WINDOW_DAYS } from '../outbox/rates.ts'
import { readFacts } from './runs.ts'

export const PREFIX = 'notifications_'

type GaugeName =
  | 'database_up'
  | 'cursor_block'
  | 'head_block'
  | 'lag_blocks'
  | 'lag_seconds'
  | 'last_success_age_seconds'
  | 'oldest_pending_email_age_seconds'
  | 'set_aside_events'
  | 'job_last_end_age_seconds'
  | 'job_failed'
  | 'email_bounce_rate'
  | 'email_complaint_rate'
type Sample = {
  name: GaugeName | Exclude<CounterName, 'emails_by_hour'> | 'api_previous_key_total'
  labels: Record<string, string>
  value: number
}

const help: Record<Sample['name'], string> = {
  database_up: 'Whether the database answers. Otherwise the metrics in it are left out.',
  cursor_block: 'The last block whose events are recorded.',
  head_block: 'The newest block of the query node that has an event, as the notifier last saw it.',
  lag_blocks:
    'Blocks from the cursor to the head. It stands still while no run succeeds: watch last_success_age_seconds.',
  lag_seconds: `The lag in time: ${BLOCK_SECONDS} seconds a block.`,
  last_success_age_seconds: 'Time since the notifier last read all news that there was.',
  oldest_pending_email_age_seconds: 'Time since the oldest email that waits was due; 0 when none waits.',
  set_aside_events: 'Events that could not be understood: npm run notify -- --retry-set-aside retries them.',
  job_last_end_age_seconds: 'Time since a job last ended, by job.',
  job_failed: 'Whether a job ended with an error the last time, by job.',
  email_bounce_rate: `Emails that bounced in the last ${WINDOW_DAYS} days by emails that were sent in them, by provider. Left out with fewer than ${FEWEST_FOR_RATE} emails.`,
  email_complaint_rate: 'The same of emails that were marked as spam. One or two of them show nothing.',
  emails_enqueued_total: 'Emails that were put into the outbox, by type.',
  outbox_emails: 'Emails in the outbox by status: PENDING now; SENT, FAILED and IGNORED since the start.',
  events_total: 'Events that were read and understood, by type.',
  recorded_total: 'Notifications that were recorded, by kind.',
  emails_total:
    'What became of emails, each time that one was due. The provider has sent it, rejected it for good, failed (it is ' +
    'tried three times), left its outcome unknown, or was unavailable to all; or it was ignored (provider none: from ' +
    'the start), or expired while it waited.',
  email_reports_total:
    'Emails of which a provider reported something afterwards, by its name and what it reported: deferred, delivered, ' +
    'bounced, dropped or complained. An email counts once for each.',
  api_previous_key_total:
    'Tokens that this process accepted and APP_SECRET_KEY_PREVIOUS has signed, by kind. Remove that key when it no longer grows.',
  query_node_requests_total: 'Requests to the query node by all runs of the notifier, and by this API process.',
  query_node_errors_total: 'Requests to the query node without a usable answer.',
  query_node_seconds_total: 'Total time of all requests to the query node. Divide by their number for the latency.',
}

type MetricsDeps = {
  pool: Pool
  queryNode: QueryNode
  tokens: Tokens
  log: Logger
  /** The names of the providers that report bounces. */
  reporting?: readonly string[]
}

/**
 * The metrics in the database, which every process serves alike, and this process's requests to the query node. Unknown
 * figures are left out.
 */
export async function sharedMetrics({ pool, queryNode, tokens, log, reporting = [] }: MetricsDeps) {
  const stored = await readSamples(pool, reporting).catch((error: unknown) => {
    log.warn({ err: error }, "The metrics lack the database's figures")
    return undefined
  })
  const { requests, errors, seconds } = queryNode.tally
  const by = { by: 'api' }
  const samples: Sample[] = [
    ...gauge('database_up', stored ? 1 : 0),
    ...(stored ?? []),
    { name: 'query_node_requests_total', labels: by, value: requests },
    { name: 'query_node_errors_total', labels: by, value: errors },
    { name: 'query_node_seconds_total', labels: by, value: seconds },
    ...Object.entries(tokens.previousKeyUses).map(
      ([token, value]): Sample => ({
        name: 'api_previous_key_total',
        labels: { token },
        value,
      }),
    ),
  ]
  // A new registry each time: a kept one would show an unknown figure as 0.
  const registry = new Registry()
  for (const [name, list] of Map.groupBy(samples, ({ name }) => name)) {
    const Metric = name.endsWith('_total') ? Counter : Gauge
    const labelNames = [...new Set(list.flatMap(({ labels }) => Object.keys(labels)))]
    const metric = new Metric({ name: PREFIX + name, help: help[name], labelNames, registers: [registry] })
    for (const { labels, value } of list) metric.inc(labels, value)
  }
  return registry
}

const gauge = (name: GaugeName, value: number | null, labels = {}): Sample[] =>
  value === null ? [] : [{ name, labels, value }]

async function readSamples(pool: Pool, reporting: readonly string[]): Promise<Sample[]> {
  const weeks = await readWeek(pool, reporting)
  const { cursor, head, secondsSinceSuccess, jobs } = await readFacts(pool)
  const lag = cursor === null || head === null ? null : Math.max(head - cursor, 0)
  const { rows } = await query<Sample>(
    pool,
    Prisma.sql`
    WITH pending AS (
      SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(since)), 0) AS age
      FROM (
        -- What is not due, such as a digest that collects, is not overdue. One that failed is, until its next attempt.
        SELECT CASE WHEN "sendAt" > now() AND "failingSince" IS NULL THEN NULL
          WHEN type = 'verification' THEN "createdAt"
          ELSE least("sendAt", "failingSince") END AS since
        FROM "Email" WHERE status = 'PENDING'
      ) email
    )
    SELECT name, labels, value FROM "Counter" WHERE name <> 'emails_by_hour'
    UNION ALL SELECT 'outbox_emails', '{"status": "PENDING"}', count FROM pending
    UNION ALL SELECT 'oldest_pending_email_age_seconds', '{}', age FROM pending
    UNION ALL SELECT 'set_aside_events', '{}', count(*) FROM "SetAsideEvent"
    ORDER BY name, labels`,
  )
  return [
    ...gauge('cursor_block', cursor),
    ...gauge('head_block', head),
    ...gauge('lag_blocks', lag),
    ...gauge('lag_seconds', lag === null ? null : lag * BLOCK_SECONDS),
    ...gauge('last_success_age_seconds', secondsSinceSuccess),
    ...jobs.flatMap(({ name, secondsSinceEnd, error }) => [
      ...gauge('job_last_end_age_seconds', secondsSinceEnd, { job: name }),
      ...gauge('job_failed', secondsSinceEnd === null ? null : Number(error !== null), { job: name }),
    ]),
    ...weeks.flatMap((week) => {
      const rates = ratesOf(week)
      const { provider } = week
      return [
        ...gauge('email_bounce_rate', rates?.bounces ?? null, { provider }),
        ...gauge('email_complaint_rate', rates?.complaints ?? null, { provider }),
      ]
    }),
    // A newer version may have more counters.
    ...rows.filter(({ name }) => name in help),
  ]
}
