-- A broadcast is recorded in two parts: this is its state between them.
ALTER TABLE "Event" ADD COLUMN "isBegun" BOOLEAN NOT NULL DEFAULT false;
