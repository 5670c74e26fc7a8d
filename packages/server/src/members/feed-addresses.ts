import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Pool, query } from '../db/client.ts'
import { type Member, Prisma } from '../generated/prisma/client.ts'
import { readLinkBase } from './email-links.ts'

/** What programs poll for a member, by an address that nobody else knows. The names are stored. */
export const FEEDS = {
  calendar: { path: '/calendar/', extension: '.ics' },
  notifications: { path: '/feed/', extension: '.atom' },
} as const

export type FeedName = keyof typeof FEEDS

/** Whose feed an address opens, if it is the current one: both numbers grow when addresses end. */
export type FeedHolder = { memberId: number; tokenGeneration: number; generation: number }

/** Of an address: those who open it read, and can do nothing else. */
export type FeedReader = Pick<Member, 'id' | 'timeZone'>

const NUMBERS_BYTES = 12
const MAC_BYTES = 20
const TOKEN_LENGTH = Math.ceil(((NUMBERS_BYTES + MAC_BYTES) * 4) / 3)

/**
 * The current addresses of a member's feeds. They last until they are renewed, or the member's API tokens are ended:
 * whoever had one of those could read the addresses too.
 * @returns undefined while the API has no address that others can reach
 */
export async function readFeedUrls(pool: Pool, memberId: number): Promise<Record<FeedName, string> | undefined> {
  const base = await readLinkBase(pool)
  if (!base) return undefined
  const { rows } = await query<{ tokenGeneration: number } & Record<FeedName, number>>(
    pool,
    Prisma.sql`
    SELECT
      coalesce((SELECT generation FROM "TokenGeneration" WHERE "memberId" = ${memberId}), 0) AS "tokenGeneration",
      ${generationOf('calendar', Prisma.sql`${memberId}`)} AS calendar,
      ${generationOf('notifications', Prisma.sql`${memberId}`)} AS notifications`,
  )
  const { tokenGeneration = 0, ...generations } = rows[0] ?? { calendar: 0, notifications: 0 }
  const urlOf = (feed: FeedName) => {
    const { path, extension } = FEEDS[feed]
    const token = signFeed(base.key, feed, { memberId, tokenGeneration, generation: generations[feed] })
    return `${base.publicUrl}${path}${token}${extension}`
  }
  return { calendar: urlOf('calendar'), notifications: urlOf('notifications') }
}

/**
 * Whether whoever opens a link of an email may see the addresses: not if the member's tokens were ended or their email
 * address was given up since, perhaps because the membership has another owner.
 * @param link with the time when it was made
 */
export async function showsFeeds(
  pool: Pool,
  { memberId, issuedAtMs }: { memberId: number; issuedAtMs: number },
): Promise<boolean> {
  const made = Prisma.sql`${new Date(issuedAtMs)}::timestamptz`
  const { rowCount } = await query(
    pool,
    Prisma.sql`
    SELECT FROM "TokenGeneration" WHERE "memberId" = ${memberId} AND "updatedAt" >= ${made}
    UNION ALL SELECT FROM "Member" WHERE id = ${memberId} AND "linksSince" >= ${made}`,
  )
  return rowCount === 0
}

/** Ends the address of one feed; `readFeedUrls` has the new one. */
export async function renewFeed(pool: Pool, memberId: number, feed: FeedName): Promise<void> {
  await query(
    pool,
    Prisma.sql`
    INSERT INTO "FeedGeneration" AS f ("memberId", feed, generation) VALUES (${memberId}, ${feed}, 1)
    ON CONFLICT ("memberId", feed) DO UPDATE SET generation = f.generation + 1, "updatedAt" = now()`,
  )
}

/** @returns the token of an address: letters, digits, `-` and `_`. It does not show what it says */
export function signFeed(key: KeyObject, feed: FeedName, holder: FeedHolder): string {
  const numbers = Buffer.alloc(NUMBERS_BYTES)
  numbers.writeUInt32BE(holder.memberId, 0)
  numbers.writeUInt32BE(holder.tokenGeneration, 4)
  numbers.writeUInt32BE(holder.generation, 8)
  const mac = macOf(key, `feed ${feed}`, numbers, MAC_BYTES)
  return Buffer.concat([mac, masked(key, mac, numbers)]).toString('base64url')
}

/**
 * Reads a token without asking the database: a stranger who guesses costs it nothing.
 * @returns undefined if the key has not signed it for this feed. It can still be one that has ended
 */
export function readFeedToken(key: KeyObject, feed: FeedName, token: string): FeedHolder | undefined {
  if (token.length !== TOKEN_LENGTH) return undefined
  const bytes = Buffer.from(token, 'base64url')
  // A last character can have bits that do not count: then it is another text for the same bytes.
  if (bytes.length !== NUMBERS_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return undefined
  const mac = bytes.subarray(0, MAC_BYTES)
  const numbers = masked(key, mac, bytes.subarray(MAC_BYTES))
  if (!timingSafeEqual(mac, macOf(key, `feed ${feed}`, numbers, MAC_BYTES))) return undefined
  return {
    memberId: numbers.readUInt32BE(0),
    tokenGeneration: numbers.readUInt32BE(4),
    generation: numbers.readUInt32BE(8),
  }
}

/** @returns who reads by the address; undefined if it has ended, or the member is not registered any more */
export async function findFeedReader(
  pool: Pool,
  feed: FeedName,
  { memberId, tokenGeneration, generation }: FeedHolder,
): Promise<FeedReader | undefined> {
  const { rows } = await query<FeedReader>(
    pool,
    Prisma.sql`
    SELECT m.id, m."timeZone" FROM "Member" m
    WHERE m.id = ${memberId}
      AND coalesce((SELECT generation FROM "TokenGeneration" WHERE "memberId" = m.id), 0) = ${tokenGeneration}
      AND ${generationOf(feed, Prisma.sql`m.id`)} = ${generation}`,
  )
  return rows[0]
}

const generationOf = (feed: FeedName, memberId: Prisma.Sql) => Prisma.sql`
  coalesce((SELECT generation FROM "FeedGeneration" WHERE "memberId" = ${memberId} AND feed = ${feed}), 0)`

const macOf = (key: KeyObject, purpose: string, bytes: Buffer, length: number): Buffer =>
  createHmac('sha256', key).update(`${purpose} `).update(bytes).digest().subarray(0, length)

/** Hides numbers, and shows them again: the signature differs for each of them, so its mask is used once. */
function masked(key: KeyObject, mac: Buffer, numbers: Buffer): Buffer {
  const mask = macOf(key, 'feed mask', mac, NUMBERS_BYTES)
  return Buffer.from(numbers.map((byte, n) => byte ^ (mask[n] ?? 0)))
}
