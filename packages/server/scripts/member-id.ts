import { failUsage, type Usage } from '../src/main/arguments.ts'
import { isMemberId } from '../src/members/tokens.ts'

/** A membership's number. Anything else ends the process. */
export function readMemberId(usage: Usage, text = ''): number {
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!isMemberId(id)) failUsage(usage, `'${text}' is not a member id`)
  return id
}
