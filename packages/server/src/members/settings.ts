import type { Transaction } from '../db/client.ts'
import { type EntityKindName, entityKinds, generalSwitches, type SwitchName } from '../events/kinds.ts'
import { Prisma } from '../generated/prisma/client.ts'

type Switches = { shouldNotify: boolean; shouldNotifyByEmail: boolean }

/** The member's own setting for a general kind, or else what counts without one, which has no id. */
export type GeneralSetting = Switches & { id: number | null; kind: SwitchName }

export type GeneralChange = { kind: SwitchName; inApp: boolean; byEmail: boolean }

/** A condition: whether a member is subscribed to all, by email or in the app. Other kinds than those on need it. */
export const subscribesToAll = (memberId: Prisma.Sql, where: 'by email' | 'in the app' = 'by email'): Prisma.Sql => {
  const isOn = where === 'by email' ? Prisma.sql`"shouldNotifyByEmail"` : Prisma.sql`"shouldNotify"`
  return Prisma.sql`EXISTS (
    SELECT FROM "Subscription"
    WHERE "memberId" = ${memberId} AND kind = 'NOTIFY_ALL' AND "entityId" IS NULL AND ${isOn}
  )`
}

export type EntityStatus = 'WATCH' | 'MUTE'
export type EntitySetting = { id: number; kind: EntityKindName; entityId: string; status: EntityStatus }

/** @returns the setting for all at once, then for every general kind, in the order of the list of kinds */
export async function generalSettings(transaction: Transaction, memberId: number): Promise<GeneralSetting[]> {
  const { rows: own } = await transaction.query<GeneralSetting>(Prisma.sql`
    SELECT id, kind, "shouldNotify", "shouldNotifyByEmail" FROM "Subscription"
    WHERE "memberId" = ${memberId} AND "entityId" IS NULL`)
  const byKind = new Map(own.map((setting) => [setting.kind, setting]))
  const all = byKind.get('NOTIFY_ALL')
  return Object.entries(generalSwitches).map(([name, { defaultOn }]) => {
    const kind = name as SwitchName
    const { id, shouldNotify, shouldNotifyByEmail } = byKind.get(kind) ?? {
      id: null,
      shouldNotify: defaultOn || all?.shouldNotify === true,
      shouldNotifyByEmail: defaultOn || all?.shouldNotifyByEmail === true,
    }
    return { id, kind, shouldNotify, shouldNotifyByEmail }
  })
}

/** Saves switches of general kinds, of which each appears once. */
export async function saveGeneral(
  transaction: Transaction,
  memberId: number,
  changes: readonly GeneralChange[],
): Promise<void> {
  // Always in the same order, so that two requests cannot deadlock.
  for (const { kind, inApp, byEmail } of changes.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))) {
    await transaction.query(Prisma.sql`
      INSERT INTO "Subscription" ("memberId", kind, "shouldNotify", "shouldNotifyByEmail")
      VALUES (${memberId}, ${kind}, ${inApp}, ${byEmail})
      ON CONFLICT ("memberId", kind) WHERE "entityId" IS NULL DO UPDATE SET
        "shouldNotify" = excluded."shouldNotify", "shouldNotifyByEmail" = excluded."shouldNotifyByEmail",
        "updatedAt" = now()`)
  }
}

/** @returns what the member watches and mutes, in the order in which it was set */
export async function entitySettings(transaction: Transaction, memberId: number): Promise<EntitySetting[]> {
  const { rows } = await transaction.query<Omit<EntitySetting, 'status'> & Switches>(Prisma.sql`
    SELECT id, kind, "entityId", "shouldNotify", "shouldNotifyByEmail" FROM "Subscription"
    WHERE "memberId" = ${memberId} AND "entityId" IS NOT NULL AND kind = ANY (${Object.keys(entityKinds)}::text[])
    ORDER BY id`)
  return rows.map(({ id, kind, entityId, ...switches }) => ({ id, kind, entityId, status: statusOf(switches) }))
}

export const statusOf = ({ shouldNotify, shouldNotifyByEmail }: Switches): EntityStatus =>
  shouldNotify || shouldNotifyByEmail ? 'WATCH' : 'MUTE'

/** Watches or mutes one thread, category or proposal. @returns the setting's id */
export async function setEntity(
  transaction: Transaction,
  memberId: number,
  { kind, entityId, status }: Omit<EntitySetting, 'id'>,
): Promise<number> {
  const on = status === 'WATCH'
  const { rows } = await transaction.query<{ id: number }>(Prisma.sql`
    INSERT INTO "Subscription" ("memberId", kind, "entityId", "shouldNotify", "shouldNotifyByEmail")
    VALUES (${memberId}, ${kind}, ${entityId}, ${on}, ${on})
    ON CONFLICT ("memberId", kind, "entityId") DO UPDATE SET
      "shouldNotify" = ${on}, "shouldNotifyByEmail" = ${on}, "updatedAt" = now()
    RETURNING id`)
  return rows[0]?.id ?? 0
}

/** @returns the id that the setting had; null if there was none */
export async function removeEntity(
  transaction: Transaction,
  memberId: number,
  kind: EntityKindName,
  entityId: string,
): Promise<number | null> {
  const { rows } = await transaction.query<{ id: number }>(Prisma.sql`
    DELETE FROM "Subscription" WHERE "memberId" = ${memberId} AND kind = ${kind} AND "entityId" = ${entityId}
    RETURNING id`)
  return rows[0]?.id ?? null
}

export async function setReceiveEmails(
  transaction: Transaction,
  memberId: number,
  receiveEmails: boolean,
): Promise<void> {
  await transaction.query(Prisma.sql`
    UPDATE "Member" SET "receiveEmails" = ${receiveEmails}, "updatedAt" = now() WHERE id = ${memberId}`)
}
