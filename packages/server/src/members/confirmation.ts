import type { Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { cancel, enqueue } from '../outbox/enqueue.ts'

const TYPE = 'verification'
/** Until a member can have the confirmation sent again. */
const PAUSE_SECONDS = 60

/**
 * Enqueues the email that asks a member to confirm an address. It replaces the one that waits for another address.
 * @returns whether it did; not when the last one is less than a minute old
 */
export async function askForConfirmation(
  transaction: Transaction,
  memberId: number,
  address: string,
): Promise<boolean> {
  const { rows } = await transaction.query(Prisma.sql`
    SELECT FROM "Email" WHERE "memberId" = ${memberId} AND type = 'verification'
      AND "createdAt" > now() - make_interval(secs => ${PAUSE_SECONDS}::int)`)
  if (rows.length) return false
  await cancel(transaction, Prisma.sql`"memberId" = ${memberId} AND type = 'verification'`, 'REPLACED')
  await enqueue(transaction, { memberId, type: TYPE, address })
  return true
}
