-- Accounts that a member added to those of the membership: votes of either are the member's.
CREATE TABLE "WatchedAccount" (
    "id" SERIAL NOT NULL,
    "memberId" INTEGER NOT NULL,
    "account" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "WatchedAccount_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "WatchedAccount_memberId_account_key" ON "WatchedAccount"("memberId", "account");

CREATE INDEX "WatchedAccount_account_idx" ON "WatchedAccount"("account");

ALTER TABLE "WatchedAccount" ADD CONSTRAINT "WatchedAccount_memberId_fkey"
  FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;
