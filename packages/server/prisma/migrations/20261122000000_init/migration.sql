-- One script for two cases: an empty database, and the one of the backend that this service replaces, whose four tables
-- (Member, Subscription, Notification, Store) stay with all that is in them.

-- 1. The four tables, for an empty database.

DO $$ BEGIN
  CREATE TYPE "NotificationEmailStatus" AS ENUM ('PENDING', 'SENT', 'FAILED', 'IGNORED');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE TABLE IF NOT EXISTS "Member" (
  "id" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "email" TEXT,
  "unverifiedEmail" TEXT,
  "receiveEmails" BOOLEAN NOT NULL DEFAULT true,

  CONSTRAINT "Member_pkey" PRIMARY KEY ("id")
);

CREATE TABLE IF NOT EXISTS "Subscription" (
  "id" SERIAL NOT NULL,
  "memberId" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "entityId" TEXT,
  "shouldNotify" BOOLEAN NOT NULL,
  "shouldNotifyByEmail" BOOLEAN NOT NULL,

  CONSTRAINT "Subscription_pkey" PRIMARY KEY ("id")
);

CREATE TABLE IF NOT EXISTS "Notification" (
  "id" SERIAL NOT NULL,
  "memberId" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "eventId" TEXT NOT NULL,
  "entityId" TEXT,
  "emailStatus" "NotificationEmailStatus" NOT NULL DEFAULT 'PENDING',
  "retryCount" INTEGER NOT NULL DEFAULT 0,
  "isRead" BOOLEAN NOT NULL DEFAULT false,

  CONSTRAINT "Notification_pkey" PRIMARY KEY ("id")
);

CREATE TABLE IF NOT EXISTS "Store" (
  "key" TEXT NOT NULL,
  "value" JSONB NOT NULL,

  CONSTRAINT "Store_pkey" PRIMARY KEY ("key")
);

-- 2. What changes in them. Kinds become text that the code checks, so that a new kind needs no migration.

ALTER TABLE "Member"
  ALTER COLUMN "receiveEmails" SET DEFAULT true,
  ADD COLUMN IF NOT EXISTS "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN IF NOT EXISTS "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

ALTER TABLE "Subscription"
  ALTER COLUMN "kind" TYPE TEXT USING "kind"::TEXT,
  ALTER COLUMN "shouldNotify" DROP DEFAULT,
  ALTER COLUMN "shouldNotifyByEmail" DROP DEFAULT,
  ADD COLUMN IF NOT EXISTS "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN IF NOT EXISTS "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

ALTER TABLE "Notification"
  ALTER COLUMN "kind" TYPE TEXT USING "kind"::TEXT,
  ALTER COLUMN "emailStatus" SET DEFAULT 'PENDING',
  ALTER COLUMN "retryCount" SET DEFAULT 0,
  ALTER COLUMN "isRead" SET DEFAULT false,
  ADD COLUMN IF NOT EXISTS "eventType" TEXT,
  ADD COLUMN IF NOT EXISTS "inApp" BOOLEAN NOT NULL DEFAULT true,
  ADD COLUMN IF NOT EXISTS "emailStatusReason" TEXT,
  ADD COLUMN IF NOT EXISTS "emailId" INTEGER,
  ADD COLUMN IF NOT EXISTS "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN IF NOT EXISTS "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

ALTER TABLE "Store"
  ALTER COLUMN "value" TYPE JSONB USING "value"::JSONB,
  ADD COLUMN IF NOT EXISTS "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN IF NOT EXISTS "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

DROP TYPE IF EXISTS "NotificationKind";

-- What the replaced backend had not mailed yet has no event here and can never be mailed: that must not read as waiting.
UPDATE "Notification"
SET "emailStatus" = 'IGNORED', "emailStatusReason" = 'recorded by the replaced backend, which did not send it'
WHERE "emailStatus" = 'PENDING';

-- The constraint on (member, kind, entity) never covered general settings, whose entity is NULL: the newest one stands.
DELETE FROM "Subscription" older USING "Subscription" newer
WHERE older."memberId" = newer."memberId" AND older."kind" = newer."kind" AND older."id" < newer."id"
  AND older."entityId" IS NOT DISTINCT FROM newer."entityId";

-- Event ids are unique within a type of event only: a wider constraint takes this one's place.
ALTER TABLE "Notification" DROP CONSTRAINT IF EXISTS "Notification_memberId_eventId_key";
DROP INDEX IF EXISTS "Notification_memberId_eventId_key";

-- These are made again below, with the same rules whoever made the tables.
ALTER TABLE "Notification" DROP CONSTRAINT IF EXISTS "Notification_memberId_fkey";
ALTER TABLE "Subscription"
  DROP CONSTRAINT IF EXISTS "Subscription_memberId_fkey",
  DROP CONSTRAINT IF EXISTS "Subscription_memberId_kind_entityId_key";
DROP INDEX IF EXISTS "Subscription_memberId_kind_entityId_key";

-- 3. What is new.

CREATE TABLE "Event" (
  "id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "block" INTEGER NOT NULL,
  "time" TIMESTAMPTZ(3) NOT NULL,
  "entityId" TEXT,
  "fact" TEXT NOT NULL,
  "data" JSONB NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "Event_pkey" PRIMARY KEY ("id","type")
);

CREATE TABLE "Email" (
  "id" SERIAL NOT NULL,
  "memberId" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "status" "NotificationEmailStatus" NOT NULL DEFAULT 'PENDING',
  "sendAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "leaseUntil" TIMESTAMPTZ(3),
  "reason" TEXT,
  "messageId" TEXT,
  "sentAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "Email_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "SetAsideEvent" (
  "id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "block" INTEGER NOT NULL,
  "row" JSONB NOT NULL,
  "error" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 1,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "SetAsideEvent_pkey" PRIMARY KEY ("id","type")
);

-- 4. Indexes and references.

CREATE INDEX "Subscription_kind_entityId_memberId_idx" ON "Subscription"("kind", "entityId", "memberId");
CREATE UNIQUE INDEX "Subscription_memberId_kind_entityId_key" ON "Subscription"("memberId", "kind", "entityId");
CREATE UNIQUE INDEX "Subscription_general_key" ON "Subscription"("memberId", "kind") WHERE ("entityId" IS NULL);
CREATE INDEX "Event_fact_idx" ON "Event"("fact");
CREATE INDEX "Notification_memberId_id_idx" ON "Notification"("memberId", "id" DESC);
CREATE INDEX "Notification_emailId_idx" ON "Notification"("emailId");
CREATE UNIQUE INDEX "Notification_eventId_eventType_memberId_key" ON "Notification"("eventId", "eventType", "memberId");
CREATE INDEX "Email_due_idx" ON "Email"("sendAt", "id") WHERE (status = 'PENDING'::"NotificationEmailStatus");
CREATE INDEX "Email_memberId_idx" ON "Email"("memberId");

ALTER TABLE "Subscription"
  ADD CONSTRAINT "Subscription_memberId_fkey" FOREIGN KEY ("memberId")
  REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Notification"
  ADD CONSTRAINT "Notification_memberId_fkey" FOREIGN KEY ("memberId")
  REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Notification"
  ADD CONSTRAINT "Notification_eventId_eventType_fkey" FOREIGN KEY ("eventId", "eventType")
  REFERENCES "Event"("id", "type") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Notification"
  ADD CONSTRAINT "Notification_emailId_fkey" FOREIGN KEY ("emailId")
  REFERENCES "Email"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Email"
  ADD CONSTRAINT "Email_memberId_fkey" FOREIGN KEY ("memberId")
  REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;
