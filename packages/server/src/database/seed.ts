import type { Config } from '../config.ts'
import type { Database } from '../db.ts'
import { authToken } from '../tokens.ts'

/**
 * Registers the members of INITIAL_MEMBERSHIPS, or brings them up to date.
 *
 * @returns a token for each of them
 */
export async function seed(db: Database, { initialMemberships, secretKey }: Config) {
  const tokens: { id: number; name: string; token: string }[] = []
  for (const { id, ...member } of initialMemberships) {
    await db.member.upsert({ where: { id }, create: { id, ...member }, update: member })
    tokens.push({ id, name: member.name, token: authToken(id, secretKey) })
  }
  return tokens
}
