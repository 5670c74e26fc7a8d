import { graphql } from '../../generated/query-node/gql.ts'
import { statusEvent } from './status.ts'

export const proposalExecuted = statusEvent(
  'ProposalExecuted',
  3,
  graphql(`fragment ProposalExecuted on ProposalExecutedEvent { proposalId executionStatus { __typename } }`),
  (row) => row.executionStatus.__typename,
  'ProposalStatusExecuted',
)
