import { graphql } from '../../generated/query-node/gql.ts'
import { groupProposalInfo } from '../samples.ts'
import { statusEvent } from './status.ts'

export const proposalStatusUpdated = statusEvent(
  'ProposalStatusUpdated',
  1,
  graphql(`fragment ProposalStatusUpdated on ProposalStatusUpdatedEvent { proposalId newStatus { __typename } }`),
  (row) => ({ status: row.newStatus.__typename }),
  { status: 'ProposalStatusDeciding', info: groupProposalInfo },
)
