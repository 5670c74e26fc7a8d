import type { Tally } from '../chain/client.ts'
import { type Pool, query } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { STORE_KEYS } from '../db/store.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { IS_PAUSE_OF_NOW } from '../outbox/pauses.ts'
import { REPORT_SECONDS } from '../outbox/provider.ts'

const KEY = STORE_KEYS.lastRun
export type Facts = {
  cursor: number | null
  /** Whether something else is stored in its place. */
  cursorIsUnreadable: boolean
  /** The newest block of the query node, at the last run. */
  head: number | null
  secondsSinceCursorMoved: number | null
  secondsSinceHeadMoved: number | null
  secondsSinceSuccess: number | null
  secondsSinceMigrated: number | null
  /** Why the last run failed, and how many in a row did; null and 0 after one that succeeded. */
  failure: string | null
  /** By type of event that the query node does not know: the last block whose events of this type are handled. */
  leftOut: Record<string, number>
  failures: number
  /** Why the last run that went well could not read deadlines. */
  deadlinesFailure: string | null
  /** By type of proposal: how many blocks one took that expired, where that is not its known length. */
  seenLengths: Record<string, number>
  sendFailure: string | null
  secondsSinceSendFailure: number | null
  /** Events of long threads whose posts are still being read. */
  waiting: number
  due: number
  oldestDueSeconds: number
  /** Of the last hour. */
  sent: number
  failed: number
  lastReason: string | null
  /** Why the provider is left alone, and since when. */
  pauseReason: string | null
  pausedProvider: string | null
  pausedSeconds: number | null
  jobs: JobFacts[]
  /** Events that were not understood, and how many of them are retried by later runs. */
  setAside: number
  setAsideRetried: number
}

/** `secondsSinceEnd`: null before the first run. */
export type JobFacts = { name: string; secondsSinceEnd: number | null; intervalSeconds: number; error: string | null }

type Noted = { isRetryDue: boolean; hasSendFailure: boolean }

/**
 * Saves the state of a run for health checks and metrics.
 * @param head the query node's newest block, if it answered
 * @param failure why nothing, or not everything, was read
 * @param deadlinesFailure why deadlines were not read, although the rest was
 * @param asked its requests to the query node
 * @returns whether events that were set aside are due, and whether a failure to send is stored: an idle run has no
 *   statement to spare for these questions
 */
export async function noteRun(
  pool: Pool,
  run: { head?: number; succeeded?: boolean; failure?: string; deadlinesFailure?: string; asked?: Tally },
): Promise<Noted> {
  const { head = null, succeeded = false, failure = null, deadlinesFailure = null, asked } = run
  const counts = Prisma.sql`
    SELECT name, '{"by": "notifier"}'::jsonb, value FROM (VALUES
      ('query_node_requests_total', ${asked?.requests ?? 0}::float8),
      ('query_node_errors_total', ${asked?.errors ?? 0}::float8),
      ('query_node_seconds_total', ${asked?.seconds ?? 0}::float8)
    ) AS asked (name, value) WHERE value > 0`
  const { rows } = await query<Noted>(
    pool,
    Prisma.sql`
    WITH counted AS (${addToCounters(counts)})
    INSERT INTO "Store" AS s (key, value) VALUES (${KEY}, jsonb_strip_nulls(jsonb_build_object(
      'head', ${head}::int, 'headMovedAt', now(), 'failure', ${failure}::text,
      'deadlinesFailure', ${deadlinesFailure}::text,
      'failures', CASE WHEN ${failure}::text IS NOT NULL THEN 1 END,
      'succeededAt', CASE WHEN ${succeeded}::bool THEN now() END)))
    ON CONFLICT (key) DO UPDATE SET "updatedAt" = now(), value =
      CASE WHEN ${succeeded}::bool THEN s.value - ARRAY['failure', 'failures', 'deadlinesFailure'] ELSE s.value END
      || CASE WHEN excluded.value->'head' <> s.value->'head' OR s.value->'head' IS NULL THEN excluded.value
        ELSE excluded.value - 'headMovedAt' END
      || CASE WHEN ${failure}::text IS NULL THEN '{}'
        ELSE jsonb_build_object('failures', coalesce((s.value->>'failures')::int, 0) + 1) END
    RETURNING EXISTS (SELECT FROM "SetAsideEvent" WHERE "retryAt" <= now()) AS "isRetryDue",
      s.value ? 'sendFailure' AS "hasSendFailure"`,
  )
  return rows[0] ?? { isRetryDue: false, hasSendFailure: false }
}

/** Saves why emails cannot be sent, for health checks. */
export async function noteSendFailure(pool: Pool, failure: string): Promise<void> {
  await query(
    pool,
    Prisma.sql`
    INSERT INTO "Store" AS s (key, value)
    VALUES (${KEY}, jsonb_build_object('sendFailure', ${failure}::text, 'sendFailedAt', now()))
    ON CONFLICT (key) DO UPDATE SET "updatedAt" = now(), value = s.value || excluded.value`,
  )
}

export async function forgetSendFailure(pool: Pool): Promise<void> {
  await query(
    pool,
    Prisma.sql`
    UPDATE "Store" SET value = value - ARRAY['sendFailure', 'sendFailedAt'], "updatedAt" = now()
    WHERE key = ${KEY} AND value ? 'sendFailure'`,
  )
}

export async function readFacts(pool: Pool): Promise<Facts> {
  const { rows } = await query<Facts>(
    pool,
    Prisma.sql`
    WITH run AS (SELECT value FROM "Store" WHERE key = ${KEY}),
    recent AS (
      SELECT status, reason, "updatedAt" FROM "Email"
      -- A provider may report of one that was sent long ago.
      WHERE (status = 'SENT' AND coalesce("sentAt", "updatedAt") > now() - interval '1 hour' OR status = 'FAILED')
        AND "updatedAt" > now() - interval '1 hour'
    )
    SELECT
      progress.cursor, progress.moved IS NOT NULL AND progress.cursor IS NULL AS "cursorIsUnreadable", progress.moved AS "secondsSinceCursorMoved",
      (SELECT (value->>'head')::int FROM run) AS head,
      (SELECT extract(epoch FROM now() - (value->>'headMovedAt')::timestamptz)::float8 FROM run) AS "secondsSinceHeadMoved",
      (SELECT extract(epoch FROM now() - (value->>'succeededAt')::timestamptz)::float8 FROM run) AS "secondsSinceSuccess",
      (SELECT extract(epoch FROM now() - max(finished_at))::float8 FROM _prisma_migrations) AS "secondsSinceMigrated",
      (SELECT value->>'failure' FROM run) AS failure,
      coalesce((SELECT value FROM "Store" WHERE key = ${STORE_KEYS.leftOut}), '{}') AS "leftOut",
      coalesce((SELECT (value->>'failures')::int FROM run), 0) AS failures,
      (SELECT value->>'deadlinesFailure' FROM run) AS "deadlinesFailure",
      coalesce((SELECT value FROM "Store" WHERE key = ${STORE_KEYS.seenLengths}), '{}') AS "seenLengths",
      (SELECT value->>'sendFailure' FROM run) AS "sendFailure",
      (SELECT extract(epoch FROM now() - (value->>'sendFailedAt')::timestamptz)::float8 FROM run) AS "secondsSinceSendFailure",
      (SELECT count(*)::int FROM "SetAsideEvent") AS "setAside",
      (SELECT count("retryAt")::int FROM "SetAsideEvent") AS "setAsideRetried",
      (SELECT count(*)::int FROM "WaitingEvent") AS waiting,
      due.count AS due, due.seconds AS "oldestDueSeconds", done.sent, done.failed,
      (SELECT reason FROM recent WHERE status = 'FAILED' ORDER BY "updatedAt" DESC LIMIT 1) AS "lastReason",
      pause.reason AS "pauseReason", pause.provider AS "pausedProvider", pause.seconds AS "pausedSeconds",
      (SELECT coalesce(json_agg(json_build_object(
          'name', name, 'intervalSeconds', "intervalSeconds", 'error', error,
          'secondsSinceEnd', extract(epoch FROM now() - "endedAt")
        ) ORDER BY name), '[]') FROM "Job") AS jobs
    FROM (
      SELECT count(*)::int AS count, coalesce(extract(epoch FROM now() - min("sendAt")), 0)::float8 AS seconds
      FROM "Email" WHERE status = 'PENDING' AND "sendAt" <= now()
        -- What a dead notifier had in hand may wait for the provider's report.
        AND ("leaseUntil" IS NULL OR "leaseUntil" < now() - make_interval(secs => ${REPORT_SECONDS}::int))
    ) due, (
      SELECT count(*) FILTER (WHERE status = 'SENT')::int AS sent, count(*) FILTER (WHERE status = 'FAILED')::int AS failed
      FROM recent
    ) done LEFT JOIN (
      SELECT CASE jsonb_typeof(value->'block') WHEN 'number' THEN (value->>'block')::float8 END AS cursor, extract(epoch FROM now() - "updatedAt")::float8 AS moved
      FROM "Store" WHERE key = ${STORE_KEYS.progress}
    ) progress ON true LEFT JOIN (
      SELECT reason, provider, extract(epoch FROM now() - "createdAt")::float8 AS seconds
      FROM "SendingPause" WHERE ${IS_PAUSE_OF_NOW} ORDER BY "updatedAt" DESC LIMIT 1
    ) pause ON true`,
  )
  const [facts] = rows
  if (!facts) throw new Error('The database gave no answer')
  return facts
}
