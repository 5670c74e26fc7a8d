import { type Pool, query } from '../../db/client.ts'
import { type EmailFrequency, Prisma } from '../../generated/prisma/client.ts'

/** The migration whose triggers began to log changes. */
export const LOG_BEGAN = '20261130020000_setting_changes'
/** Of each member; the triggers delete the others. */
export const MOST_KEPT = 1_000

/** What a member's emails depended on at a time. `since`: of each setting; absent where it is not known. */
export type EmailSettings = {
  email: boolean
  receiveEmails: boolean
  emailFrequency: EmailFrequency
  pauseEmailsUntil: Date | null
  since: { [Setting in 'email' | 'receiveEmails' | 'emailFrequency' | 'pauseEmailsUntil']?: Date }
}

const EMAIL_SETTINGS = ['email', 'receiveEmails', 'emailFrequency', 'pauseEmailsUntil']

type Logged = { setting: keyof EmailSettings['since']; value: unknown; since: Date | null }

/** @returns as it was at a time: later changes are undone */
export async function emailSettingsThen(pool: Pool, memberId: number, at: Date): Promise<EmailSettings> {
  const { rows } = await query<Logged>(
    pool,
    Prisma.sql`
    SELECT s.setting, since, CASE WHEN later.id IS NOT NULL THEN later.before
      ELSE (to_jsonb(m) || jsonb_build_object('email', m.email IS NOT NULL))->s.setting END AS value
    FROM "Member" m CROSS JOIN unnest(${EMAIL_SETTINGS}::text[]) AS s (setting)
    LEFT JOIN LATERAL (
      SELECT id, before FROM "SettingChange" c
      WHERE c."memberId" = m.id AND c.setting = s.setting AND c."createdAt" > ${at}::timestamptz ORDER BY id LIMIT 1
    ) later ON true
    LEFT JOIN LATERAL (
      SELECT max("createdAt") AS since FROM "SettingChange" c
      WHERE c."memberId" = m.id AND c.setting = s.setting AND c."createdAt" <= ${at}::timestamptz
    ) earlier ON true
    WHERE m.id = ${memberId}::int`,
  )
  const readValue = (setting: Logged['setting']) => rows.find((row) => row.setting === setting)?.value
  const until = readValue('pauseEmailsUntil')
  return {
    email: readValue('email') === true,
    receiveEmails: readValue('receiveEmails') === true,
    emailFrequency: readValue('emailFrequency') as EmailFrequency,
    pauseEmailsUntil: typeof until === 'string' ? new Date(until) : null,
    since: Object.fromEntries(rows.flatMap(({ setting, since }) => (since ? [[setting, since]] : []))),
  }
}

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
