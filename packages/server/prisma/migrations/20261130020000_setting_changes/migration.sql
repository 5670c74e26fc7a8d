-- What a member's settings were when an event was read. Triggers write it, so that it has every change: those of the API,
-- of pages, of Prisma Studio, and of SQL.
CREATE TABLE "SettingChange" (
    "id" BIGSERIAL NOT NULL,
    "memberId" INTEGER NOT NULL,
    "setting" TEXT NOT NULL,
    "entityId" TEXT,
    "before" JSONB,
    "after" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SettingChange_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "SettingChange_memberId_id_idx" ON "SettingChange"("memberId", "id");
CREATE INDEX "SettingChange_createdAt_idx" ON "SettingChange"("createdAt");
ALTER TABLE "SettingChange" ADD CONSTRAINT "SettingChange_memberId_fkey"
  FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- For "Member", the arguments are the columns that are settings. Statements name the schema, because an operator's session
-- need not have it in its search path.
CREATE FUNCTION log_setting_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_row JSONB := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  new_row JSONB := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  member INTEGER;
  changes JSONB;
BEGIN
  IF TG_TABLE_NAME = 'Member' THEN
    member := new_row->>'id';
    -- An address is personal: only whether there is one.
    old_row := old_row || jsonb_build_object('email', old_row->>'email' IS NOT NULL);
    new_row := new_row || jsonb_build_object('email', new_row->>'email' IS NOT NULL);
    SELECT jsonb_agg(jsonb_build_object(
      'memberId', member, 'setting', name, 'before', old_row->name, 'after', new_row->name
    )) INTO changes
    FROM unnest(TG_ARGV) AS name WHERE old_row->name <> new_row->name;
  ELSE
    member := coalesce(new_row, old_row)->>'memberId';
    SELECT jsonb_agg(change) INTO changes FROM (
      SELECT jsonb_build_object('memberId', r->'memberId', 'setting', r->'kind', 'entityId', r->'entityId',
        'before', (jsonb_agg(switches) FILTER (WHERE is_before))->0, 'after', (jsonb_agg(switches) FILTER (WHERE NOT is_before))->0
      ) AS change
      FROM (VALUES (old_row, true), (new_row, false)) AS s (r, is_before)
      CROSS JOIN LATERAL jsonb_build_object('inApp', r->'shouldNotify', 'byEmail', r->'shouldNotifyByEmail') AS switches
      WHERE r IS NOT NULL
      -- One that is given another kind, entity or member is gone there and new here.
      GROUP BY r->'memberId', r->'kind', r->'entityId'
    ) AS moved;
  END IF;

  -- Nothing was different before a member registered. A member who is being deleted is gone already.
  EXECUTE format($sql$
    INSERT INTO %1$I."SettingChange" ("memberId", setting, "entityId", before, after, "createdAt")
    SELECT m.id, c->>'setting', c->>'entityId', nullif(c->'before', 'null'), nullif(c->'after', 'null'), clock_timestamp()
    FROM jsonb_array_elements($1) AS c JOIN %1$I."Member" m ON m.id = (c->>'memberId')::int
    WHERE m."createdAt" <> now()::timestamptz(3)
  $sql$, TG_TABLE_SCHEMA) USING changes;

  -- One that is changed again and again does not fill the disk.
  EXECUTE format($sql$
    DELETE FROM %1$I."SettingChange" WHERE id IN (
      SELECT id FROM %1$I."SettingChange" WHERE "memberId" = $1 AND id <= (
        SELECT id FROM %1$I."SettingChange" WHERE "memberId" = $1 ORDER BY id DESC OFFSET 1000 LIMIT 1
      )
      FOR UPDATE SKIP LOCKED
    )
  $sql$, TG_TABLE_SCHEMA) USING member;
  RETURN NULL;
END $$;

CREATE TRIGGER log_setting_change AFTER INSERT OR DELETE ON "Subscription"
  FOR EACH ROW EXECUTE FUNCTION log_setting_change();

CREATE TRIGGER log_setting_change_of_update AFTER UPDATE ON "Subscription" FOR EACH ROW
  WHEN ((OLD."memberId", OLD.kind, OLD."entityId", OLD."shouldNotify", OLD."shouldNotifyByEmail")
    IS DISTINCT FROM (NEW."memberId", NEW.kind, NEW."entityId", NEW."shouldNotify", NEW."shouldNotifyByEmail"))
  EXECUTE FUNCTION log_setting_change();

CREATE TRIGGER log_setting_change AFTER UPDATE ON "Member" FOR EACH ROW
  WHEN (
    (OLD.email IS NULL, OLD."receiveEmails", OLD."emailFrequency", OLD."digestHour", OLD."digestWeekday", OLD."timeZone",
      OLD."pauseEmailsUntil", OLD."urgentImmediately")
    IS DISTINCT FROM
    (NEW.email IS NULL, NEW."receiveEmails", NEW."emailFrequency", NEW."digestHour", NEW."digestWeekday", NEW."timeZone",
      NEW."pauseEmailsUntil", NEW."urgentImmediately")
  )
  EXECUTE FUNCTION log_setting_change(
    'email', 'receiveEmails', 'emailFrequency', 'digestHour', 'digestWeekday', 'timeZone', 'pauseEmailsUntil',
    'urgentImmediately'
  );
