-- Why an event concerned members, or nobody. Events of before have none.
ALTER TABLE "Event"
  ADD COLUMN "rank" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "actorId" INTEGER,
  ADD COLUMN "rules" JSONB;

-- Only events whose rules are kept.
CREATE INDEX "Event_explained_idx" ON "Event"("time") WHERE (rules IS NOT NULL);
