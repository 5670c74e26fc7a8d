import type pg from 'pg'
import { Prisma } from '../generated/prisma/client.ts'
import type { Logger } from '../lib/logger.ts'
import { pause } from '../lib/wait.ts'
import { inTransaction, type Pool, query, type Transaction } from './client.ts'

/** Behind a pooler, the work of a process that dies waits for this long. */
const LEASE_SECONDS = 30
const RENEW_EVERY_MS = 10_000
const LOOK_EVERY_MS = 1_000

export type Lease = {
  /**
   * Runs statements in one transaction, during which no other process can take the lease.
   * @throws LeaseLost when another process has it; and what the work throws, after the rollback
   */
  inTransaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** @throws LeaseLost when another process has it */
  check(): Promise<void>
}

/** Who waits for a process that may be dead, until its lease ends or it prolongs it. */
type Waiting = { log: Logger; stop?: AbortSignal | undefined }

type Claim = { isMine: boolean; isVisible: boolean; isOver: boolean; leaseUntil: Date | null }

/** This process has stalled, and another one does its work now: what it has in hand must be rolled back. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'
  constructor(name: string) {
    super(`Another process has taken over: ${name}`)
  }
}

const leaseEnd = Prisma.sql`now() + make_interval(secs => ${LEASE_SECONDS}::int)`

/**
 * Runs work that only one process on this database may do at a time. It is prolonged until the work is done. A process
 * that dies gives it up at once: its session of PostgreSQL ends with it. Behind a pooler, whose sessions live on, its
 * lease has to end.
 * @param name of the work
 * @param waiting without it, this returns at once where another process might be dead
 * @returns the work's result, or nothing when another process does it, or has taken it over
 * @throws what the work throws
 */
export async function exclusively<T>(
  pool: Pool,
  name: string,
  work: (lease: Lease) => Promise<T>,
  waiting?: Waiting,
): Promise<T | undefined> {
  const holder = crypto.randomUUID()
  // Kept until the work is done, but used by none of it: as long as it is open, this process lives.
  const session = await pool.connect()
  let broken = true
  try {
    if (!(await claim(session, name, holder, waiting))) {
      broken = false
      return undefined
    }
    const renewing = setInterval(() => void renew(pool, name, holder).catch(() => {}), RENEW_EVERY_MS)
    try {
      return await work(leaseOf(pool, name, holder))
    } catch (error) {
      if (error instanceof LeaseLost) return undefined
      throw error
    } finally {
      clearInterval(renewing)
      // One that cannot be given up ends by itself.
      await release(session, name, holder).then(
        () => {
          broken = false
        },
        () => {},
      )
    }
  } finally {
    session.release(broken)
  }
}

const leaseOf = (pool: Pool, name: string, holder: string): Lease => ({
  inTransaction: (work) =>
    inTransaction(pool, async (transaction) => {
      const { rowCount } = await transaction.query(
        Prisma.sql`SELECT FROM "Lease" WHERE name = ${name} AND holder = ${holder} FOR SHARE`,
      )
      if (rowCount !== 1) throw new LeaseLost(name)
      return work(transaction)
    }),
  async check() {
    if (!(await renew(pool, name, holder))) throw new LeaseLost(name)
  },
})

async function claim(session: pg.PoolClient, name: string, holder: string, waiting?: Waiting): Promise<boolean> {
  let seen: Date | undefined
  while (!waiting?.stop?.aborted) {
    const { isMine, isVisible, isOver, leaseUntil } = await tryToClaim(session, name, holder)
    if (isMine) return true
    const isProlonged = seen !== undefined && leaseUntil?.getTime() !== seen.getTime()
    // One that is over and not free belongs to a transaction.
    if (!waiting || !leaseUntil || isVisible || isOver || isProlonged) return false
    if (!seen) {
      waiting.log.info(
        `Another process has the lease "${name}" and may have died: waiting up to ${LEASE_SECONDS} seconds, until it prolongs the lease or the lease ends`,
      )
    }
    seen = leaseUntil
    await pause(LOOK_EVERY_MS, waiting.stop ?? new AbortController().signal)
  }
  return false
}

/** Takes the lease where nobody has it, where it is over, or where the session of its process has ended. */
async function tryToClaim(session: pg.PoolClient, name: string, holder: string): Promise<Claim> {
  // A pooler makes up the number of the session that it gives to a client.
  const ownPid = Prisma.sql`CASE WHEN pg_backend_pid() = ${session.processID ?? null}::int THEN pg_backend_pid() END`
  const { rows } = await query<Claim>(
    session,
    Prisma.sql`
    WITH held AS (SELECT pid, "leaseUntil" FROM "Lease" WHERE name = ${name}),
    free AS (
      SELECT name FROM "Lease" l
      WHERE name = ${name} AND (
        "leaseUntil" IS NULL OR "leaseUntil" < now()
        OR l.pid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.pid = l.pid))
      FOR UPDATE SKIP LOCKED
    ),
    taken AS (
      UPDATE "Lease" l SET holder = ${holder}, pid = ${ownPid}, "leaseUntil" = ${leaseEnd}, "updatedAt" = now()
      FROM free WHERE l.name = free.name RETURNING l.name
    ),
    made AS (
      INSERT INTO "Lease" (name, holder, pid, "leaseUntil")
      SELECT ${name}, ${holder}, ${ownPid}, ${leaseEnd} WHERE NOT EXISTS (SELECT FROM held)
      ON CONFLICT DO NOTHING RETURNING name
    )
    SELECT EXISTS (SELECT FROM taken UNION ALL SELECT FROM made) AS "isMine", held."leaseUntil",
      held.pid IS NOT NULL AS "isVisible", coalesce(held."leaseUntil" < now(), false) AS "isOver"
    FROM (VALUES (1)) AS one LEFT JOIN held ON true`,
  )
  const [claimed] = rows
  if (!claimed) throw new Error('The database gave no answer')
  return claimed
}

/** A transaction of this process can have locked the row: the next renewal is soon enough. */
async function renew(pool: Pool, name: string, holder: string): Promise<boolean> {
  const { rows } = await query<{ isMine: boolean }>(
    pool,
    Prisma.sql`
    WITH mine AS (SELECT name FROM "Lease" WHERE name = ${name} AND holder = ${holder}),
    unlocked AS (
      SELECT name FROM "Lease" WHERE name = ${name} AND holder = ${holder} FOR UPDATE SKIP LOCKED
    ),
    renewed AS (
      UPDATE "Lease" l SET "leaseUntil" = ${leaseEnd}, "updatedAt" = now() FROM unlocked WHERE l.name = unlocked.name
    )
    SELECT EXISTS (SELECT FROM mine) AS "isMine"`,
  )
  return rows[0]?.isMine ?? false
}

async function release(session: pg.PoolClient, name: string, holder: string): Promise<void> {
  await query(
    session,
    Prisma.sql`
    UPDATE "Lease" SET holder = NULL, pid = NULL, "leaseUntil" = NULL, "updatedAt" = now()
    WHERE name = ${name} AND holder = ${holder}`,
  )
}
