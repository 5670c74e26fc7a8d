import type { Config } from '../../config/config.ts'
import { createTokens } from '../../members/tokens.ts'
import type { Database } from '../client.ts'

/**
 * Registers the members of INITIAL_MEMBERSHIPS that are not there yet. Those who are may have changed their name and
 * address since.
 *
 * @returns all of them, each with a token
 */
export async function seed(db: Database, { initialMemberships, secretKey }: Config) {
  const tokens = createTokens(secretKey)
  const members: { id: number; name: string; token: string; isNew: boolean }[] = []
  for (const member of initialMemberships) {
    const { count } = await db.member.createMany({ data: [member], skipDuplicates: true })
    members.push({ id: member.id, name: member.name, token: tokens.auth(member.id), isNew: count > 0 })
  }
  return members
}
