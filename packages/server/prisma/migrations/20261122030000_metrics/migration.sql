CREATE TABLE "Counter" (
  "name" TEXT NOT NULL,
  "labels" JSONB NOT NULL,
  "value" DOUBLE PRECISION NOT NULL DEFAULT 0,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "Counter_pkey" PRIMARY KEY ("name", "labels")
);

INSERT INTO "Counter" ("name", "labels", "value")
SELECT 'outbox_emails', jsonb_build_object('status', status), count(*) FROM "Email" WHERE status <> 'PENDING' GROUP BY status;
