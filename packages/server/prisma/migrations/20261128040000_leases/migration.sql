-- Work that one process at a time may do. A row and no lock of a session, so it holds behind a connection pooler too.
CREATE TABLE "Lease" (
  "name" TEXT NOT NULL,
  "holder" TEXT,
  "pid" INTEGER,
  "leaseUntil" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "Lease_pkey" PRIMARY KEY ("name")
);

-- The leases of jobs are rows of that table.
ALTER TABLE "Job" DROP COLUMN "leaseUntil";
