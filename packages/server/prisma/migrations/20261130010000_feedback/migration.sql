ALTER TABLE "Email" ADD COLUMN "reported" TEXT,
ADD COLUMN "reportedAt" TIMESTAMPTZ(3),
ADD COLUMN "reportedReason" TEXT;

CREATE TABLE "Suppression" (
    "address" TEXT NOT NULL,
    "mailbox" TEXT NOT NULL,
    "reason" TEXT,
    "since" TIMESTAMPTZ(3),
    "score" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "scoredAt" TIMESTAMPTZ(3),
    "liftedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Suppression_pkey" PRIMARY KEY ("address")
);

CREATE INDEX "Suppression_mailbox_idx" ON "Suppression"("mailbox") WHERE (reason IS NOT NULL);
