import { type QueryNode, QueryRefused, UnanswerableError } from '../chain/client.ts'
import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { type Head, type ReadEvent, readHead } from '../chain/window.ts'
import { type Pool, query } from '../db/client.ts'
import { exclusively, type Lease } from '../db/lease.ts'
import { BLOCK_SECONDS } from '../events/blocks.ts'
import { type Ahead, eventIdOf, remindAt } from '../events/deadlines/define.ts'
import { deadlines } from '../events/deadlines/list.ts'
import { lengthsWith } from '../events/proposals/lengths.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { toJson } from '../lib/json.ts'
import type { Logger } from '../lib/logger.ts'
import { memberNumbers } from './audience/kept-rules.ts'
import { circumstancesOf } from './audience/resolve.ts'
import { understand } from './audience/understand.ts'
import { READING } from './cursor.ts'
import { recordOutcome, report } from './record.ts'
import type { NotifierDeps, RunSummary } from './run.ts'
import { storedFacts } from './stored.ts'

type Moment = { block: number; time: Date }

/** A rate of less than a few hours says little, and one of many days nothing of today. */
const SHORTEST_RATE_HOURS = 12
const LONGEST_RATE_HOURS = 72
/** The chain can stand still, but is never faster than it should be by much. */
const SECONDS_PER_BLOCK = { least: BLOCK_SECONDS / 2, most: BLOCK_SECONDS * 2 }

/** @param dayAgo an earlier block. Without one of about a day ago, a block takes as long as it should */
export function secondsPerBlock(head: Moment, dayAgo: Moment | undefined): number {
  if (!dayAgo) return BLOCK_SECONDS
  const seconds = (head.time.getTime() - dayAgo.time.getTime()) / 1000
  const blocks = head.block - dayAgo.block
  const hours = seconds / 3600
  if (blocks <= 0 || hours < SHORTEST_RATE_HOURS || hours > LONGEST_RATE_HOURS) return BLOCK_SECONDS
  return Math.min(Math.max(seconds / blocks, SECONDS_PER_BLOCK.least), SECONDS_PER_BLOCK.most)
}

type Scheduled = {
  type: string
  ahead: Ahead
  endsAtBlock: number | null
  endsAt: Date
  remindAt: Date | null
}

type Due = { id: number; type: string; key: string; about: Record<string, string | number>; endsAt: Date }

/**
 * Brings the table of deadlines up to date with what the head says, and tells members of those that are due.
 * @param dayAgo an earlier block, to know how fast the chain is
 * @throws QueryNodeError when members cannot be found out: the next run tries again
 */
export async function handleDeadlines(
  deps: NotifierDeps,
  head: Head,
  dayAgo: Moment | undefined,
  summary: RunSummary,
): Promise<void> {
  const now = deps.now?.() ?? new Date()
  const due = await schedule(deps, head, dayAgo, now)
  if (!due.length || deps.stop?.aborted) return
  // Another notifier can have told of them meanwhile.
  const tellDue = async (lease: Lease) => tell(deps, lease, await readDue(deps.pool, now), head, summary, now)
  await exclusively(deps.pool, READING, tellDue)
}

/** @returns what members are to be told of now. Nothing that is over is. */
async function schedule(
  { pool, config }: NotifierDeps,
  { stages, block, time }: Head,
  dayAgo: Moment | undefined,
  now: Date,
): Promise<Due[]> {
  if (!stages || !time) return readDue(pool, now)
  const pace = secondsPerBlock({ block, time }, dayAgo)
  const timeOf = (end: number) => new Date(time.getTime() + (end - block) * pace * 1000)
  const lengths = lengthsWith(config.proposalLengths)
  const found = deadlines.flatMap(({ type, ahead, event }) =>
    ahead(stages, lengths).flatMap((one): Scheduled[] => {
      const { span } = one
      if ('toBlock' in span && span.toBlock > LAST_BLOCK) return []
      const [from, to] = 'from' in span ? [span.from, span.to] : [timeOf(span.fromBlock), timeOf(span.toBlock)]
      return [
        {
          type,
          ahead: one,
          endsAtBlock: 'toBlock' in span ? span.toBlock : null,
          endsAt: to,
          remindAt: event ? remindAt(from, to) : null,
        },
      ]
    }),
  )
  return save(pool, found, block, now)
}

/** Estimates move with each new block, those of far ends by more: that is not worth a write, nor a calendar's attention. */
const TOLERATED_SECONDS = 60
/** Of the time that is left. */
const TOLERATED_SHARE = 0.005
/** What the database can store. */
const LAST_BLOCK = 2 ** 31 - 1

const isDue = (now: Date) => Prisma.sql`
  "goneAt" IS NULL AND "toldAt" IS NULL AND "remindAt" <= ${now}::timestamptz AND "endsAt" > ${now}::timestamptz`
const DUE = Prisma.sql`id, type, key, about, "endsAt"`

async function readDue(pool: Pool, now: Date): Promise<Due[]> {
  const { rows } = await query<Due>(pool, Prisma.sql`SELECT ${DUE} FROM "Deadline" WHERE ${isDue(now)} ORDER BY id`)
  return rows
}

/** Of a row `d` that is there already. What ends at a time, not in a block, is no estimate. */
const endMoves = (now: Date) => Prisma.sql`(
  d."endsAtBlock" IS DISTINCT FROM excluded."endsAtBlock"
  OR abs(extract(epoch FROM d."endsAt" - excluded."endsAt")) > CASE WHEN excluded."endsAtBlock" IS NULL THEN 0 ELSE
    greatest(${TOLERATED_SECONDS}::int, ${TOLERATED_SHARE}::float8 * extract(epoch FROM excluded."endsAt" - ${now}::timestamptz))
  END)`

/**
 * One statement: an idle run has few. Those that are no longer there are gone, until they are there again. Calendars are
 * told of each change of an end, and of an end that is off or on again, by a higher sequence (RFC 5546, 2.1.4).
 * @param block the newest: what is gone before its end is cancelled
 */
async function save(pool: Pool, found: readonly Scheduled[], block: number, now: Date): Promise<Due[]> {
  const moves = endMoves(now)
  const isBeforeEnd = Prisma.sql`coalesce("endsAtBlock" > ${block}::int, "endsAt" > ${now}::timestamptz)`
  const rows = toJson(
    found.map(({ type, ahead: { key, title, path, about, councillors }, endsAtBlock, endsAt, remindAt }) => ({
      type,
      key,
      title,
      path,
      about,
      councillors: councillors && [...new Set(memberNumbers(councillors))].sort((a, b) => a - b),
      ends_at_block: endsAtBlock,
      ends_at: endsAt,
      remind_at: remindAt,
    })),
  )
  const saved = await query<Due>(
    pool,
    Prisma.sql`
    WITH found AS (
      SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS f (
        type text, key text, title text, path text, about jsonb, councillors int[], ends_at_block int,
        ends_at timestamptz, remind_at timestamptz)
    ),
    saved AS (
      INSERT INTO "Deadline" AS d (type, key, title, path, about, councillors, "endsAtBlock", "endsAt", "remindAt")
      SELECT DISTINCT ON (type, key) type, key, title, path, about, councillors, ends_at_block, ends_at, remind_at
      FROM found ORDER BY type, key
      ON CONFLICT (type, key) DO UPDATE SET title = excluded.title, path = excluded.path, about = excluded.about,
        councillors = excluded.councillors, "endsAtBlock" = excluded."endsAtBlock",
        -- An end that a calendar is not told of stays where the calendar has it.
        "endsAt" = CASE WHEN ${moves} THEN excluded."endsAt" ELSE d."endsAt" END,
        "remindAt" = CASE WHEN ${moves} THEN excluded."remindAt" ELSE d."remindAt" END,
        sequence = d.sequence + CASE WHEN ${moves} OR d."goneAt" IS NOT NULL THEN 1 ELSE 0 END,
        "goneAt" = NULL, "cancelledAt" = NULL, "updatedAt" = now()
      WHERE d."goneAt" IS NOT NULL OR d.title <> excluded.title OR d.councillors IS DISTINCT FROM excluded.councillors
        OR ${moves}
      RETURNING *
    ),
    gone AS (
      UPDATE "Deadline" d SET "goneAt" = now(), "updatedAt" = now(),
        "cancelledAt" = CASE WHEN ${isBeforeEnd} THEN now() END,
        sequence = sequence + CASE WHEN ${isBeforeEnd} THEN 1 ELSE 0 END
      WHERE "goneAt" IS NULL AND NOT EXISTS (SELECT FROM found f WHERE f.type = d.type AND f.key = d.key)
      RETURNING id
    )
    SELECT ${DUE} FROM saved WHERE ${isDue(now)}
    UNION ALL
    -- The others, as they were before this statement.
    SELECT ${DUE} FROM "Deadline"
    WHERE ${isDue(now)} AND id NOT IN (SELECT id FROM saved UNION ALL SELECT id FROM gone)
    ORDER BY id`,
  )
  return saved.rows
}

/** Records them like events of the chain: members' settings, digests and explanations apply. */
async function tell(deps: NotifierDeps, lease: Lease, due: Due[], head: Head, summary: RunSummary, now: Date) {
  const { pool, queryNode, log } = deps
  if (!due.length) return
  const events = due.map(
    ({ type, key, about, endsAt }): ReadEvent => ({
      type,
      id: eventIdOf({ type, key }),
      block: head.block,
      indexInBlock: 0,
      time: now,
      row: { ...about, endsAt: endsAt.toISOString() },
    }),
  )
  const chain = lookUps(queryNode, standing(queryNode, deps.config.proposalLengths), storedFacts(pool), [])
  const outcome = await understand(events, chain)
  const recorded = await lease.inTransaction(async (transaction) => {
    await transaction.query(Prisma.sql`
      UPDATE "Deadline" SET "toldAt" = ${now}::timestamptz, "updatedAt" = now()
      WHERE id = ANY (${due.map(({ id }) => id)}::int[])`)
    return recordOutcome(transaction, outcome, chain.learned, circumstancesOf(deps))
  })
  report(recorded, summary, log)
  summary.events += events.length
  for (const { type, key, endsAt } of due)
    log.info(`Told of a deadline: ${type} ${key}, which ends at ${endsAt.toISOString()}`)
}

/** Logged when it begins: each run would repeat it. */
let isStagesFailureLogged = false

/**
 * The head, with what ends some time ahead. Where the query node cannot say that, its head is read without: deadlines
 * stay as they are, and events are told.
 * @throws QueryNodeError
 */
export async function readHeadWithStages(
  queryNode: QueryNode,
  types: Parameters<typeof readHead>[1],
  log: Logger,
): Promise<Head> {
  try {
    const head = await readHead(queryNode, types, { withStages: true })
    isStagesFailureLogged = false
    return head
  } catch (error) {
    if (!(error instanceof QueryRefused || error instanceof UnanswerableError)) throw error
    const head = await readHead(queryNode, types)
    if (!isStagesFailureLogged) log.warn(`Deadlines are not read, events are: ${error.message}`)
    isStagesFailureLogged = true
    return { ...head, stagesFailure: error.message }
  }
}
