import { Prisma } from '../../generated/prisma/client.ts'
import { cut } from '../../lib/cut.ts'
import { ClearError } from '../../lib/errors.ts'
import type { Transaction } from '../client.ts'
import { STORE_KEYS, storedProgress } from '../store.ts'
import { readMigrationNames } from './migration-names.ts'

/** The tables of the replaced backend. Absent types are enums, which this service stores as text. */
export const REPLACED_TABLES: Record<string, Record<string, string[] | undefined>> = {
  Member: {
    id: ['integer'],
    name: ['text'],
    email: ['text'],
    unverifiedEmail: ['text'],
    receiveEmails: ['boolean'],
  },
  Subscription: {
    id: ['integer'],
    memberId: ['integer'],
    kind: undefined,
    entityId: ['text'],
    shouldNotify: ['boolean'],
    shouldNotifyByEmail: ['boolean'],
  },
  Notification: {
    id: ['integer'],
    memberId: ['integer'],
    kind: undefined,
    eventId: ['text'],
    entityId: ['text'],
    emailStatus: undefined,
    retryCount: ['integer'],
    isRead: ['boolean'],
  },
  Store: { key: ['text'], value: ['json', 'jsonb'] },
}

/** What a database, or its schema in DATABASE_URL, holds. */
export type Contents = 'nothing' | 'ours' | 'the replaced backend'

/** A database that `migrate` leaves as it is. */
export class NotTakenOver extends ClearError {
  override name = 'NotTakenOver'
  readonly advice = 'The database cannot be taken over: run `npm run migrate`, which says why'
}

/**
 * @returns what the database holds
 * @throws NotTakenOver when that is neither ours nor what this service replaces, or has rows that cannot be kept
 */
export async function readContents(transaction: Transaction): Promise<Contents> {
  const tables = await readTables(transaction)
  const others = tables.filter((name) => name !== MIGRATIONS_TABLE)
  if (tables.includes(MIGRATIONS_TABLE) && (await hasOurMigrations(transaction))) return 'ours'
  if (!others.length) return 'nothing'
  const place = await placeOf(transaction)
  const missing = Object.keys(REPLACED_TABLES).filter((name) => !others.includes(name))
  if (missing.length) {
    throw refusal(
      `${place} has tables that are neither this service's nor those of the backend that it replaces: ${some(others)}`,
    )
  }
  const differences = await columnsThatDiffer(transaction)
  if (differences.length) {
    throw refusal(`${place} is not that of the backend that this service replaces: ${some(differences)}`)
  }
  const taken = others.filter((name) => !(name in REPLACED_TABLES) && name in Prisma.ModelName)
  if (taken.length) {
    throw refusal(
      `${place} has tables with names of this service, but no record of its migrations in ${MIGRATIONS_TABLE}: ${some(taken)}. Restore ${MIGRATIONS_TABLE} from a backup if they are its own`,
    )
  }
  await refuseOrphans(transaction)
  await refuseUnreadableProgress(transaction)
  return 'the replaced backend'
}

/** What a takeover keeps and changes. */
export type Takeover = {
  members: number
  settings: number
  replacedSettings: number
  settingsOff: number
  notifications: number
  pending: number
  /** As the replaced backend stored it. */
  block: string | null
}

/** Counts what a takeover would keep and change. */
export async function countTakeover(transaction: Transaction): Promise<Takeover> {
  const { rows } = await transaction.query<Takeover>(Prisma.sql`
    WITH setting AS (
      SELECT DISTINCT ON ("memberId", kind, "entityId") "shouldNotify", "shouldNotifyByEmail" FROM "Subscription"
      ORDER BY "memberId", kind, "entityId", id DESC
    )
    SELECT
      (SELECT count(*)::int FROM "Member") AS members,
      (SELECT count(*)::int FROM setting) AS settings,
      (SELECT count(*)::int FROM "Subscription") - (SELECT count(*)::int FROM setting) AS "replacedSettings",
      (SELECT count(*)::int FROM setting WHERE NOT "shouldNotify" AND "shouldNotifyByEmail") AS "settingsOff",
      (SELECT count(*)::int FROM "Notification") AS notifications,
      (SELECT count(*)::int FROM "Notification" WHERE "emailStatus"::text = 'PENDING') AS pending,
      (SELECT value->>'block' FROM "Store" WHERE key = ${STORE_KEYS.progress}) AS block`)
  const [takeover] = rows
  if (!takeover) throw new Error('The database gave no answer')
  return takeover
}

/**
 * Prepares the replaced backend's database for the migrations: a table for their record, which `prisma db push` does
 * not make, and the kinds that the backend knew, for the way back.
 */
export async function beginTakeover(transaction: Transaction): Promise<void> {
  await transaction.query(Prisma.sql`
    CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id VARCHAR(36) NOT NULL PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
      migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
      started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0
    )`)
  await transaction.query(Prisma.sql`
    INSERT INTO "Store" (key, value)
    SELECT ${STORE_KEYS.replacedKinds}, json_agg(enumlabel ORDER BY enumsortorder)
    FROM pg_enum WHERE enumtypid = to_regtype('"NotificationKind"') HAVING count(*) > 0
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`)
}

const MIGRATIONS_TABLE = '_prisma_migrations'

/** Without those of extensions. */
async function readTables(transaction: Transaction): Promise<string[]> {
  const { rows } = await transaction.query<{ name: string }>(Prisma.sql`
    SELECT relname AS name FROM pg_class c
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind IN ('r', 'p', 'f')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY relname`)
  return rows.map(({ name }) => name)
}

async function hasOurMigrations(transaction: Transaction): Promise<boolean> {
  const { rows } = await transaction.query<{ found: boolean }>(Prisma.sql`
    SELECT EXISTS (
      SELECT FROM _prisma_migrations
      WHERE migration_name = ANY (${await readMigrationNames()}) AND finished_at IS NOT NULL AND rolled_back_at IS NULL
    ) AS found`)
  return rows[0]?.found ?? false
}

async function columnsThatDiffer(transaction: Transaction): Promise<string[]> {
  const { rows } = await transaction.query<{ name: string; type: string }>(Prisma.sql`
    SELECT table_name || '.' || column_name AS name, data_type AS type FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ANY (${Object.keys(REPLACED_TABLES)})`)
  const types = new Map(rows.map(({ name, type }) => [name, type]))
  return Object.entries(REPLACED_TABLES).flatMap(([table, columns]) =>
    Object.entries(columns).flatMap(([column, expected]) => {
      const name = `${table}.${column}`
      const type = types.get(name)
      if (type === undefined) return `${name} is missing`
      return !expected || expected.includes(type) ? [] : `${name} has the type ${type}, not ${expected.join(' or ')}`
    }),
  )
}

/** Settings and notifications refer to members, which a database without foreign keys does not enforce. */
async function refuseOrphans(transaction: Transaction): Promise<void> {
  for (const table of ['Subscription', 'Notification']) {
    const rowsOfNobody = Prisma.raw(`"${table}" r WHERE NOT EXISTS (SELECT FROM "Member" m WHERE m.id = r."memberId")`)
    const { rows } = await transaction.query<{ id: number; memberId: number; count: number }>(Prisma.sql`
      SELECT id, "memberId", count(*) OVER ()::int AS count FROM ${rowsOfNobody} ORDER BY id LIMIT 1`)
    for (const { id, memberId, count } of rows) {
      throw new NotTakenOver(
        `The table ${table} has ${count === 1 ? 'a row of a member who is' : `${count} rows of members who are`} not in the table Member: id ${id} of member ${memberId}${count === 1 ? '' : ', for example'}. Nothing was changed. Add the member, or run DELETE FROM ${rowsOfNobody.sql}`,
      )
    }
  }
}

/** With it, every run after the takeover would fail. */
async function refuseUnreadableProgress(transaction: Transaction): Promise<void> {
  const key = STORE_KEYS.progress
  const { rows } = await transaction.query<{ stored: string }>(
    Prisma.sql`SELECT value::text AS stored FROM "Store" WHERE key = ${key}`,
  )
  for (const { stored } of rows) {
    if (storedProgress.safeParse(JSON.parse(stored)).success) continue
    throw new NotTakenOver(
      `The table Store has no position on the chain under ${key}, but ${cut(stored, MOST_QUOTED)}. Nothing was changed. If you know the last block that was handled, run UPDATE "Store" SET value = '{"block": <number>, "eventIds": []}' WHERE key = '${key}'. Otherwise run DELETE FROM "Store" WHERE key = '${key}': the first run then begins at STARTING_BLOCK, or else with the next news`,
    )
  }
}

async function placeOf(transaction: Transaction): Promise<string> {
  const { rows } = await transaction.query<{ place: string }>(Prisma.sql`
    SELECT 'The database ' || current_database()
      || CASE WHEN current_schema() = 'public' THEN '' ELSE ', schema ' || current_schema() || ',' END AS place`)
  return rows[0]?.place ?? 'The database'
}

const refusal = (why: string) =>
  new NotTakenOver(
    `${why}. Nothing was changed. To start anew, name an empty database in DATABASE_URL, or a schema of its own (?schema=notifications)`,
  )

const MOST_QUOTED = 200
const MOST_SHOWN = 5
const some = (names: string[]): string =>
  names.length <= MOST_SHOWN
    ? names.join(', ')
    : `${names.slice(0, MOST_SHOWN).join(', ')} and ${names.length - MOST_SHOWN} more`
