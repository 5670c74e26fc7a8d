import { type Pool, query } from '../src/db/client.ts'
import { Prisma } from '../src/generated/prisma/client.ts'
import { failUsage, type Usage } from '../src/main/arguments.ts'
import { isMemberId } from '../src/members/tokens.ts'

/** A membership's number. Anything else ends the process. */
export function readMemberId(usage: Usage, text = ''): number {
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!isMemberId(id)) failUsage(usage, `'${text}' is not a member id`)
  return id
}

/** @returns the name of a member; undefined if the membership is not registered */
export async function nameOf(pool: Pool, memberId: number): Promise<string | undefined> {
  const { rows } = await query<{ name: string }>(
    pool,
    Prisma.sql`SELECT name FROM "Member" WHERE id = ${memberId}::int`,
  )
  return rows[0]?.name
}
