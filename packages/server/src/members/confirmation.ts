import type { Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { cancel, enqueue } from '../outbox/enqueue.ts'

const PAUSE_SECONDS = 60
const DAY_SECONDS = 24 * 60 * 60
const MAX_PER_DAY = { member: 10, address: 3 }

/** A handle that can go to an address whose owner asked for nothing: no sentence, no link. Null: any other one. */
export const plainHandle = (handle: string): string | null => (/^[A-Za-z0-9_-]{1,30}$/.test(handle) ? handle : null)

/**
 * Enqueues the email that asks a member to confirm an address. It replaces the one that waits for another address.
 * Beyond a limit it waits until the limit allows it.
 */
export async function askForConfirmation(transaction: Transaction, memberId: number, address: string): Promise<void> {
  const mailbox = mailboxOf(address)
  // Two members can ask for the same address at once.
  await transaction.query(Prisma.sql`SELECT pg_advisory_xact_lock(hashtext(${`confirm ${mailbox}`}))`)
  const { rows } = await transaction.query(Prisma.sql`
    SELECT FROM "Email"
    WHERE "memberId" = ${memberId} AND type = 'verification' AND address = ${address} AND status = 'PENDING'`)
  if (rows.length) return
  await cancel(transaction, Prisma.sql`"memberId" = ${memberId} AND type = 'verification'`, 'REPLACED')
  const waitSeconds = await secondsToWait(transaction, memberId, mailbox)
  const id = await enqueue(transaction, { memberId, type: 'verification', address })
  await transaction.query(Prisma.sql`
    UPDATE "Email" SET mailbox = ${mailbox}, "sendAt" = now() + make_interval(secs => ${waitSeconds}::float8)
    WHERE id = ${id}`)
}

/** Confirmations that may have been sent count, and those that wait. */
async function secondsToWait(transaction: Transaction, memberId: number, mailbox: string): Promise<number> {
  const { rows } = await transaction.query<{ wait: number }>(Prisma.sql`
    WITH counted AS (
      SELECT "memberId" = ${memberId} AS by_member, mailbox = ${mailbox} AS to_mailbox,
        CASE status WHEN 'PENDING' THEN greatest("sendAt", now()) ELSE coalesce("sentAt", "sendAt") END AS at
      FROM "Email"
      WHERE type = 'verification' AND (attempts > 0 OR status = 'PENDING')
        AND ("memberId" = ${memberId} OR mailbox = ${mailbox})
    )
    SELECT extract(epoch FROM greatest(
      now(),
      (SELECT max(at) FROM counted WHERE by_member) + make_interval(secs => ${PAUSE_SECONDS}::int),
      (SELECT at FROM counted WHERE by_member ORDER BY at DESC OFFSET ${MAX_PER_DAY.member - 1}::int LIMIT 1)
        + make_interval(secs => ${DAY_SECONDS}::int),
      (SELECT at FROM counted WHERE to_mailbox ORDER BY at DESC OFFSET ${MAX_PER_DAY.address - 1}::int LIMIT 1)
        + make_interval(secs => ${DAY_SECONDS}::int)
    ) - now())::float8 AS wait`)
  return rows[0]?.wait ?? 0
}

/** `bob+news@example.org` and `Bob@example.org` are the same person's. */
const mailboxOf = (address: string) => address.replace(/[+][^@]*@/, '@').toLowerCase()

/**
 * Makes an address the one that receives emails, and tells the one before it.
 * @returns false if it does not wait for its confirmation
 */
export async function confirmAddress(transaction: Transaction, memberId: number, address: string): Promise<boolean> {
  const { rows } = await transaction.query<{ before: string | null }>(Prisma.sql`
    WITH waiting AS (
      SELECT id, email FROM "Member" WHERE id = ${memberId} AND "unverifiedEmail" = ${address} FOR UPDATE
    )
    UPDATE "Member" m SET email = ${address}, "unverifiedEmail" = NULL, "updatedAt" = now()
    FROM waiting WHERE m.id = waiting.id
    RETURNING waiting.email AS before`)
  const [confirmed] = rows
  if (!confirmed) return false
  const { before } = confirmed
  if (before !== null) await enqueue(transaction, { memberId, type: 'address-changed', address: before })
  return true
}
