import type { Config } from '../config.ts'
import type { Database } from '../db.ts'
import { createTokens } from '../tokens.ts'

/**
 * Registers the members of INITIAL_MEMBERSHIPS, or brings them up to date.
 *
 * @returns a token for each of them
 */
export async function seed(db: Database, { initialMemberships, secretKey }: Config) {
  const tokens = createTokens(secretKey)
  const registered: { id: number; name: string; token: string }[] = []
  for (const { id, ...member } of initialMemberships) {
    await db.member.upsert({ where: { id }, create: { id, ...member }, update: member })
    registered.push({ id, name: member.name, token: tokens.auth(id) })
  }
  return registered
}
