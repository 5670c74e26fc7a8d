import type { Transaction } from '../db/client.ts'
import { addToCounters } from '../db/counters.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { ReasonCode } from './reasons.ts'

type NewEmail = { memberId: number; type: string; address: string }

/** Puts one email into the outbox. @returns its id */
export async function enqueue(transaction: Transaction, { memberId, type, address }: NewEmail): Promise<number> {
  const { rows } = await transaction.query<{ id: number }>(Prisma.sql`
    WITH row AS (SELECT nextval('"Email_id_seq"')::int AS id, ${memberId}::int AS member_id, ${address}::text AS address),
    email AS (${insertEmails(type, Prisma.sql`SELECT id, member_id, address FROM row`)}),
    counted AS (${addToCounters(countEnqueued(type, Prisma.sql`row`))})
    SELECT id FROM row`)
  const [row] = rows
  if (!row) throw new Error('The database gave no answer')
  return row.id
}

/**
 * The same for a set of emails, as parts of a larger statement.
 * @param select rows of id (of the sequence "Email_id_seq"), member and address
 */
export const insertEmails = (type: string, select: Prisma.Sql): Prisma.Sql => Prisma.sql`
  INSERT INTO "Email" (id, type, "memberId", address)
  SELECT id, ${type}, member_id, address FROM (${select}) AS new_email (id, member_id, address)`

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
      RETURNING status
    ),
    counted AS (${addToCounters(Prisma.sql`
      SELECT 'outbox_emails', jsonb_build_object('status', status), count(*) FROM cancelled GROUP BY status`)})
    SELECT count(*)::int AS count FROM cancelled`)
  return rows[0]?.count ?? 0
}
