import { Prisma } from '../generated/prisma/client.ts'

/** Counted in the database, because the process that counts may end, or is not the one that serves /metrics. */
export type CounterName =
  | 'events_total'
  | 'recorded_total'
  | 'emails_enqueued_total'
  | 'emails_total'
  | 'emails_by_hour'
  | 'email_reports_total'
  | 'outbox_emails'
  | 'query_node_requests_total'
  | 'query_node_errors_total'
  | 'query_node_seconds_total'

/**
 * Adds to counters as part of the statement that records what is counted, so both happen or neither. Always in one
 * order, so that two statements cannot deadlock on counters.
 * @param counts a SELECT of names, labels (jsonb) and increments
 */
export const addToCounters = (counts: Prisma.Sql) => Prisma.sql`
  INSERT INTO "Counter" AS c (name, labels, value)
  SELECT name, labels, value FROM (${counts}) AS counts (name, labels, value) ORDER BY name, labels
  ON CONFLICT (name, labels) DO UPDATE SET value = c.value + excluded.value, "updatedAt" = now()`
