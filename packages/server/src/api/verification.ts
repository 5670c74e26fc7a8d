import type { Transaction } from '../db.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { apiError } from './errors.ts'

/** Seconds until a member can have the confirmation sent again. */
const PAUSE = 60

/**
 * Puts the email that asks a member to confirm their address into the outbox. One that waits there for another address
 * is replaced.
 *
 * @throws RATE_LIMITED when the last one is less than a minute old
 */
export async function askForConfirmation(transaction: Transaction, memberId: number, address: string): Promise<void> {
  const { rows } = await transaction.query(Prisma.sql`
    SELECT FROM "Email" WHERE "memberId" = ${memberId} AND type = 'verification'
      AND "createdAt" > now() - make_interval(secs => ${PAUSE}::int)`)
  if (rows.length)
    throw apiError('RATE_LIMITED', 'A confirmation was sent just now: wait a minute before the next one.')
  await transaction.query(Prisma.sql`
    UPDATE "Email" SET status = 'IGNORED', reason = 'another confirmation took its place', "updatedAt" = now()
    WHERE "memberId" = ${memberId} AND type = 'verification' AND status = 'PENDING'`)
  await transaction.query(Prisma.sql`
    INSERT INTO "Email" ("memberId", type, address) VALUES (${memberId}, 'verification', ${address})`)
}
