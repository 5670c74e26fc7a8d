import { graphql } from '../../generated/query-node/gql.ts'
import { exitEvent } from './exit.ts'

export const terminatedWorker = exitEvent(
  'TerminatedWorker',
  'was removed from',
  graphql(`fragment TerminatedWorker on TerminatedWorkerEvent { groupId workerId penalty rationale }`),
  { penalty: '5000000000000', rationale: 'The cactus has been dead since **March**.' },
)
