import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { type Pool, query } from '../db/client.ts'
import { STORE_KEYS } from '../db/store.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { isMemberId } from './tokens.ts'

// Links in emails live longer than APP_SECRET_KEY, so they have a key of their own.

/** What a link lets its reader do, and nothing else. */
export type LinkScope = 'confirm address' | 'unsubscribe' | 'preferences'

/** `subject`: what the link is about, such as the address to confirm. */
export type Link = { memberId: number; subject: string; issuedAtMs: number }

const KEY_BYTES = 32

/**
 * Reads the key that signs links in emails; the first process that needs it makes it.
 * @throws Error when what is stored is no key
 */
export async function readLinkKey(pool: Pool): Promise<KeyObject> {
  const key = await findLinkKey(pool)
  if (key) return key
  await makeKey(pool)
  return readLinkKey(pool)
}

/** The same, unless no link was ever signed: a stranger's request writes nothing. */
export async function findLinkKey(pool: Pool): Promise<KeyObject | undefined> {
  const stored = await storedKey(pool)
  if (stored === undefined) return undefined
  if (stored.length !== 2 * KEY_BYTES || !/^[\da-f]+$/.test(stored)) {
    throw new Error(
      `The key of the links in emails, in the table Store under ${STORE_KEYS.linkKey}, is damaged: restore it from a backup. Without one, delete the row; links in earlier emails then end`,
    )
  }
  return createSecretKey(stored, 'hex')
}

/** Reads the key once it exists, and keeps it: whoever deletes it restarts the processes that knew it. */
export function createLinkKeyReader(pool: Pool) {
  let key: KeyObject | undefined
  return {
    known: () => key,
    async find(): Promise<KeyObject | undefined> {
      key ??= await findLinkKey(pool)
      return key
    },
  }
}

async function storedKey(pool: Pool): Promise<string | undefined> {
  const { rows } = await query<{ stored: string }>(
    pool,
    Prisma.sql`SELECT value #>> '{}' AS stored FROM "Store" WHERE key = ${STORE_KEYS.linkKey}`,
  )
  return rows[0]?.stored
}

/** Of several processes at once, one makes it. */
async function makeKey(pool: Pool): Promise<void> {
  await query(
    pool,
    Prisma.sql`
    INSERT INTO "Store" (key, value)
    VALUES (${STORE_KEYS.linkKey}, to_jsonb(${randomBytes(KEY_BYTES).toString('hex')}::text))
    ON CONFLICT DO NOTHING`,
  )
}

/** @returns a text for a URL that is valid for `lifetimeSeconds` from its issue, and for this scope alone */
export const signLink = (
  key: KeyObject,
  scope: LinkScope,
  { memberId, subject, issuedAtMs }: Link,
  lifetimeSeconds: number,
): string =>
  jwt.sign({ memberId, iat: issuedAtMs / 1000 }, key, { audience: scope, subject, expiresIn: lifetimeSeconds })

/** @returns nothing when the text was not signed with the key, is of another scope, or has expired */
export function readLink(key: KeyObject, scope: LinkScope, text: string): Link | undefined {
  try {
    const payload = jwt.verify(text, key, { algorithms: ['HS256'], audience: scope })
    if (typeof payload === 'string' || typeof payload.exp !== 'number' || typeof payload.iat !== 'number') return
    const { memberId, sub: subject, iat } = payload
    const issuedAtMs = Math.round(iat * 1000)
    return isMemberId(memberId) && typeof subject === 'string' ? { memberId, subject, issuedAtMs } : undefined
  } catch {
    return undefined
  }
}
