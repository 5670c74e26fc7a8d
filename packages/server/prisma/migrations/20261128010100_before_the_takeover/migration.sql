-- The replaced backend stored no times, and its notifications are those without an event: the time of the takeover is
-- not theirs.
ALTER TABLE "Notification" ALTER COLUMN "createdAt" DROP NOT NULL;
UPDATE "Notification" SET "createdAt" = NULL WHERE "eventNumber" IS NULL;
