import type { Chain } from '../chain.ts'
import { type Group, readGroup } from './group.ts'

export type WorkerFacts = { group: Group; workerId: string; memberId: string; name: string; isLead: boolean }

/** A worker, named by their member handle. */
export async function readWorker(groupId: string, workerId: string, chain: Chain): Promise<WorkerFacts> {
  const [group, worker] = await Promise.all([readGroup(groupId, chain), chain.worker(workerId)])
  const { handle } = await chain.member(worker.memberId)
  return { group, workerId, memberId: worker.memberId, name: handle, isLead: worker.isLead }
}

/** When a lead leaves, one block has LeaderUnset and then WorkerExited or TerminatedLeader. The second says more. */
export const leadExit = (workerId: string, rank: 1 | 2) => ({ key: `worker-exit:${workerId}`, rank })
