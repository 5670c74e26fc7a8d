import type { InitialMembership } from '../../config/environment.ts'
import type { Database } from '../client.ts'

/**
 * Registers the members of INITIAL_MEMBERSHIPS that are missing. The others may have changed their name and address
 * since.
 * @returns all of them, and which are new
 */
export async function seed(db: Database, memberships: readonly InitialMembership[]) {
  const members: { id: number; name: string; isNew: boolean }[] = []
  for (const member of memberships) {
    const { count } = await db.member.createMany({ data: [member], skipDuplicates: true })
    members.push({ id: member.id, name: member.name, isNew: count > 0 })
  }
  return members
}
