import type { Chain } from './chain.ts'
import { type Mention, mentionsIn } from './markdown.ts'
import { nameOf } from './working-groups/group.ts'

/** Ids of the members whom a text mentions, by name or by a role that they hold now. */
export type Mentioned = {
  members: readonly string[]
  holders: readonly string[]
  /** The roles, as they complete "alice mentioned ...". */
  roles: readonly string[]
}

export async function mentionedIn(text: string, chain: Chain): Promise<Mentioned> {
  const mentions = mentionsIn(text)
  const members = mentions.flatMap((mention) => ('memberId' in mention ? [mention.memberId] : []))
  // A role can be mentioned thousands of times, and held by hundreds.
  const roles = new Map(mentions.flatMap((mention) => ('role' in mention ? [[nameOfRole(mention), mention]] : [])))
  const holders = await Promise.all([...roles.values()].map((role) => holdersOf(role, chain)))
  return { members: [...new Set(members)], holders: [...new Set(holders.flat())], roles: [...roles.keys()] }
}

/** Whom an edited text mentions and no earlier version of it did. */
export async function newlyMentionedIn(
  text: string,
  earlierTexts: () => Promise<string[]>,
  chain: Chain,
): Promise<Mentioned> {
  const now = await mentionedIn(text, chain)
  if (!now.members.length && !now.holders.length) return now
  const earlier = await Promise.all((await earlierTexts()).map((text) => mentionedIn(text, chain)))
  const before = new Set(earlier.flatMap(({ members, holders }) => [...members, ...holders]))
  const rolesBefore = new Set(earlier.flatMap(({ roles }) => roles))
  return {
    members: now.members.filter((id) => !before.has(id)),
    holders: now.holders.filter((id) => !before.has(id)),
    roles: now.roles.filter((role) => !rolesBefore.has(role)),
  }
}

type RoleMention = Extract<Mention, { role: unknown }>

async function holdersOf(mention: RoleMention, chain: Chain): Promise<readonly string[]> {
  const roles = await chain.roles()
  switch (mention.role) {
    case 'dao':
      return [...roles.council, ...roles.workers]
    case 'council':
      return roles.council
    case 'leads':
      return roles.leads
    case 'workers':
      return roles.workersOf(mention.groupId)
    case 'lead':
      return roles.leadOf(mention.groupId)
  }
}

function nameOfRole(mention: RoleMention): string {
  switch (mention.role) {
    case 'dao':
      return 'the council and all workers'
    case 'council':
      return 'the council'
    case 'leads':
      return 'the leads of all working groups'
    case 'workers':
      return `the workers of the ${nameOf(mention.groupId)} group`
    case 'lead':
      return `the lead of the ${nameOf(mention.groupId)} group`
  }
}

const list = new Intl.ListFormat('en')

/** Completes "alice mentioned ...". Events of version 0.1.0 have no roles. */
export const whom = (kind: string, roles: readonly string[] = []): string =>
  kind === 'ROLE_MENTION' ? list.format(roles.length ? roles : ['a role of yours']) : 'you'

/** For samples. */
export const sampleMentions = (memberId: string): Mentioned => ({
  members: [memberId],
  holders: [memberId],
  roles: ['the council'],
})
