import { type Pool, query } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** Rows of dead notifiers: their emails were claimed again, or reported, long before. */
const KEPT_DAYS = 2

/**
 * Whether it is certain that no request with an email `e` was begun under the lease that it has. Nobody knows it of a
 * notifier that kept no such record.
 */
export const WAS_NOT_BEGUN = Prisma.sql`(
  SELECT NOT bool_or(e.id = ANY (h."emailIds")) FROM "HandOver" h WHERE h."leaseUntil" = e."leaseUntil"
) IS TRUE`

/** Says of claimed emails that a record is kept, as a part of a larger statement. @param claimed has their lease */
export const keepRecord = (claimed: Prisma.Sql): Prisma.Sql => Prisma.sql`
  INSERT INTO "HandOver" ("leaseUntil", "emailIds") SELECT DISTINCT "leaseUntil", '{}'::int[] FROM ${claimed}`

/** Which emails of one claim were begun. */
export type BegunRecord = {
  /**
   * To be called before a request.
   * @returns the emails that are still to be sent: of others, a report or their cancellation came first
   * @throws what the database answers; nothing may be sent then
   */
  begin: (ids: readonly number[]) => Promise<ReadonlySet<number>>
  /** To be called once all results are recorded. */
  forget: () => Promise<void>
}

type Waiting = {
  ids: readonly number[]
  resolve: (ours: ReadonlySet<number>) => void
  reject: (error: unknown) => void
}

/** Each statement takes all that gathered while the last one ran. @param leaseUntil as the claim returned it */
export function recordOfBegun(pool: Pool, leaseUntil: Date): BegunRecord {
  let waiting: Waiting[] = []
  let isWriting = false

  async function write(): Promise<void> {
    isWriting = true
    while (waiting.length) {
      const group = waiting
      waiting = []
      try {
        const ours = await markBegun(
          pool,
          leaseUntil,
          group.flatMap(({ ids }) => ids),
        )
        for (const { resolve } of group) resolve(ours)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    isWriting = false
  }

  return {
    async begin(ids) {
      const ours = await new Promise<ReadonlySet<number>>((resolve, reject) => {
        waiting.push({ ids, resolve, reject })
        if (!isWriting) void write()
      })
      return new Set(ids.filter((id) => ours.has(id)))
    },
    async forget() {
      // Of another claim with the same end, the emails then wait as if no record was kept.
      await query(pool, Prisma.sql`DELETE FROM "HandOver" WHERE "leaseUntil" = ${leaseUntil}`)
    },
  }
}

async function markBegun(pool: Pool, leaseUntil: Date, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows } = await query<{ id: number }>(
    pool,
    Prisma.sql`
    WITH ours AS (
      SELECT id FROM "Email"
      WHERE id = ANY (${ids}::int[]) AND status = 'PENDING' AND "leaseUntil" = ${leaseUntil}
    ),
    begun AS (
      INSERT INTO "HandOver" ("leaseUntil", "emailIds")
      SELECT ${leaseUntil}, array_agg(id) FROM ours HAVING count(*) > 0
    )
    SELECT id FROM ours`,
  )
  return new Set(rows.map(({ id }) => id))
}

/** Deletes what dead notifiers left. @returns how many, `limit` at most */
export async function forgetHandOvers(pool: Pool, limit: number): Promise<number> {
  const { rowCount } = await query(
    pool,
    Prisma.sql`
    DELETE FROM "HandOver" WHERE id IN (
      SELECT id FROM "HandOver" WHERE "leaseUntil" < now() - make_interval(days => ${KEPT_DAYS}::int)
      LIMIT ${limit}::int)`,
  )
  return rowCount
}
