CREATE TYPE "EmailFrequency" AS ENUM ('IMMEDIATE', 'HOURLY', 'DAILY', 'WEEKLY');

ALTER TABLE "Member"
  ADD COLUMN "emailFrequency" "EmailFrequency" NOT NULL DEFAULT 'IMMEDIATE',
  ADD COLUMN "digestHour" SMALLINT NOT NULL DEFAULT 9,
  ADD COLUMN "digestWeekday" SMALLINT NOT NULL DEFAULT 1,
  ADD COLUMN "timeZone" TEXT NOT NULL DEFAULT 'UTC',
  ADD COLUMN "pauseEmailsUntil" TIMESTAMPTZ(3),
  ADD COLUMN "urgentImmediately" BOOLEAN NOT NULL DEFAULT true,
  ADD CONSTRAINT "Member_digestHour_check" CHECK ("digestHour" BETWEEN 0 AND 23),
  ADD CONSTRAINT "Member_digestWeekday_check" CHECK ("digestWeekday" BETWEEN 1 AND 7),
  -- An unknown zone would fail every statement that asks when a digest is due.
  ADD CONSTRAINT "Member_timeZone_check" CHECK (('2000-01-01'::timestamptz AT TIME ZONE "timeZone") IS NOT NULL),
  ADD CONSTRAINT "Member_pauseEmailsUntil_check" CHECK (isfinite("pauseEmailsUntil"));
