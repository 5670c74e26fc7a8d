import { rateLimited } from '../api/rate-limit.ts'
import type { Transaction } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'

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
    throw rateLimited('confirmation email', 'A confirmation was sent just now: wait a minute before the next one.')
  await transaction.query(Prisma.sql`
    WITH replaced AS (
      UPDATE "Email" SET status = 'IGNORED', reason = 'another confirmation took its place', "updatedAt" = now()
      WHERE "memberId" = ${memberId} AND type = 'verification' AND status = 'PENDING'
      RETURNING status
    )
    ${addToCounters(Prisma.sql`
      SELECT 'outbox_emails', jsonb_build_object('status', status), count(*) FROM replaced GROUP BY status`)}`)
  await transaction.query(Prisma.sql`
    INSERT INTO "Email" ("memberId", type, address) VALUES (${memberId}, 'verification', ${address})`)
}
