-- 1. The outcome of an email stands on the email alone.

ALTER TABLE "Notification"
  ALTER COLUMN "emailStatus" DROP NOT NULL,
  ALTER COLUMN "emailStatus" DROP DEFAULT,
  ALTER COLUMN "retryCount" DROP NOT NULL,
  ALTER COLUMN "retryCount" DROP DEFAULT;

-- 2. A broadcast writes one notification and one email per member, and every index of the two tables with them. Events
-- get a number, which is shorter than their id and type.

ALTER TABLE "Event" ADD COLUMN "number" SERIAL NOT NULL;
CREATE UNIQUE INDEX "Event_number_key" ON "Event"("number");

ALTER TABLE "Notification" ADD COLUMN "eventNumber" INTEGER;
ALTER TABLE "Notification" DROP CONSTRAINT "Notification_eventId_eventType_fkey";
DROP INDEX "Notification_eventId_eventType_memberId_key", "Notification_emailId_idx", "Notification_memberId_id_idx";
ALTER TABLE "Notification" DROP CONSTRAINT "Notification_pkey";

UPDATE "Notification" n SET
  "eventNumber" = (SELECT e.number FROM "Event" e WHERE e.id = n."eventId" AND e.type = n."eventType"),
  "emailStatus" = CASE WHEN n."emailId" IS NULL THEN n."emailStatus" END,
  "emailStatusReason" = CASE WHEN n."emailId" IS NULL THEN n."emailStatusReason" END,
  "retryCount" = CASE WHEN n."emailId" IS NULL THEN n."retryCount" END
WHERE n."emailId" IS NOT NULL OR n."eventType" IS NOT NULL;

ALTER TABLE "Notification" DROP COLUMN "eventType";
ALTER TABLE "Notification" ADD CONSTRAINT "Notification_pkey" PRIMARY KEY ("memberId", "id");
CREATE INDEX "Notification_emailId_idx" ON "Notification"("emailId") WHERE ("emailId" IS NOT NULL);
CREATE UNIQUE INDEX "Notification_eventNumber_memberId_key" ON "Notification"("eventNumber", "memberId");
ALTER TABLE "Notification"
  ADD CONSTRAINT "Notification_eventNumber_fkey" FOREIGN KEY ("eventNumber")
  REFERENCES "Event"("number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- 3. Claiming an email changes no column of a b-tree, and the new version of the row finds room on its page. An email of
-- a notification has no address until it is sent: the one in use then counts.

ALTER TABLE "Email" ALTER COLUMN "address" DROP NOT NULL;
ALTER TABLE "Email" SET (fillfactor = 50);
DROP INDEX "Email_outcome_idx", "Email_memberId_idx", "Email_due_idx";
CREATE INDEX "Email_due_idx" ON "Email"("sendAt") WHERE (status = 'PENDING'::"NotificationEmailStatus");
CREATE INDEX "Email_updatedAt_idx" ON "Email" USING BRIN ("updatedAt");
CREATE INDEX "Email_failed_idx" ON "Email"("memberId") WHERE (status = 'FAILED'::"NotificationEmailStatus");
CREATE INDEX "Email_verification_idx" ON "Email"("memberId") WHERE (type = 'verification');
