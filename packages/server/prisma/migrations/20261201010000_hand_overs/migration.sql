-- Emails that a notifier had begun to hand over when it died, where the provider reports what it got.
CREATE TABLE "HandOver" (
    "id" SERIAL NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3) NOT NULL,
    "emailIds" INTEGER[],
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "HandOver_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "HandOver_leaseUntil_idx" ON "HandOver"("leaseUntil");
