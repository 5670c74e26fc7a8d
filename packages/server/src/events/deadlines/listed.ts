import type { Deadline } from './define.ts'
import { graceEnd } from './keys.ts'

/** The next election begins. */
export const councilIdleEnding: Deadline = {
  type: 'CouncilIdleEnding',
  calendar: { everybody: ['ELECTION_ANNOUNCING_STARTED'] },
  ahead: ({ council }) =>
    council?.stage === 'idle'
      ? [
          {
            key: `from-${council.fromBlock}`,
            title: 'The next council election begins',
            path: '/#/election',
            about: {},
            span: council,
          },
        ]
      : [],
}

/** A proposal that was approved is executed. */
export const proposalGraceEnding: Deadline = {
  type: 'ProposalGraceEnding',
  calendar: {
    everybody: ['PROPOSAL_STATUS_ALL'],
    creator: ['PROPOSAL_STATUS_CREATOR'],
    mutedBy: 'PROPOSAL_ENTITY_STATUS',
  },
  ahead: ({ proposals }, lengths) =>
    proposals.flatMap((proposal) => {
      const { id, title, type, creatorId, status, statusSetAtBlock, exactExecutionBlock = 0 } = proposal
      const length = lengths[type]
      if (status !== 'Gracing' || !length) return []
      const toBlock = Math.max(statusSetAtBlock + length.graceBlocks, exactExecutionBlock)
      return [
        {
          key: graceEnd(id, statusSetAtBlock).key,
          title: `“${title}” is executed`,
          path: `/#/proposals/preview/${id}`,
          about: { proposalId: id, creatorId: creatorId ?? '' },
          span: { fromBlock: statusSetAtBlock, toBlock },
        },
      ]
    }),
}
