import { graphql } from '../../generated/query-node/gql.ts'
import { proposalInfo } from '../samples.ts'
import { statusEvent } from './status.ts'

export const proposalDecisionMade = statusEvent(
  'ProposalDecisionMade',
  2,
  graphql(`fragment ProposalDecisionMade on ProposalDecisionMadeEvent { proposalId decisionStatus { __typename } }`),
  (row) => ({ status: row.decisionStatus.__typename }),
  { status: 'ProposalStatusRejected', info: proposalInfo },
)
