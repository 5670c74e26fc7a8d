import { Prisma } from '../../generated/prisma/client.ts'

/** The migration whose triggers began to log changes. */
export const LOG_BEGAN = '20261130020000_setting_changes'
/** Of each member; the triggers delete the others. */
export const MOST_KEPT = 1_000

/**
 * Parts of a `WITH` list: `setting` has a member's rows of "Subscription" as they were at a time. Later changes are undone.
 * @param at a timestamp
 */
export const settingsThen = (memberId: number, at: Prisma.Sql): Prisma.Sql => Prisma.sql`
  later AS MATERIALIZED (
    SELECT DISTINCT ON (setting, "entityId") setting, "entityId", before FROM "SettingChange"
    WHERE "memberId" = ${memberId}::int AND "createdAt" > ${at}
    ORDER BY setting, "entityId", id
  ),
  setting AS MATERIALIZED (
    SELECT "memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail" FROM "Subscription" s
    WHERE "memberId" = ${memberId}::int AND NOT EXISTS (
      SELECT FROM later l WHERE l.setting = s.kind AND l."entityId" IS NOT DISTINCT FROM s."entityId"
    )
  UNION ALL
    -- Of kinds only: a column of "Member" is no object.
    SELECT ${memberId}::int, setting, "entityId", (before->>'inApp')::bool, (before->>'byEmail')::bool FROM later
    WHERE jsonb_typeof(before) = 'object'
  ),`
