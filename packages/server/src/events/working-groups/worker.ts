import { type Addressee, isYou } from '../addressee.ts'
import type { Chain } from '../chain.ts'
import type { Rule } from '../define.ts'
import type { KindName } from '../kinds.ts'
import { type Group, groupData, ownRole, readGroup } from './group.ts'

export type WorkerFacts = { group: Group; workerId: string; memberId: string; name: string; isLead: boolean }

/** A worker, named by their member handle. */
export async function readWorker(groupId: string, workerId: string, chain: Chain): Promise<WorkerFacts> {
  const [group, worker] = await Promise.all([readGroup(groupId, chain), chain.worker(workerId)])
  const { handle } = await chain.member(worker.memberId)
  return { group, workerId, memberId: worker.memberId, name: handle, isLead: worker.isLead }
}

export const workerData = ({ group, memberId, name }: WorkerFacts) => ({ ...groupData(group), memberId, worker: name })

/** The rule of an event about one worker that nobody else hears of. */
export const onlyThemselves = ({ memberId }: WorkerFacts): Rule[] => [ownRole([memberId])]

/** Whether a sentence about a worker addresses them. Nobody else hears of their role by that kind. */
export const isAboutYou = (memberId: string | null | undefined, kind: KindName, addressee: Addressee): boolean =>
  kind === 'WG_MY_ROLE' || isYou(memberId, addressee)

/** How a sentence begins. @param memberId missing in events that an earlier version stored */
export const subject = (
  { memberId, name }: { memberId: string | null | undefined; name: string },
  addressee: Addressee,
  verbs: { you: string; they: string },
): string => (isYou(memberId, addressee) ? `You ${verbs.you}` : `${name} ${verbs.they}`)

/**
 * One block tells of a slash and of the termination that it is the penalty of; when a lead leaves, of LeaderUnset and then
 * of WorkerExited or TerminatedLeader. The last one says most.
 */
export const workerExit = (workerId: string, rank: 0 | 1 | 2) => ({ key: `worker-exit:${workerId}`, rank })
