import type { Member } from '../chain/members.ts'

/** A mention of a member, as Pioneer's editor writes it. */
export const mention = (member: Member): string => `[@${member.handle}](#mention?member-id=${member.id})`

/** A mention of everybody who holds a role, such as `council`, `leads` or `workers_forumWorkingGroup`. */
export const mentionRole = (role: string, words: string): string => `[@${words}](#mention?role=${role})`
