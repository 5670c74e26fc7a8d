import pg from 'pg'

/** Runs statements on a connection of their own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const results = await client.query(sql)
    return Array.isArray(results) ? [] : results.rows
  } finally {
    await client.end()
  }
}

/** A schema's columns, indexes and constraints, by name. */
export async function schemaOf(url: string): Promise<string[]> {
  const rows = await query(
    url,
    `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
       AS line FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
     UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> '_prisma_migrations' AND contype <> 'n'
     UNION ALL SELECT t.typname || ' ' || e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
     ORDER BY 1`,
  )
  return rows.map(({ line }) => String(line))
}

/** As version 0.1.0, and Prisma, record a migration. */
export const recordOf = (name: string) => `
  INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
  VALUES (gen_random_uuid(), 'abc', now(), '${name}', 1)`

/** The database of the replaced backend, as it is known. */
export const REPLACED_DATABASE = `
  CREATE TYPE "NotificationKind" AS ENUM ('FORUM_POST_MENTION', 'FORUM_POST_ALL', 'FORUM_THREAD_ENTITY_POST');
  CREATE TYPE "NotificationEmailStatus" AS ENUM ('PENDING', 'SENT', 'FAILED', 'IGNORED');
  CREATE TABLE "Member" (
    id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, email TEXT, "unverifiedEmail" TEXT,
    "receiveEmails" BOOLEAN NOT NULL DEFAULT true
  );
  CREATE TABLE "Subscription" (
    id SERIAL PRIMARY KEY, "memberId" INTEGER NOT NULL, kind "NotificationKind" NOT NULL, "entityId" TEXT,
    "shouldNotify" BOOLEAN NOT NULL DEFAULT true, "shouldNotifyByEmail" BOOLEAN NOT NULL DEFAULT true,
    CONSTRAINT "Subscription_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "Member" (id) ON DELETE RESTRICT
  );
  CREATE UNIQUE INDEX "Subscription_memberId_kind_entityId_key" ON "Subscription" ("memberId", kind, "entityId");
  CREATE TABLE "Notification" (
    id SERIAL PRIMARY KEY, "memberId" INTEGER NOT NULL, kind "NotificationKind" NOT NULL, "eventId" TEXT NOT NULL,
    "entityId" TEXT, "emailStatus" "NotificationEmailStatus" NOT NULL DEFAULT 'PENDING',
    "retryCount" INTEGER NOT NULL DEFAULT 0, "isRead" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "Notification_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "Member" (id) ON DELETE RESTRICT
  );
  CREATE UNIQUE INDEX "Notification_memberId_eventId_key" ON "Notification" ("memberId", "eventId");
  CREATE TABLE "Store" (key TEXT NOT NULL PRIMARY KEY, value JSON NOT NULL);
  CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
    logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  );
  INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
  VALUES ('a5a5a5a5-0000-0000-0000-000000000000', 'abc', now(), '20230101000000_init', 1);
  INSERT INTO "Member" VALUES (7, 'alice', 'alice@example.org', NULL, true);
  INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify") VALUES
    (7, 'FORUM_POST_ALL', NULL, true), (7, 'FORUM_THREAD_ENTITY_POST', '12', true), (7, 'FORUM_POST_ALL', NULL, false);
  INSERT INTO "Notification" ("memberId", kind, "eventId", "entityId", "emailStatus", "isRead") VALUES
    (7, 'FORUM_POST_MENTION', 'OLYMPIA-1-1', '3', 'SENT', true), (7, 'FORUM_POST_ALL', 'OLYMPIA-1-2', '4', 'PENDING', false);
  INSERT INTO "Store" VALUES ('Progress', '{"block": 1, "eventIds": ["OLYMPIA-1-1", "OLYMPIA-1-2"]}');
`
