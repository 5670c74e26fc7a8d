import { type Pool, query, single } from '../db/client.ts'
import { type EmailFrequency, Prisma } from '../generated/prisma/client.ts'
import { type Suppression, suppressionOf } from '../outbox/suppression.ts'
import { entitySettings, type GeneralSetting, generalSettings } from './settings.ts'
import { type WatchedAccount, watchedAccounts } from './watched-accounts.ts'

const DAYS = 30
const MOST_CHANGES = 10

/** What this service knows of a member, for an operator. */
export type Profile = {
  id: number
  name: string
  registeredAt: Date
  email: string | null
  /** Waits for its confirmation. */
  unverifiedEmail: string | null
  /** Why nothing is sent to the address. */
  suppressed: Suppression | null
  receiveEmails: boolean
  emailFrequency: EmailFrequency
  digestHour: number
  digestWeekday: number
  timeZone: string
  pauseEmailsUntil: Date | null
  urgentImmediately: boolean
  /** General kinds that the member has set. */
  settings: GeneralSetting[]
  watches: number
  mutes: number
  /** Accounts that the member added to those of the membership. */
  accounts: Pick<WatchedAccount, 'address' | 'label' | 'createdAt'>[]
  /** Of the last DAYS days, and what became of their emails. */
  notifications: { days: number; total: number; sent: number; waiting: number; failed: number; notEmailed: number }
  /** The newest ones, as the log has them. */
  changes: { at: Date; setting: string; entityId: string | null; before: Prisma.JsonValue; after: Prisma.JsonValue }[]
  /** When the member last signed in with a wallet, if that is known. */
  signedInAt: Date | null
  /** When all tokens were last ended, and how often. */
  tokensEndedAt: Date | null
  tokensEnded: number
}

type Row = Omit<Profile, 'suppressed' | 'settings' | 'watches' | 'mutes' | 'accounts' | 'notifications' | 'changes'>

/** @returns undefined if the membership is not registered */
export async function readProfile(pool: Pool, memberId: number): Promise<Profile | undefined> {
  const { rows } = await query<Row>(
    pool,
    Prisma.sql`
    SELECT m.id, m.name, m."createdAt" AS "registeredAt", m.email, m."unverifiedEmail", m."receiveEmails",
      m."emailFrequency", m."digestHour", m."digestWeekday", m."timeZone", m."pauseEmailsUntil", m."urgentImmediately",
      s."signedAt" AS "signedInAt", t."updatedAt" AS "tokensEndedAt", coalesce(t.generation, 0) AS "tokensEnded"
    FROM "Member" m
    LEFT JOIN "SignIn" s ON s."memberId" = m.id LEFT JOIN "TokenGeneration" t ON t."memberId" = m.id
    WHERE m.id = ${memberId}::int`,
  )
  const [member] = rows
  if (!member) return undefined
  const transaction = single(pool)
  const [suppressed, general, entities, accounts, notifications, changes] = await Promise.all([
    member.email === null ? undefined : suppressionOf(transaction, member.email),
    generalSettings(transaction, memberId),
    entitySettings(transaction, memberId),
    watchedAccounts(transaction, memberId),
    countNotifications(pool, memberId),
    query<Profile['changes'][number]>(
      pool,
      Prisma.sql`
      SELECT "createdAt" AS at, setting, "entityId", before, after FROM "SettingChange"
      WHERE "memberId" = ${memberId}::int ORDER BY id DESC LIMIT ${MOST_CHANGES}::int`,
    ),
  ])
  const watches = entities.filter(({ status }) => status === 'WATCH').length
  return {
    ...member,
    suppressed: suppressed ?? null,
    settings: general.filter(({ id }) => id !== null),
    watches,
    mutes: entities.length - watches,
    accounts: accounts.map(({ address, label, createdAt }) => ({ address, label, createdAt })),
    notifications,
    changes: changes.rows,
  }
}

async function countNotifications(pool: Pool, memberId: number): Promise<Profile['notifications']> {
  const { rows } = await query<Omit<Profile['notifications'], 'days'>>(
    pool,
    Prisma.sql`
    SELECT count(*)::int AS total, (count(*) FILTER (WHERE status = 'SENT'))::int AS sent,
      (count(*) FILTER (WHERE status = 'PENDING'))::int AS waiting,
      (count(*) FILTER (WHERE status = 'FAILED'))::int AS failed,
      (count(*) FILTER (WHERE status = 'IGNORED'))::int AS "notEmailed"
    FROM (
      SELECT coalesce(e.status, n."emailStatus", 'IGNORED') AS status
      FROM "Notification" n LEFT JOIN "Email" e ON e.id = n."emailId"
      WHERE n."memberId" = ${memberId}::int AND n."createdAt" > now() - make_interval(days => ${DAYS}::int)
    ) told`,
  )
  const [counts] = rows
  if (!counts) throw new Error('The database gave no answer')
  return { days: DAYS, ...counts }
}
