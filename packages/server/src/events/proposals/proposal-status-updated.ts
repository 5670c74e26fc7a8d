import { graphql } from '../../generated/query-node/gql.ts'
import { statusEvent } from './status.ts'

export const proposalStatusUpdated = statusEvent(
  'ProposalStatusUpdated',
  1,
  graphql(`fragment ProposalStatusUpdated on ProposalStatusUpdatedEvent { proposalId newStatus { __typename } }`),
  (row) => row.newStatus.__typename,
  'ProposalStatusGracing',
)
