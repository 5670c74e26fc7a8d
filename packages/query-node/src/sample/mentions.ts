import type { Member } from '../chain/members.ts'

/** Mentions a member in Markdown, as Pioneer's editor does. */
export const mention = (member: Member): string => `[@${member.handle}](#mention?member-id=${member.id})`

/** Mentions the holders of a role, such as `council`, `leads` or `workers_forumWorkingGroup`. */
export const mentionRole = (role: string, words: string): string => `[@${words}](#mention?role=${role})`
