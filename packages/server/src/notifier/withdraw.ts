import type { Transaction } from '../db/client.ts'
import { type Source, TEXTS_OF } from '../events/withdrawal.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { cancel } from '../outbox/enqueue.ts'
import { notEmailed } from '../outbox/outcome.ts'
import { reasonSql } from '../outbox/reasons.ts'

/** A thread can have a hundred thousand posts. */
const EVENTS_PER_STATEMENT = 1_000

/**
 * Removes the text of what is hidden now from all recorded events, and cancels waiting emails about them. Of a digest,
 * only the part about them goes. The notifications stay, without the text.
 * @returns how many emails were cancelled
 */
export async function withdraw(transaction: Transaction, sources: Source[]): Promise<number> {
  let cancelled = 0
  const kinds = Map.groupBy(new Set(sources), (source) => source.split(':')[0] as keyof typeof TEXTS_OF)
  for (const [kind, hidden] of kinds) {
    const { rows } = await transaction.query<{ number: number }>(Prisma.sql`
      SELECT number FROM "Event" WHERE sources && ${hidden}::text[] ORDER BY number`)
    for (let start = 0; start < rows.length; start += EVENTS_PER_STATEMENT) {
      const numbers = rows.slice(start, start + EVENTS_PER_STATEMENT).map(({ number }) => number)
      await removeTexts(transaction, numbers, TEXTS_OF[kind])
      await takeFromDigests(transaction, numbers)
      const emails = Prisma.sql`id IN (SELECT "emailId" FROM "Notification" WHERE "eventNumber" = ANY (${numbers}::int[]))`
      cancelled += await cancel(transaction, emails, 'WITHDRAWN')
    }
  }
  return cancelled
}

const takeFromDigests = (transaction: Transaction, numbers: number[]) =>
  transaction.query(Prisma.sql`
    UPDATE "Notification" n SET ${notEmailed(reasonSql('WITHDRAWN'))}
    FROM "Email" e
    WHERE n."eventNumber" = ANY (${numbers}::int[]) AND e.id = n."emailId" AND e.type = 'digest' AND e.status = 'PENDING'`)

const removeTexts = (transaction: Transaction, numbers: number[], fields: readonly string[]) =>
  transaction.query(Prisma.sql`
    UPDATE "Event" SET "updatedAt" = now(), "withdrawnAt" = coalesce("withdrawnAt", now()), data = data || (
      SELECT coalesce(jsonb_object_agg(field, NULL), '{}') FROM unnest(${fields}::text[]) AS field WHERE data ? field
    )
    WHERE number = ANY (${numbers}::int[])`)
