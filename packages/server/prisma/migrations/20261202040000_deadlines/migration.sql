-- What ends some time ahead on the chain, and of which members are told before.
CREATE TABLE "Deadline" (
    "id" SERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "about" JSONB NOT NULL,
    "endsAtBlock" INTEGER,
    "endsAt" TIMESTAMPTZ(3) NOT NULL,
    "remindAt" TIMESTAMPTZ(3),
    "toldAt" TIMESTAMPTZ(3),
    "goneAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Deadline_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "Deadline_type_key_key" ON "Deadline"("type", "key");

CREATE INDEX "Deadline_endsAt_idx" ON "Deadline"("endsAt") WHERE ("goneAt" IS NULL);
