-- What calendars need to know of a deadline.
ALTER TABLE "Deadline"
    ADD COLUMN "cancelledAt" TIMESTAMPTZ(3),
    ADD COLUMN "sequence" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "concerns" INTEGER[];
