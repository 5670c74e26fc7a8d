import type { Transaction } from '../db/client.ts'
import { entityKinds, type GeneralKindName, generalKinds, type KindName } from '../events/kinds.ts'
import { fieldOf, kindsOfThing, type Thing } from '../events/thing.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { cancel } from '../outbox/enqueue.ts'
import type { EmailAbout } from './email-links.ts'
import { generalSettings, removeEntity, saveGeneral, setEntity, setReceiveEmails, subscribesToAll } from './settings.ts'

/** What stops: everything about the thread or proposal (a mute), the kind by email, or all email. */
export const STOPS = ['thing', 'kind', 'all'] as const
export type Stop = (typeof STOPS)[number]

/** What an email's own "unsubscribe" stops. */
export const usualStop = ({ kind }: EmailAbout): Stop => (kind === 'digest' ? 'all' : 'kind')

/** What can be stopped from an email, the least first. */
export const stopsOf = ({ kind, thing }: EmailAbout): Stop[] =>
  STOPS.filter((stop) => (stop === 'thing' && thing) || (stop === 'kind' && kind !== 'digest') || stop === 'all')

/**
 * Stops emails, and cancels those that wait. Doing it again changes nothing.
 * @returns false if the membership is not registered any more
 */
export async function stopEmails(transaction: Transaction, about: EmailAbout, stop: Stop): Promise<boolean> {
  const { memberId, kind, thing } = about
  if (!(await lockMember(transaction, memberId))) return false
  if (stop === 'thing' && thing) {
    for (const kind of kindsOfThing(thing)) {
      await setEntity(transaction, memberId, { kind, entityId: thing.id, status: 'MUTE' })
    }
    await cancelWaiting(transaction, memberId, isAbout(thing))
  } else if (stop === 'kind' && kind !== 'digest') {
    await setByEmail(transaction, memberId, kind, false)
    await cancelWaiting(transaction, memberId, Prisma.sql`n.kind = ${kind}`)
  } else {
    await setReceiveEmails(transaction, memberId, false)
    await cancelWaiting(transaction, memberId, Prisma.sql`true`, ['notification', 'digest'])
  }
  return true
}

/**
 * The settings that a stop changes, as a short text of letters for `resumeEmails`. The text is not secret, and restores
 * nothing that the link's owner could not set.
 */
export async function stateOf(transaction: Transaction, about: EmailAbout, stop: Stop): Promise<string> {
  const { memberId, kind, thing } = about
  if (stop === 'thing' && thing) {
    const kinds = kindsOfThing(thing)
    const { rows } = await transaction.query<{ kind: string; watches: boolean }>(Prisma.sql`
      SELECT kind, "shouldNotify" OR "shouldNotifyByEmail" AS watches FROM "Subscription"
      WHERE "memberId" = ${memberId} AND "entityId" = ${thing.id} AND kind = ANY (${[...kinds]}::text[])`)
    const watches = new Map(rows.map((row) => [row.kind, row.watches]))
    return kinds.map((kind) => ({ true: 'w', false: 'm', undefined: 'd' })[String(watches.get(kind))]).join('')
  }
  if (stop === 'kind' && kind !== 'digest') {
    if (kind in entityKinds) return letter(await isWatchedByEmail(transaction, memberId, kind))
    const setting = (await generalSettings(transaction, memberId)).find((setting) => setting.kind === kind)
    if (setting) return (setting.id === null ? 'd' : letter(setting.shouldNotify)) + letter(setting.shouldNotifyByEmail)
  }
  const { rows } = await transaction.query<{ receives: boolean }>(Prisma.sql`
    SELECT "receiveEmails" AS receives FROM "Member" WHERE id = ${memberId}`)
  return letter(rows[0]?.receives ?? true)
}

/** Whether `stateOf` says that a stop would change nothing. */
export function isStopped({ kind }: EmailAbout, stop: Stop, state: string): boolean {
  if (stop === 'thing') return /^m+$/.test(state)
  if (stop === 'kind' && isGeneral(kind)) return state === 'd' ? !generalKinds[kind].defaultOn : /^.n$/.test(state)
  return state === 'n'
}

/**
 * Takes a stop back. Emails that it has cancelled stay so.
 * @param before the state before it, as `stateOf` gave it. Anything else, or a state that was stopped already, brings
 * the emails back all the same
 * @returns false if the membership is not registered any more
 */
export async function resumeEmails(
  transaction: Transaction,
  about: EmailAbout,
  stop: Stop,
  before: string,
): Promise<boolean> {
  const { memberId, kind, thing } = about
  const state = isStopped(about, stop, before) ? '' : before
  if (!(await lockMember(transaction, memberId))) return false
  if (stop === 'thing' && thing) {
    for (const [n, kind] of kindsOfThing(thing).entries()) {
      const status = ({ w: 'WATCH', m: 'MUTE' } as const)[state[n] ?? '']
      if (status) await setEntity(transaction, memberId, { kind, entityId: thing.id, status })
      else await removeEntity(transaction, memberId, kind, thing.id)
    }
  } else if (stop === 'kind' && kind !== 'digest') {
    const [inApp, byEmail] = state
    if (isGeneral(kind) && /^[yn]{2}$/.test(state)) {
      await saveGeneral(transaction, memberId, [{ kind, inApp: inApp === 'y', byEmail: byEmail === 'y' }])
    } else if (isGeneral(kind) && state.startsWith('d') && (await isEmailedUnset(transaction, memberId, kind))) {
      await transaction.query(Prisma.sql`
        DELETE FROM "Subscription" WHERE "memberId" = ${memberId} AND kind = ${kind} AND "entityId" IS NULL`)
    } else await setByEmail(transaction, memberId, kind, true)
  } else {
    await setReceiveEmails(transaction, memberId, true)
  }
  return true
}

const letter = (on: boolean) => (on ? 'y' : 'n')

const isGeneral = (kind: string): kind is GeneralKindName => Object.hasOwn(generalKinds, kind)

/** A subscription to all may have ended since the stop. */
async function isEmailedUnset(transaction: Transaction, memberId: number, kind: GeneralKindName): Promise<boolean> {
  if (generalKinds[kind].defaultOn) return true
  const { rowCount } = await transaction.query(Prisma.sql`SELECT WHERE ${subscribesToAll(Prisma.sql`${memberId}`)}`)
  return rowCount > 0
}

async function isWatchedByEmail(transaction: Transaction, memberId: number, kind: KindName): Promise<boolean> {
  const { rowCount } = await transaction.query(Prisma.sql`
    SELECT FROM "Subscription"
    WHERE "memberId" = ${memberId} AND kind = ${kind} AND "entityId" IS NOT NULL AND "shouldNotifyByEmail" LIMIT 1`)
  return rowCount > 0
}

/** Of an entity kind: for everything that the member watches. What is watched by email alone would become a mute. */
async function setByEmail(transaction: Transaction, memberId: number, kind: KindName, on: boolean): Promise<void> {
  if (!on)
    await transaction.query(Prisma.sql`
    DELETE FROM "Subscription" WHERE "memberId" = ${memberId} AND kind = ${kind} AND "entityId" IS NOT NULL
      AND "shouldNotifyByEmail" AND NOT "shouldNotify"`)
  await transaction.query(
    isGeneral(kind)
      ? Prisma.sql`
        INSERT INTO "Subscription" ("memberId", kind, "shouldNotify", "shouldNotifyByEmail")
        SELECT ${memberId}::int, ${kind}, ${generalKinds[kind].defaultOn} OR ${subscribesToAll(Prisma.sql`${memberId}`, 'in the app')}, ${on}::bool
        ON CONFLICT ("memberId", kind) WHERE "entityId" IS NULL DO UPDATE SET
          "shouldNotifyByEmail" = ${on}, "updatedAt" = now()`
      : Prisma.sql`
        UPDATE "Subscription" SET "shouldNotifyByEmail" = ${on}, "updatedAt" = now()
        WHERE "memberId" = ${memberId} AND kind = ${kind} AND "entityId" IS NOT NULL AND "shouldNotify"`,
  )
}

const isAbout = (thing: Thing) => Prisma.sql`
  EXISTS (SELECT FROM "Event" e WHERE e.number = n."eventNumber" AND e.data ->> ${fieldOf(thing)} = ${thing.id})`

/** What of a digest is switched off is left out when the digest is due. */
const cancelWaiting = (transaction: Transaction, memberId: number, which: Prisma.Sql, types = ['notification']) =>
  cancel(
    transaction,
    Prisma.sql`type = ANY (${types}::text[]) AND id = ANY (ARRAY(
      SELECT n."emailId" FROM "Notification" n
      WHERE n."memberId" = ${memberId} AND n."emailId" IS NOT NULL AND ${which}))`,
    'UNSUBSCRIBED',
  )

/** Two clicks at once wait for each other. Neither waits for a broadcast, which shares the keys of all members. */
async function lockMember(transaction: Transaction, memberId: number): Promise<boolean> {
  const { rowCount } = await transaction.query(
    Prisma.sql`SELECT FROM "Member" WHERE id = ${memberId} FOR NO KEY UPDATE`,
  )
  return rowCount > 0
}
