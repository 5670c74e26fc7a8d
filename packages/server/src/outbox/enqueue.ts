import type { Transaction } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { countMoved, WAS_PENDING } from './moved.ts'
import type { ReasonCode } from './reasons.ts'

/** `mailbox`: for limits per mailbox; `waitSeconds`: before it is due. */
type NewEmail = { memberId: number; type: string; address: string; mailbox?: string; waitSeconds?: number }

/**
 * Puts one email into the outbox. To be a transaction's last statement: the counter's row stays locked until its end,
 * and all others who enqueue an email of the type wait for it.
 * @returns its id
 */
export async function enqueue(transaction: Transaction, email: NewEmail): Promise<number> {
  const { memberId, type, address, mailbox = null, waitSeconds = 0 } = email
  const { rows } = await transaction.query<{ id: number }>(Prisma.sql`
    WITH email AS (
      INSERT INTO "Email" (type, "memberId", address, mailbox, "sendAt")
      VALUES (${type}, ${memberId}, ${address}, ${mailbox},
        date_trunc('milliseconds', now() + make_interval(secs => ${waitSeconds}::float8)))
      RETURNING id
    ),
    counted AS (${addToCounters(countEnqueued(type, Prisma.sql`email`))})
    SELECT id FROM email`)
  const [row] = rows
  if (!row) throw new Error('The database gave no answer')
  return row.id
}

/**
 * Puts a set of emails into the outbox, as parts of a larger statement.
 * @param select rows of id (of the sequence "Email_id_seq"), member, address and when it is due
 */
export const insertEmails = (type: string, select: Prisma.Sql): Prisma.Sql => Prisma.sql`
  INSERT INTO "Email" (id, type, "memberId", address, "sendAt")
  SELECT id, ${type}, member_id, address, due FROM (${select}) AS new_email (id, member_id, address, due)`

/**
 * Begins a digest for each member who has none that collects, as a part of a larger statement. It returns id, member_id
 * and is_new of all. The digest of an email that is being claimed meanwhile is closed: another one begins.
 * @param select rows of member and when it is due, one for each member; the earlier time counts
 */
export const openDigests = (select: Prisma.Sql): Prisma.Sql => Prisma.sql`
  INSERT INTO "Email" AS e (type, "memberId", "sendAt", collects)
  SELECT 'digest', member_id, due, true FROM (${select}) AS digest (member_id, due) ORDER BY member_id
  ON CONFLICT ("memberId") WHERE collects AND status = 'PENDING'
    DO UPDATE SET "sendAt" = least(e."sendAt", excluded."sendAt"), "updatedAt" = now()
  RETURNING id, "memberId" AS member_id, xmax = 0 AS is_new`

/** What `addToCounters` has to count with it. @param rows the relation that has a row for each of them */
export const countEnqueued = (type: string, rows: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT 'emails_enqueued_total', jsonb_build_object('type', ${type}::text), count(*) FROM ${rows} HAVING count(*) > 0`

/**
 * Takes waiting emails out of the outbox. One that is being handed over at this moment may still arrive: then it is
 * recorded as sent.
 * @param which a condition on "Email"
 */
export async function cancel(transaction: Transaction, which: Prisma.Sql, reason: ReasonCode): Promise<number> {
  const { rows } = await transaction.query<{ count: number }>(Prisma.sql`
    WITH cancelled AS (
      UPDATE "Email" SET status = 'IGNORED', reason = ${reason}, "updatedAt" = now()
      WHERE status = 'PENDING' AND (${which})
      RETURNING status, ${WAS_PENDING}
    ),
    counted AS (${addToCounters(countMoved(Prisma.sql`cancelled`))})
    SELECT count(*)::int AS count FROM cancelled`)
  return rows[0]?.count ?? 0
}
