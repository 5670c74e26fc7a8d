import type { Chain } from '../chain.ts'
import { everyone, members, type Rule } from '../define.ts'
import type { GeneralKindName } from '../kinds.ts'

/** The names and URL segments that Pioneer uses. */
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

export type Group = { id: string; name: string; workers: readonly string[]; leads: readonly string[] }

/** `workers` are the members who work in the group now, including the lead. */
export async function readGroup(id: string, chain: Chain): Promise<Group> {
  const roles = await chain.roles()
  return { id, name: nameOf(id), workers: roles.workersOf(id), leads: roles.leadOf(id) }
}

// A group that Pioneer adds later gets a name derived from its id.
export const nameOf = (id: string) => GROUPS[id]?.name ?? id.replace(/WorkingGroup/, ' ').trim()

type GroupKind = GeneralKindName extends infer K ? (K extends `WG_${infer Name}_ALL` ? Name : never) : never

/** What the lead decides on. */
const LEAD_KINDS: Partial<Record<GroupKind, GeneralKindName>> = {
  APPLICATION: 'WG_APPLICATION_LEAD',
  BUDGET_UPDATE: 'WG_BUDGET_LEAD',
  NEW_BUDGET: 'WG_BUDGET_LEAD',
  SPENDING: 'WG_BUDGET_LEAD',
}

/** Members whose own role, or application, an event is about. */
export const ownRole = (ids: readonly string[]): Rule => members('WG_MY_ROLE', ids)

/** @param also members to treat as workers even if the query node does not list them yet */
export const groupRules = (kind: GroupKind, group: Group, also: string[] = []): Rule[] => [
  ...(LEAD_KINDS[kind] ? [members(LEAD_KINDS[kind], group.leads)] : []),
  members(`WG_${kind}_WORKER`, [...group.workers, ...also]),
  everyone(`WG_${kind}_ALL`),
]

export const groupData = (group: Group) => ({ group: group.name, groupId: group.id })

export const groupLink = ({ groupId }: { groupId: string }) => ({
  path: `/#/working-groups/${GROUPS[groupId]?.path ?? ''}`,
  action: 'See the working group',
})

/** The reverse of `groupLink`. @param path the last segment of its path */
export const groupAt = (path: string): string | undefined =>
  Object.keys(GROUPS).find((groupId) => GROUPS[groupId]?.path === path)

export const openingLink = ({ openingId }: { openingId: string }) => ({
  path: `/#/working-groups/openings/${openingId}`,
  action: 'See the opening',
})
