import type { StoredWatchers } from '../chain/voters.ts'
import { type Pool, query, type Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'

/** Of a member. */
export const MOST_WATCHED = 50

/** `account`: the same for all its addresses. `address`: as the member gave it. */
export type WatchedAccount = { id: number; account: string; address: string; label: string; createdAt: Date }

/** @returns the accounts that a member watches, in the order in which they were added */
export async function watchedAccounts(transaction: Transaction, memberId: number): Promise<WatchedAccount[]> {
  const { rows } = await transaction.query<WatchedAccount>(Prisma.sql`
    SELECT id, account, address, label, "createdAt" FROM "WatchedAccount" WHERE "memberId" = ${memberId} ORDER BY id`)
  return rows
}

/**
 * Adds an account to those of a member, or gives one that is there another label and address.
 * @returns nothing when the member has MOST_WATCHED others
 */
export async function watchAccount(
  transaction: Transaction,
  memberId: number,
  { account, address, label }: Pick<WatchedAccount, 'account' | 'address' | 'label'>,
): Promise<WatchedAccount | undefined> {
  // Others that are added at once would not be counted.
  await transaction.query(Prisma.sql`SELECT FROM "Member" WHERE id = ${memberId} FOR NO KEY UPDATE`)
  const { rows } = await transaction.query<WatchedAccount>(Prisma.sql`
    INSERT INTO "WatchedAccount" ("memberId", account, address, label)
    SELECT ${memberId}::int, ${account}::text, ${address}::text, ${label}::text
    WHERE (
      SELECT count(*) FROM "WatchedAccount" WHERE "memberId" = ${memberId} AND account <> ${account}
    ) < ${MOST_WATCHED}::int
    ON CONFLICT ("memberId", account) DO UPDATE SET address = excluded.address, label = excluded.label, "updatedAt" = now()
    RETURNING id, account, address, label, "createdAt"`)
  return rows[0]
}

/** @returns whether the member watched the account */
export async function unwatchAccount(transaction: Transaction, memberId: number, account: string): Promise<boolean> {
  const { rowCount } = await transaction.query(Prisma.sql`
    DELETE FROM "WatchedAccount" WHERE "memberId" = ${memberId} AND account = ${account}`)
  return rowCount > 0
}

/** Finds the members who watch accounts. */
export const storedWatchers =
  (pool: Pool): StoredWatchers =>
  async (accounts) => {
    const { rows } = await query<{ account: string; memberIds: string[] }>(
      pool,
      Prisma.sql`
      SELECT account, array_agg("memberId"::text ORDER BY "memberId") AS "memberIds"
      FROM "WatchedAccount" WHERE account = ANY (${[...accounts]}::text[]) GROUP BY account`,
    )
    return new Map(rows.map(({ account, memberIds }) => [account, memberIds]))
  }
