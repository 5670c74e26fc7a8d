import type { ServerResponse } from 'node:http'
import { isLoopback } from './caller.ts'
import { rateLimited } from './rate-limit.ts'
import { createTally } from './tally.ts'
import { letStream } from './unread-answers.ts'

/** A stream is a browser's tab. */
const MAX_STREAMS = { perMember: 20, perNetwork: 100 }

export type StreamLimit = ReturnType<typeof createStreamLimit>

/** Limits the streams that are open in this process. The loopback has no limit as a network. */
export function createStreamLimit() {
  const members = createTally<number>()
  const networks = createTally<string>()

  return {
    /**
     * Counts a stream until its response is closed, however long that is.
     * @throws RATE_LIMITED
     */
    open(res: ServerResponse, memberId: number, network: string | undefined): void {
      // The client has left, and its response will not close again.
      if (res.closed) return
      const limited = network === undefined || isLoopback(network) ? undefined : network
      if (members.of(memberId) >= MAX_STREAMS.perMember) {
        throw rateLimited(
          'streams of member',
          `You have ${MAX_STREAMS.perMember} live streams open, the most for a member: close other tabs, then reload.`,
        )
      }
      if (limited !== undefined && networks.of(limited) >= MAX_STREAMS.perNetwork) {
        throw rateLimited(
          'streams from address',
          `Your network has ${MAX_STREAMS.perNetwork} live streams open, the most for a network: reload instead.`,
        )
      }
      letStream(res)
      members.add(memberId)
      if (limited !== undefined) networks.add(limited)
      res.once('close', () => {
        members.remove(memberId)
        if (limited !== undefined) networks.remove(limited)
      })
    },
  }
}
