-- Members who switched a kind off hear nothing by the new kinds for the same news either.

INSERT INTO "Subscription" ("memberId", "kind", "shouldNotify", "shouldNotifyByEmail")
SELECT "memberId", new.kind, bool_and("shouldNotify"), bool_and("shouldNotifyByEmail")
FROM "Subscription" JOIN (
  VALUES
    ('WG_APPLICATION_WORKER', 'WG_APPLICATION_LEAD'),
    ('WG_BUDGET_UPDATE_WORKER', 'WG_BUDGET_LEAD'),
    ('WG_NEW_BUDGET_WORKER', 'WG_BUDGET_LEAD'),
    ('WG_SPENDING_WORKER', 'WG_BUDGET_LEAD'),
    ('ELECTION_REVEALING_STARTED', 'ELECTION_REVEALING_VOTER')
) AS new (old, kind) ON new.old = "Subscription".kind
WHERE "entityId" IS NULL
GROUP BY "memberId", new.kind
HAVING NOT bool_and("shouldNotify" AND "shouldNotifyByEmail")
ON CONFLICT DO NOTHING;
