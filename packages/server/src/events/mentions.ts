import type { Chain } from './chain.ts'
import { mentionsIn } from './markdown.ts'

/** Ids of the members that a text mentions. A mentioned role stands for the members who hold it now. */
export async function membersMentioned(text: string, chain: Chain): Promise<string[]> {
  const ids = await Promise.all(
    mentionsIn(text).map(async (mention) => {
      if ('memberId' in mention) return [mention.memberId]
      const roles = await chain.roles()
      if ('groupId' in mention) {
        return mention.role === 'lead' ? roles.leadOf(mention.groupId) : roles.workersOf(mention.groupId)
      }
      if (mention.role === 'dao') return [...roles.council, ...roles.workers]
      return mention.role === 'council' ? roles.council : roles.leads
    }),
  )
  return [...new Set(ids.flat())]
}
