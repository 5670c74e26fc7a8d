import type { Chain, ProposalInfo } from '../chain.ts'
import { members, type Rule } from '../define.ts'
import { groupIdOf } from './types.ts'

/** Members whom a proposal concerns because of their role. */
export type Concerned = { council: readonly string[]; group?: { lead: readonly string[]; workers: readonly string[] } }

/** @param needsCouncil false: roles are read only for a proposal about a working group */
export async function concernedBy(info: ProposalInfo, needsCouncil: boolean, chain: Chain): Promise<Concerned> {
  const groupId = groupIdOf(info.details)
  if (groupId === undefined && !needsCouncil) return { council: [] }
  const roles = await chain.roles()
  const group = groupId && { group: { lead: roles.leadOf(groupId), workers: roles.workersOf(groupId) } }
  return { council: roles.council, ...group }
}

export const groupRules = ({ group }: Concerned): Rule[] =>
  group ? [members('PROPOSAL_WG_LEAD', group.lead), members('PROPOSAL_WG_WORKER', group.workers)] : []

/** For reasons that name the group. */
export const groupWords = ({ aboutGroup }: { aboutGroup?: unknown }): { group?: string } =>
  typeof aboutGroup === 'string' ? { group: aboutGroup } : {}
