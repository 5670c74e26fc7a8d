import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { Proposal } from '../chain.ts'
import { type AnyEventDefinition, defineEvent, everyone, members, watchersOf } from '../define.ts'
import { proposal } from '../samples.ts'

/** Completes "The proposal ...", by the query node's name of the status. */
const PHRASES: Record<string, string> = {
  ProposalStatusDeciding: 'is being decided by the council',
  ProposalStatusGracing: 'was approved and will be executed after its grace period',
  ProposalStatusDormant: 'was approved and now waits for the next council to approve it too',
  ProposalStatusVetoed: 'was vetoed',
  ProposalStatusSlashed: 'was rejected and its stake slashed',
  ProposalStatusRejected: 'was rejected',
  ProposalStatusExpired: 'expired without a decision',
  ProposalStatusCancelled: 'was cancelled by its creator',
  ProposalStatusCanceledByRuntime: 'was cancelled by a runtime upgrade',
  ProposalStatusExecuted: 'was executed',
  ProposalStatusExecutionFailed: 'was approved, but its execution failed',
}

// For a status that a later runtime adds: "SentBack" becomes "is now: sent back".
const phraseOf = (status: string) =>
  PHRASES[status] ??
  `is now: ${status
    .replace(/^ProposalStatus/, '')
    .replace(/(?<!^)[A-Z]/g, ' $&')
    .toLowerCase()}`

type Row = { proposalId: string }

/**
 * An event that reports the status of a proposal.
 * @param rank which event to send if one block has several: an approval raises a decision, a status update and sometimes
 *   the execution
 */
export function statusEvent<R extends Row>(
  type: string,
  rank: number,
  fields: TypedDocumentNode<R>,
  statusOf: (row: R) => string,
  sampleStatus: string,
): AnyEventDefinition {
  return defineEvent<
    R,
    { proposal: Proposal; status: string },
    { proposal: string; proposalId: string; status: string }
  >({
    type,
    fields,
    read: async (row, chain) => ({ proposal: await chain.proposal(row.proposalId), status: statusOf(row) }),

    // Only the creator can cancel a proposal.
    actor: ({ proposal, status }) => (status === 'ProposalStatusCancelled' ? proposal.creatorId : undefined),
    entity: ({ proposal }) => proposal.id,
    rules: ({ proposal }) => [
      members('PROPOSAL_STATUS_CREATOR', [proposal.creatorId]),
      watchersOf('PROPOSAL_ENTITY_STATUS', proposal.id),
      everyone('PROPOSAL_STATUS_ALL'),
    ],
    fact: ({ proposal }) => ({ key: `proposal-status:${proposal.id}`, rank }),

    data: ({ proposal, status }) => ({ proposal: proposal.title, proposalId: proposal.id, status }),
    words({ proposal, proposalId, status }, kind) {
      const whose = kind === 'PROPOSAL_STATUS_CREATOR' ? 'Your proposal' : 'The proposal'
      return {
        title: `${whose} “${proposal}” ${phraseOf(status)}`,
        summary: `${whose} “${proposal}” ${phraseOf(status)}.`,
        path: `/#/proposals/preview/${proposalId}`,
        action: 'See the proposal',
      }
    },

    sample: () => ({ proposal, status: sampleStatus }),
  })
}
