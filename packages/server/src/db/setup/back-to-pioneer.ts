import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { Prisma } from '../../generated/prisma/client.ts'
import { ClearError } from '../../lib/errors.ts'
import { createPool, inTransaction, type Transaction } from '../client.ts'
import { LIMITS } from '../session.ts'
import { STORE_KEYS } from '../store.ts'
import { PRISMA, readMigrationNames } from './migration-names.ts'
import { readContents } from './takeover.ts'

/** Why there is no way back, or not yet. */
class NoWayBack extends ClearError {
  override name = 'NoWayBack'
  readonly advice = 'The way back to the replaced backend is closed: see what `npm run migrate` says'
}

/** What the replaced backend cannot keep of our tables. */
export type Losses = {
  /** Settings and notifications of kinds that it does not know. */
  settings: number
  notifications: number
  /** Settings "in the app only": it mails them or nothing, so they are off. */
  inAppOnly: number
  /** Of an event whose id another type of event has too. */
  sameEventId: number
  confirmations: number
  /** Members with digests or a pause. */
  calm: number
  /** Addresses to which emails have stopped. */
  suppressed: number
  setAside: number
  /** Members whose tokens were ended, which are valid again there. */
  endedTokens: number
  /** Accounts that members added to their own. */
  accounts: number
}

/**
 * Restores the tables that the replaced backend expects, in one transaction. Every process of this service must be
 * stopped; starting one with `migrate` takes the database over again.
 * @param isDryRun only counts
 * @returns what is lost
 * @throws NoWayBack for a database that is not ours and up to date, or while work is in hand
 */
export async function backToPioneer(url: string, isDryRun: boolean): Promise<Losses> {
  const pool = createPool(url, LIMITS.migration)
  try {
    return await inTransaction(pool, async (transaction) => {
      await transaction.query(Prisma.sql`SELECT pg_advisory_xact_lock(hashtext('migrate'))`)
      const names = await readMigrationNames()
      await refuseUnlessUpToDate(transaction, names)
      if (!isDryRun) {
        await transaction.query(Prisma.sql`
          LOCK TABLE "Member", "Subscription", "Notification", "Email", "Store" IN ACCESS EXCLUSIVE MODE`)
      }
      await refuseWhileWorking(transaction)
      const kinds = await kindsOf(transaction)
      const losses = await countLosses(transaction, kinds)
      if (!isDryRun) await restore(transaction, kinds, names)
      return losses
    })
  } finally {
    await pool.end()
  }
}

async function refuseUnlessUpToDate(transaction: Transaction, names: string[]): Promise<void> {
  if ((await readContents(transaction)) !== 'ours') {
    throw new NoWayBack('The database is not one of this service: there is nothing to restore')
  }
  const { rows } = await transaction.query<{ name: string }>(
    Prisma.sql`SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL`,
  )
  if (!names.every((name) => rows.some((row) => row.name === name))) {
    throw new NoWayBack('The database is not up to date: run `npm run migrate` first')
  }
}

async function refuseWhileWorking(transaction: Transaction): Promise<void> {
  const { rows } = await transaction.query<{ sending: number; waiting: number }>(Prisma.sql`
    SELECT (SELECT count(*)::int FROM "Email" WHERE status = 'PENDING' AND "leaseUntil" > now()) AS sending,
      (SELECT count(*)::int FROM "WaitingEvent") AS waiting`)
  const { sending = 0, waiting = 0 } = rows[0] ?? {}
  if (sending) {
    throw new NoWayBack(
      `A notifier is sending ${sending} emails: stop every process of this service, and try again in a few minutes`,
    )
  }
  if (waiting) {
    throw new NoWayBack(
      `${waiting} events wait until all posts of a long thread are read: run \`npm run notify\` until none does`,
    )
  }
}

async function kindsOf(transaction: Transaction): Promise<string[]> {
  const { rows } = await transaction.query<{ value: Prisma.JsonValue }>(
    Prisma.sql`SELECT value FROM "Store" WHERE key = ${STORE_KEYS.replacedKinds}`,
  )
  const stored = rows[0]?.value
  return Array.isArray(stored) ? stored.map(String) : KINDS
}

async function countLosses(transaction: Transaction, kinds: string[]): Promise<Losses> {
  const { rows } = await transaction.query<Losses>(Prisma.sql`
    SELECT
      (SELECT count(*)::int FROM "Subscription" WHERE kind <> ALL (${kinds})) AS settings,
      (SELECT count(*)::int FROM "Notification" WHERE kind <> ALL (${kinds})) AS notifications,
      (SELECT count(*)::int FROM "Subscription"
        WHERE kind = ANY (${kinds}) AND "shouldNotify" AND NOT "shouldNotifyByEmail") AS "inAppOnly",
      (SELECT (count(*) - count(DISTINCT ("memberId", "eventId")))::int FROM "Notification"
        WHERE kind = ANY (${kinds})) AS "sameEventId",
      (SELECT count(*)::int FROM "Email" WHERE status = 'PENDING' AND type NOT IN ('notification', 'digest')) AS confirmations,
      (SELECT count(*)::int FROM "Member"
        WHERE "emailFrequency" <> 'IMMEDIATE' OR "pauseEmailsUntil" > now()) AS calm,
      (SELECT count(*)::int FROM "Suppression" WHERE reason IS NOT NULL) AS suppressed,
      (SELECT count(*)::int FROM "SetAsideEvent") AS "setAside",
      (SELECT count(*)::int FROM "TokenGeneration") AS "endedTokens",
      (SELECT count(*)::int FROM "WatchedAccount") AS accounts`)
  const [losses] = rows
  if (!losses) throw new Error('The database gave no answer')
  return losses
}

async function restore(transaction: Transaction, kinds: string[], names: string[]): Promise<void> {
  const labels = Prisma.raw(kinds.map(pg.escapeLiteral).join(', '))
  await transaction.query(Prisma.sql`CREATE TYPE "NotificationKind" AS ENUM (${labels})`)
  await transaction.query(
    Prisma.sql`SELECT set_config('notifications.tables', ${Object.keys(Prisma.ModelName).join(',')}, true)`,
  )
  await transaction.query(Prisma.raw(await readFile(join(PRISMA, 'back-to-pioneer.sql'), 'utf8')))
  await transaction.query(Prisma.sql`DELETE FROM _prisma_migrations WHERE migration_name = ANY (${names})`)
  // Without a record of its own: it was made by `prisma db push`.
  const { rows } = await transaction.query(Prisma.sql`SELECT FROM _prisma_migrations LIMIT 1`)
  if (!rows.length) await transaction.query(Prisma.sql`DROP TABLE _prisma_migrations`)
}

/** Those of the replaced backend, for databases that were taken over before its kinds were stored, or never. */
const KINDS = [
  'FORUM_THREAD_MENTION',
  'FORUM_THREAD_ALL',
  'FORUM_POST_MENTION',
  'FORUM_POST_REPLY',
  'FORUM_THREAD_CREATOR',
  'FORUM_THREAD_CONTRIBUTOR',
  'FORUM_POST_ALL',
  'PROPOSAL_CREATED_ALL',
  'PROPOSAL_STATUS_CREATOR',
  'PROPOSAL_STATUS_ALL',
  'PROPOSAL_VOTE_CREATOR',
  'PROPOSAL_VOTE_ALL',
  'PROPOSAL_DISCUSSION_MENTION',
  'PROPOSAL_DISCUSSION_REPLY',
  'PROPOSAL_DISCUSSION_CREATOR',
  'PROPOSAL_DISCUSSION_CONTRIBUTOR',
  'PROPOSAL_DISCUSSION_ALL',
  'ELECTION_ANNOUNCING_STARTED',
  'ELECTION_VOTING_STARTED',
  'ELECTION_REVEALING_STARTED',
  'ELECTION_COUNCIL_ELECTED',
  'WG_OPENING_WORKER',
  'WG_OPENING_ALL',
  'WG_APPLICATION_WORKER',
  'WG_APPLICATION_ALL',
  'WG_NEW_WORKER_WORKER',
  'WG_NEW_WORKER_ALL',
  'WG_BUDGET_UPDATE_WORKER',
  'WG_BUDGET_UPDATE_ALL',
  'WG_NEW_BUDGET_WORKER',
  'WG_NEW_BUDGET_ALL',
  'WG_SPENDING_WORKER',
  'WG_SPENDING_ALL',
  'WG_NEW_LEAD_WORKER',
  'WG_NEW_LEAD_ALL',
  'WG_LEAD_EXIT_WORKER',
  'WG_LEAD_EXIT_ALL',
  'WG_WORKER_LEAVING_WORKER',
  'WG_WORKER_LEAVING_ALL',
  'WG_WORKER_EXIT_WORKER',
  'WG_WORKER_EXIT_ALL',
  'FORUM_THREAD_ENTITY_POST',
  'FORUM_CATEGORY_ENTITY_POST',
  'FORUM_CATEGORY_ENTITY_THREAD',
  'PROPOSAL_ENTITY_STATUS',
  'PROPOSAL_ENTITY_VOTE',
  'PROPOSAL_ENTITY_DISCUSSION',
]
