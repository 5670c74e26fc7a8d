import type { KeyObject } from 'node:crypto'
import type { Pool, Transaction } from '../db/client.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { mailboxOf } from '../lib/email-address.ts'
import { cancel, enqueue } from '../outbox/enqueue.ts'
import { lift, type Suppression, suppressionOf } from '../outbox/suppression.ts'
import { findLinkKey, readLink, signLink } from './links.ts'
import { type Confirmation, EMAIL_LIFETIME_SECONDS, type Tokens } from './tokens.ts'

const PAUSE_SECONDS = 60
const DAY_SECONDS = 24 * 60 * 60
const MAX_PER_DAY = { member: 10, address: 3, suppressed: 1 }

/** A handle that can go to an address whose owner asked for nothing: no sentence, no link. Null: any other one. */
export const plainHandle = (handle: string): string | null => (/^[A-Za-z0-9_-]{1,30}$/.test(handle) ? handle : null)

/**
 * Enqueues the email that asks a member to confirm an address. It replaces the one that waits for another address.
 * Beyond a limit it waits until the limit allows it.
 * @returns its id
 */
export async function askForConfirmation(transaction: Transaction, memberId: number, address: string): Promise<number> {
  const mailbox = mailboxOf(address)
  // Two members can ask for the same address at once.
  await transaction.query(Prisma.sql`SELECT pg_advisory_xact_lock(hashtext(${`confirm ${mailbox}`}))`)
  const { rows } = await transaction.query<{ id: number }>(Prisma.sql`
    SELECT id FROM "Email"
    WHERE "memberId" = ${memberId} AND type = 'verification' AND address = ${address} AND status = 'PENDING'`)
  if (rows[0]) return rows[0].id
  const waitSeconds = await secondsToWait(transaction, memberId, mailbox)
  await cancel(transaction, Prisma.sql`"memberId" = ${memberId} AND type = 'verification'`, 'REPLACED')
  return enqueue(transaction, { memberId, type: 'verification', address, mailbox, waitSeconds })
}

/** Confirmations that may have been sent count, and those that wait, apart from the member's own: it is replaced. */
async function secondsToWait(transaction: Transaction, memberId: number, mailbox: string): Promise<number> {
  const { rows } = await transaction.query<{ wait: number }>(Prisma.sql`
    WITH counted AS (
      SELECT "memberId" = ${memberId} AS by_member, mailbox = ${mailbox} AS to_mailbox,
        CASE WHEN status = 'PENDING' AND "memberId" <> ${memberId} THEN greatest("sendAt", now())
          ELSE coalesce("sentAt", "sendAt") END AS at
      FROM "Email"
      WHERE type = 'verification' AND (attempts > 0 OR status = 'PENDING' AND "memberId" <> ${memberId})
        AND ("memberId" = ${memberId} OR mailbox = ${mailbox})
    ),
    most AS (
      SELECT CASE WHEN EXISTS (SELECT FROM "Suppression" WHERE mailbox = ${mailbox} AND reason IS NOT NULL)
        THEN ${MAX_PER_DAY.suppressed}::int ELSE ${MAX_PER_DAY.address}::int END AS to_mailbox
    )
    SELECT extract(epoch FROM greatest(
      now(),
      (SELECT max(at) FROM counted WHERE by_member) + make_interval(secs => ${PAUSE_SECONDS}::int),
      (SELECT at FROM counted WHERE by_member ORDER BY at DESC OFFSET ${MAX_PER_DAY.member - 1}::int LIMIT 1)
        + make_interval(secs => ${DAY_SECONDS}::int),
      (SELECT at FROM counted WHERE to_mailbox ORDER BY at DESC OFFSET (SELECT to_mailbox - 1 FROM most) LIMIT 1)
        + make_interval(secs => ${DAY_SECONDS}::int)
    ) - now())::float8 AS wait`)
  return rows[0]?.wait ?? 0
}

/**
 * The token of the link that confirms an address.
 * @param key of the links in emails
 * @param issuedAtMs kept to the millisecond: a member can give up an address within a second
 */
export const signConfirmation = (key: KeyObject, memberId: number, address: string, issuedAtMs: number): string =>
  signLink(key, 'confirm address', { memberId, subject: address, issuedAtMs }, EMAIL_LIFETIME_SECONDS)

/** @returns what the token of a link confirms; nothing when it is invalid or has expired */
export async function readConfirmation(pool: Pool, tokens: Tokens, token: string): Promise<Confirmation | undefined> {
  const key = await findLinkKey(pool)
  const link = key && readLink(key, 'confirm address', token)
  return link ? { memberId: link.memberId, email: link.subject, issuedAtMs: link.issuedAtMs } : tokens.confirmed(token)
}

/** Not rounded up: a link that is issued next must not seem to be from before. */
const MOMENT = Prisma.sql`date_trunc('milliseconds', clock_timestamp())`

/**
 * Makes an address wait for its confirmation, instead of the one that waits. The one in use needs none, unless emails to
 * it have stopped: then no address waits. Links for an address that waited before end.
 * @returns whether the address waits
 */
export async function enterAddress(transaction: Transaction, memberId: number, address: string): Promise<boolean> {
  const isSuppressed = (await suppressionOf(transaction, address)) !== undefined
  const { rows } = await transaction.query<{ waits: boolean }>(Prisma.sql`
    UPDATE "Member" SET
      "unverifiedEmail" = CASE WHEN email = ${address} AND NOT ${isSuppressed}::bool THEN NULL ELSE ${address} END,
      "linksSince" = CASE WHEN "unverifiedEmail" <> ${address} THEN ${MOMENT} ELSE "linksSince" END,
      "updatedAt" = now()
    WHERE id = ${memberId}
    RETURNING "unverifiedEmail" IS NOT NULL AS waits`)
  return rows[0]?.waits ?? false
}

/** Takes a member's addresses away, and tells the one in use. Their links end. */
export async function removeAddress(transaction: Transaction, memberId: number): Promise<void> {
  const { rows } = await transaction.query<{ before: string | null }>(Prisma.sql`
    WITH held AS (
      SELECT id, email FROM "Member"
      WHERE id = ${memberId} AND (email IS NOT NULL OR "unverifiedEmail" IS NOT NULL) FOR NO KEY UPDATE
    )
    UPDATE "Member" m SET email = NULL, "unverifiedEmail" = NULL, "linksSince" = ${MOMENT}, "updatedAt" = now()
    FROM held WHERE m.id = held.id
    RETURNING held.email AS before`)
  await cancel(transaction, Prisma.sql`"memberId" = ${memberId} AND type = 'verification'`, 'ADDRESS_CHANGED')
  const before = rows[0]?.before ?? null
  // Otherwise a thief of a token could change an address in two steps, and its owner would not learn of it.
  if (before !== null) await enqueue(transaction, { memberId, type: 'address-changed', address: before })
}

type Addresses = { email: string | null; waiting: string | null; linksSince: Date | null; emailLinksSince: Date | null }

/** What following a link did. "suppressed": the address is confirmed, but emails to it have stopped since the link was made. */
export type Confirmed = 'confirmed' | 'suppressed' | 'ended'

/**
 * Makes an address the one that receives emails, and tells the one before it. If emails to it had stopped, they come
 * again. A link that is opened again, by its member or by a scanner of links, changes nothing.
 * @returns "ended" if the link has ended, or its address neither waits for its confirmation nor is in use
 */
export async function confirmAddress(transaction: Transaction, link: Confirmation): Promise<Confirmed> {
  const { memberId, email: address, issuedAtMs } = link
  const { rows } = await transaction.query<Addresses>(Prisma.sql`
    SELECT email, "unverifiedEmail" AS waiting, "linksSince", "emailLinksSince" FROM "Member" WHERE id = ${memberId}
    FOR NO KEY UPDATE`)
  const [member] = rows
  if (!member) return 'ended'
  const { email: before, waiting, linksSince, emailLinksSince } = member
  const isIssuedSince = (time: Date | null) => time === null || issuedAtMs >= time.getTime()
  const isValid = waiting === address ? isIssuedSince(linksSince) : before === address && isIssuedSince(emailLinksSince)
  if (!isValid) return 'ended'
  await lift(transaction, address, issuedAtMs)
  const isSuppressed = (await suppressionOf(transaction, address)) !== undefined
  if (waiting === address && !(isSuppressed && before === address)) {
    await transaction.query(Prisma.sql`
      UPDATE "Member" SET email = ${address}, "unverifiedEmail" = NULL, "emailLinksSince" = "linksSince",
        "linksSince" = CASE WHEN email IS NULL THEN "linksSince" ELSE ${MOMENT} END, "updatedAt" = now()
      WHERE id = ${memberId}`)
    if (before !== null && before !== address)
      await enqueue(transaction, { memberId, type: 'address-changed', address: before })
  }
  return isSuppressed ? 'suppressed' : 'confirmed'
}

/** The address of a member to which emails have stopped: the one in use, or else the one that waits. */
export async function stoppedAddress(
  transaction: Transaction,
  { email, unverifiedEmail }: { email: string | null; unverifiedEmail: string | null },
): Promise<(Suppression & { address: string }) | undefined> {
  const address = email ?? unverifiedEmail
  const suppression = address === null ? undefined : await suppressionOf(transaction, address)
  return address === null ? undefined : suppression && { ...suppression, address }
}

/**
 * Asks a member to confirm the address again to which emails have stopped.
 * @returns the confirmation's id; nothing when emails to their address have not stopped
 */
export async function confirmAgain(transaction: Transaction, memberId: number): Promise<number | undefined> {
  const { rows } = await transaction.query<{ email: string | null; unverifiedEmail: string | null }>(Prisma.sql`
    SELECT email, "unverifiedEmail" FROM "Member" WHERE id = ${memberId} FOR NO KEY UPDATE`)
  const stopped = rows[0] && (await stoppedAddress(transaction, rows[0]))
  if (!stopped || !(await enterAddress(transaction, memberId, stopped.address))) return undefined
  return askForConfirmation(transaction, memberId, stopped.address)
}
