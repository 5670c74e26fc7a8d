-- Members who switched the revealing stage off are not told of it as voters either.

INSERT INTO "Subscription" ("memberId", "kind", "shouldNotify", "shouldNotifyByEmail")
SELECT "memberId", 'ELECTION_REVEALING_VOTER', "shouldNotify", "shouldNotifyByEmail"
FROM "Subscription"
WHERE "kind" = 'ELECTION_REVEALING_STARTED' AND "entityId" IS NULL AND NOT ("shouldNotify" AND "shouldNotifyByEmail")
ON CONFLICT DO NOTHING;
