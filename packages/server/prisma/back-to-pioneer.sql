-- Puts the tables of the replaced backend in the place of ours, with all that it can read of them. Run as one
-- transaction by `npm run migrate -- --back-to-pioneer`, which has created the type "NotificationKind".

CREATE TEMPORARY TABLE kept_store ON COMMIT DROP AS
SELECT key, CASE
  -- It stores the last block with the events that it has handled in it. Ours has handled them all.
  WHEN value ? 'block' AND NOT value ? 'eventIds' THEN jsonb_build_object(
    'block', value->'block',
    'eventIds', (
      SELECT coalesce(jsonb_agg(DISTINCT id), '[]') FROM "Event" WHERE block::text = value->>'block'
    )
  )
  ELSE value
END AS value
-- It ignores the other row, and a later takeover finds it: links in emails stay valid.
FROM "Store" WHERE key IN ('Progress', 'LinkKey');

CREATE TEMPORARY TABLE kept_member ON COMMIT DROP AS
SELECT id, name, email, "unverifiedEmail", "receiveEmails" FROM "Member";

-- It has one switch, which decides about emails.
CREATE TEMPORARY TABLE kept_subscription ON COMMIT DROP AS
SELECT id, "memberId", kind::"NotificationKind" AS kind, "entityId", "shouldNotifyByEmail" AS "shouldNotify",
  "shouldNotifyByEmail"
FROM "Subscription" WHERE kind = ANY (enum_range(NULL::"NotificationKind")::TEXT[]);

-- It knows one event by an id, where ours knows one of each type.
CREATE TEMPORARY TABLE kept_notification ON COMMIT DROP AS
SELECT DISTINCT ON (n."memberId", n."eventId")
  n.id, n."memberId", n.kind::"NotificationKind" AS kind, n."eventId", n."entityId",
  coalesce(e.status, n."emailStatus", 'IGNORED') AS "emailStatus", coalesce(e.attempts, n."retryCount", 0) AS "retryCount",
  n."isRead" OR n."isArchived" AS "isRead"
FROM "Notification" n LEFT JOIN "Email" e ON e.id = n."emailId"
WHERE n.kind = ANY (enum_range(NULL::"NotificationKind")::TEXT[])
ORDER BY n."memberId", n."eventId", n.id;

DO $$
DECLARE
  subscription_ids BIGINT := nextval(pg_get_serial_sequence('"Subscription"', 'id'));
  notification_ids BIGINT := nextval(pg_get_serial_sequence('"Notification"', 'id'));
BEGIN
  EXECUTE 'DROP TABLE ' || (
    SELECT string_agg(format('%I.%I', current_schema(), name), ', ')
    FROM unnest(string_to_array(current_setting('notifications.tables'), ',')) AS name
  );

  CREATE TABLE "Member" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "unverifiedEmail" TEXT,
    "receiveEmails" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "Member_pkey" PRIMARY KEY ("id")
  );
  CREATE TABLE "Subscription" (
    "id" SERIAL NOT NULL,
    "memberId" INTEGER NOT NULL,
    "kind" "NotificationKind" NOT NULL,
    "entityId" TEXT,
    "shouldNotify" BOOLEAN NOT NULL DEFAULT true,
    "shouldNotifyByEmail" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "Subscription_pkey" PRIMARY KEY ("id")
  );
  CREATE TABLE "Notification" (
    "id" SERIAL NOT NULL,
    "memberId" INTEGER NOT NULL,
    "kind" "NotificationKind" NOT NULL,
    "eventId" TEXT NOT NULL,
    "entityId" TEXT,
    "emailStatus" "NotificationEmailStatus" NOT NULL DEFAULT 'PENDING',
    "retryCount" INTEGER NOT NULL DEFAULT 0,
    "isRead" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "Notification_pkey" PRIMARY KEY ("id")
  );
  CREATE TABLE "Store" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,

    CONSTRAINT "Store_pkey" PRIMARY KEY ("key")
  );

  -- New ids continue after the old ones.
  PERFORM setval(pg_get_serial_sequence('"Subscription"', 'id'), subscription_ids, false);
  PERFORM setval(pg_get_serial_sequence('"Notification"', 'id'), notification_ids, false);
END $$;

DROP TYPE "EmailFrequency";
DROP FUNCTION log_setting_change;

INSERT INTO "Member" (id, name, email, "unverifiedEmail", "receiveEmails") SELECT * FROM kept_member;
INSERT INTO "Subscription" (id, "memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
SELECT * FROM kept_subscription;
INSERT INTO "Notification" (id, "memberId", kind, "eventId", "entityId", "emailStatus", "retryCount", "isRead")
SELECT * FROM kept_notification;
INSERT INTO "Store" (key, value) SELECT * FROM kept_store;

CREATE UNIQUE INDEX "Subscription_memberId_kind_entityId_key" ON "Subscription"("memberId", "kind", "entityId");
CREATE UNIQUE INDEX "Notification_memberId_eventId_key" ON "Notification"("memberId", "eventId");
ALTER TABLE "Subscription" ADD CONSTRAINT "Subscription_memberId_fkey"
  FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Notification" ADD CONSTRAINT "Notification_memberId_fkey"
  FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
