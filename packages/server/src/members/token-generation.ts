import { type Pool, query, type Transaction } from '../db/client.ts'
import { signalNotifications } from '../db/signals.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** Which of a member's tokens are valid: those of the current generation. Also for memberships not registered here. */
export async function readTokenGeneration(pool: Pool, memberId: number): Promise<number> {
  const { rows } = await query<{ generation: number }>(
    pool,
    Prisma.sql`SELECT generation FROM "TokenGeneration" WHERE "memberId" = ${memberId}`,
  )
  return rows[0]?.generation ?? 0
}

/** Ends all tokens of these members, and their live streams. */
export async function endTokens(transaction: Transaction, memberIds: readonly number[]): Promise<void> {
  if (!memberIds.length) return
  // In one order, so that two transactions cannot deadlock.
  const ids = [...new Set(memberIds)].sort((a, b) => a - b)
  await transaction.query(Prisma.sql`
    INSERT INTO "TokenGeneration" AS t ("memberId", generation)
    SELECT id, 1 FROM unnest(${ids}::int[]) AS id
    ON CONFLICT ("memberId") DO UPDATE SET generation = t.generation + 1, "updatedAt" = now()`)
  await signalNotifications(transaction)
}
