import type { Chain } from '../chain.ts'
import { everyone, members, type Rule } from '../define.ts'
import type { GeneralKindName } from '../kinds.ts'

/** What Pioneer calls the groups, and how it writes them in its addresses. */
const GROUPS: Record<string, { name: string; path: string }> = {
  forumWorkingGroup: { name: 'Forum', path: 'forum' },
  contentWorkingGroup: { name: 'Content', path: 'content' },
  storageWorkingGroup: { name: 'Storage', path: 'storage' },
  distributionWorkingGroup: { name: 'Distribution', path: 'distribution' },
  membershipWorkingGroup: { name: 'Membership', path: 'membership' },
  appWorkingGroup: { name: 'Apps', path: 'apps' },
  operationsWorkingGroupAlpha: { name: 'Builders', path: 'builders' },
  operationsWorkingGroupBeta: { name: 'HR', path: 'hr' },
  operationsWorkingGroupGamma: { name: 'Marketing', path: 'marketing' },
}

export type Group = { id: string; name: string; workers: readonly string[] }

/** A working group, with the members who hold a role in it now, the lead included. */
export async function readGroup(id: string, chain: Chain): Promise<Group> {
  const roles = await chain.roles()
  return { id, name: nameOf(id), workers: roles.workersOf(id) }
}

// A group that the chain gets later is told under its own id.
const nameOf = (id: string) => GROUPS[id]?.name ?? id.replace(/WorkingGroup/, ' ').trim()

type GroupKind = GeneralKindName extends infer K ? (K extends `WG_${infer Name}_ALL` ? Name : never) : never

/** Those who work in the group, then everyone. @param also members who belong to the group though the chain lags */
export const groupRules = (kind: GroupKind, group: Group, also: string[] = []): Rule[] => [
  members(`WG_${kind}_WORKER`, [...group.workers, ...also]),
  everyone(`WG_${kind}_ALL`),
]

/** What the words of every working-group event need. */
export const groupData = (group: Group) => ({ group: group.name, groupId: group.id })

export const groupLink = ({ groupId }: { groupId: string }) => ({
  path: `/#/working-groups/${GROUPS[groupId]?.path ?? ''}`,
  action: 'See the working group',
})

export const openingLink = ({ openingId }: { openingId: string }) => ({
  path: `/#/working-groups/openings/${openingId}`,
  action: 'See the opening',
})

// 1 JOY is 10^10 of the chain's base units.
const UNITS_PER_JOY = 10_000_000_000n

/** @param units base units, as a decimal string; @returns for example "1,234.5 JOY" */
export function joy(units: string): string {
  const amount = BigInt(units)
  const size = amount < 0n ? -amount : amount
  const fraction = (size % UNITS_PER_JOY).toString().padStart(10, '0').replace(/0+$/, '')
  const whole = (size / UNITS_PER_JOY).toLocaleString('en-US')
  return `${amount < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''} JOY`
}
