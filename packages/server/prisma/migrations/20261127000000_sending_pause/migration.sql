-- An outage of the provider pauses sending for everybody, and is charged to no email.

ALTER TABLE "Email" ADD COLUMN "failureCode" TEXT, ADD COLUMN "failingSince" TIMESTAMPTZ(3);

CREATE TABLE "SendingPause" (
  "provider" TEXT NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL,
  "failedProbes" INTEGER NOT NULL DEFAULT 0,
  "reason" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "SendingPause_pkey" PRIMARY KEY ("provider")
);
