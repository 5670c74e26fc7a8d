import { Prisma } from '../generated/prisma/client.ts'

/** What is counted in the database, because the process that counts it ends, or is not the one that is asked. */
export type CounterName =
  | 'events_total'
  | 'recorded_total'
  | 'emails_enqueued_total'
  | 'emails_total'
  | 'outbox_emails'
  | 'query_node_requests_total'
  | 'query_node_errors_total'
  | 'query_node_seconds_total'

/**
 * Adds to counters, as a part of the statement that records what is counted: it counts if that happens, and only then.
 * In one order everywhere, so that no two statements wait for each other's counters.
 *
 * @param counts a SELECT of names, labels (jsonb) and what to add
 */
export const addToCounters = (counts: Prisma.Sql) => Prisma.sql`
  INSERT INTO "Counter" AS c (name, labels, value)
  SELECT name, labels, value FROM (${counts}) AS counts (name, labels, value) ORDER BY name, labels
  ON CONFLICT (name, labels) DO UPDATE SET value = c.value + excluded.value, "updatedAt" = now()`
