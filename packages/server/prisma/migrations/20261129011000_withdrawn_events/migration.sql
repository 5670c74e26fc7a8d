-- Emails about what was withdrawn before are cancelled already.
ALTER TABLE "Event" ADD COLUMN "withdrawnAt" TIMESTAMPTZ(3);
