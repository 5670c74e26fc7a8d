import { graphql } from '../../generated/query-node/gql.ts'
import { exitEvent } from './exit.ts'

export const terminatedLeader = exitEvent(
  'TerminatedLeader',
  'was removed from',
  graphql(`fragment TerminatedLeader on TerminatedLeaderEvent { groupId workerId penalty rationale }`),
  { penalty: '5000000000000', rationale: 'The cactus has been dead since **March**.' },
)
