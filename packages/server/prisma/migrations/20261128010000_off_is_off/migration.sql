-- The replaced backend stored "off" as (shouldNotify false, shouldNotifyByEmail true) and never read the second column.
-- Here that pair means "by email only". Settings that were changed after the takeover mean what they say.

DO $$
DECLARE
  takeover TIMESTAMPTZ(3);
  mention_kinds TIMESTAMPTZ(3);
BEGIN
  -- A shadow database of Prisma has neither this table nor settings.
  IF to_regclass('_prisma_migrations') IS NULL THEN RETURN; END IF;

  SELECT max(finished_at) INTO takeover FROM _prisma_migrations
  WHERE migration_name = '20261122000000_init' AND rolled_back_at IS NULL;
  SELECT max(finished_at) INTO mention_kinds FROM _prisma_migrations
  WHERE migration_name = '20261127050000_mention_kinds' AND rolled_back_at IS NULL;

  WITH corrected AS (
    UPDATE "Subscription" SET "shouldNotifyByEmail" = false, "updatedAt" = now()
    WHERE NOT "shouldNotify" AND "shouldNotifyByEmail" AND "updatedAt" <= takeover
    RETURNING "memberId", kind, "entityId"
  )
  -- An earlier migration derived these from the members' settings of other mentions.
  UPDATE "Subscription" derived SET "shouldNotifyByEmail" = false, "updatedAt" = now()
  FROM (
    SELECT DISTINCT "memberId" FROM corrected
    WHERE "entityId" IS NULL AND kind IN ('FORUM_POST_MENTION', 'FORUM_THREAD_MENTION', 'PROPOSAL_DISCUSSION_MENTION')
  ) source
  WHERE derived."memberId" = source."memberId" AND derived.kind IN ('ROLE_MENTION', 'PROPOSAL_MENTION')
    AND derived."entityId" IS NULL AND derived."shouldNotifyByEmail"
    AND derived."updatedAt" = derived."createdAt" AND derived."updatedAt" <= mention_kinds;
END $$;
