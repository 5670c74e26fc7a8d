import type { QueryNode, QueryNodeError } from '../chain/client.ts'
import { lookUps } from '../chain/look-ups.ts'
import { standing } from '../chain/standing.ts'
import { readHead, readUnknownTypes, readWindow } from '../chain/window.ts'
import { query, type Transaction } from '../db/client.ts'
import type { Lease } from '../db/lease.ts'
import { STORE_KEYS } from '../db/store.ts'
import { chainEvents } from '../events/list.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { circumstancesOf } from './audience/resolve.ts'
import { understand } from './audience/understand.ts'
import { type Cursor, CursorMoved, type LeftOut, readCursor } from './cursor.ts'
import { recordOutcome, report } from './record.ts'
import type { NotifierDeps, RunSummary } from './run.ts'
import { storedFacts } from './stored.ts'

const KEY = STORE_KEYS.leftOut

export const typesBut = (leftOut: readonly string[]) => chainEvents.filter(({ type }) => !leftOut.includes(type))
const typesOf = (names: readonly string[]) => chainEvents.filter(({ type }) => names.includes(type))

/**
 * Finds the types of events because of which the query node refused a query.
 * @throws the refusal when there are none, or when the query node refuses all of them
 */
export async function unknownTypes({ pool, queryNode }: NotifierDeps, refusal: QueryNodeError): Promise<string[]> {
  const types = typesBut(Object.keys((await readCursor(pool))?.leftOut ?? {}))
  const unknown = await readUnknownTypes(queryNode, types)
  if (!unknown.length || unknown.length === types.length) throw refusal
  return unknown
}

/** Stores that events of these types are handled up to this block only. */
export async function leaveOut({ pool, log }: NotifierDeps, types: readonly string[], block: number): Promise<void> {
  if (!types.length) return
  const stored = JSON.stringify(Object.fromEntries(types.map((type) => [type, block])))
  await query(
    pool,
    Prisma.sql`
    INSERT INTO "Store" AS s (key, value) VALUES (${KEY}, ${stored}::jsonb)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value || s.value, "updatedAt" = now()`,
  )
  log.warn(
    `The query node does not know the events ${types.join(', ')}: all others are read. Those after block ${block} are read when it knows them`,
  )
}

/** @returns the types that the query node knows by now */
export async function typesThatAppeared(queryNode: QueryNode, leftOut: LeftOut = {}): Promise<string[]> {
  const types = typesOf(Object.keys(leftOut))
  const unknown = types.length ? await readUnknownTypes(queryNode, types) : []
  return types.flatMap(({ type }) => (unknown.includes(type) ? [] : type))
}

/** Reads the events of types that appeared, from where they were left out up to the cursor. @throws QueryNodeError */
export async function catchUp(
  deps: NotifierDeps,
  lease: Lease,
  appeared: readonly string[],
  summary: RunSummary,
): Promise<void> {
  for (const type of appeared) {
    if (deps.stop?.aborted) return
    const cursor = await readCursor(deps.pool)
    const from = cursor?.leftOut?.[type]
    if (!cursor || from === undefined) continue
    try {
      await readLeftOut(deps, lease, type, from, cursor, summary)
    } catch (error) {
      if (!(error instanceof CursorMoved)) throw error
      deps.log.info(`${error.message}: left to it`)
      return
    }
  }
}

async function readLeftOut(
  deps: NotifierDeps,
  lease: Lease,
  type: string,
  first: number,
  cursor: Cursor,
  summary: RunSummary,
): Promise<void> {
  const { pool, queryNode, log, stop } = deps
  const others = Object.keys(cursor.leftOut ?? {}).filter((other) => other !== type)
  const head = await readHead(queryNode, typesBut(others))
  // It is being rebuilt, or lags: its blocks are not complete up to the cursor.
  if (head.block < cursor.block) return
  log.info(`The query node knows the event ${type} now: it is read from block ${first + 1} on`)
  const bound = { ...head, block: cursor.block }
  const forRun = standing(queryNode, deps.config.proposalLengths)
  let block = first
  do {
    const window = await readWindow(queryNode, block, bound, typesOf([type]))
    const chain = lookUps(queryNode, forRun, storedFacts(pool), window.events)
    const outcome = await understand(window.events, chain)
    const recorded = await lease.inTransaction(async (transaction) => {
      await moveLeftOut(transaction, type, block, window.end, cursor)
      return recordOutcome(transaction, outcome, chain.learned, circumstancesOf(deps))
    })
    block = window.end
    summary.events += window.events.length
    report(recorded, summary, log)
  } while (block < cursor.block && !stop?.aborted)
}

/**
 * Moves the mark of a type; at the cursor, the type is no longer left out.
 * @throws CursorMoved when the mark or the cursor is not where it was read: the transaction must be rolled back
 */
async function moveLeftOut(transaction: Transaction, type: string, from: number, to: number, cursor: Cursor) {
  const { rows } = await transaction.query<{ stored: string }>(
    Prisma.sql`SELECT value::text AS stored FROM "Store" WHERE key = ${STORE_KEYS.progress} FOR UPDATE`,
  )
  const { rowCount } = await transaction.query(Prisma.sql`
    UPDATE "Store" SET "updatedAt" = now(), value = CASE
      WHEN ${to >= cursor.block}::bool THEN value - ${type}::text
      ELSE value || jsonb_build_object(${type}::text, ${to}::int) END
    WHERE key = ${KEY} AND value->${type}::text = to_jsonb(${from}::int)`)
  if (rows[0]?.stored !== cursor.stored || rowCount !== 1) {
    throw new CursorMoved('Another notifier has handled these blocks meanwhile')
  }
}
