-- Members who switched a kind of mention off hear nothing by the new kinds of mention either.

INSERT INTO "Subscription" ("memberId", "kind", "shouldNotify", "shouldNotifyByEmail")
SELECT "memberId", new.kind, bool_and("shouldNotify"), bool_and("shouldNotifyByEmail")
FROM "Subscription", (VALUES ('ROLE_MENTION'), ('PROPOSAL_MENTION')) AS new (kind)
WHERE "Subscription"."kind" IN ('FORUM_POST_MENTION', 'FORUM_THREAD_MENTION', 'PROPOSAL_DISCUSSION_MENTION')
  AND "entityId" IS NULL
GROUP BY "memberId", new.kind
HAVING NOT bool_and("shouldNotify" AND "shouldNotifyByEmail")
ON CONFLICT DO NOTHING;
