-- Events that lacked an entity are retried by later runs; those that wait already, by the next one.
ALTER TABLE "SetAsideEvent" ADD COLUMN "retryAt" TIMESTAMPTZ(3);
UPDATE "SetAsideEvent" SET "retryAt" = now() WHERE error LIKE 'The query node has no %';
CREATE INDEX "SetAsideEvent_retryAt_idx" ON "SetAsideEvent" ("retryAt") WHERE ("retryAt" IS NOT NULL);
