import { graphql } from '../../generated/query-node/gql.ts'
import { groupProposalInfo } from '../samples.ts'
import { statusEvent } from './status.ts'

export const proposalExecuted = statusEvent(
  'ProposalExecuted',
  3,
  graphql(
    `fragment ProposalExecuted on ProposalExecutedEvent {
      proposalId
      executionStatus { __typename ... on ProposalStatusExecutionFailed { errorMessage } }
    }`,
  ),
  ({ executionStatus }) => ({
    status: executionStatus.__typename,
    error: 'errorMessage' in executionStatus ? executionStatus.errorMessage : undefined,
  }),
  { status: 'ProposalStatusExecutionFailed', error: 'The budget is too small', info: groupProposalInfo },
)
