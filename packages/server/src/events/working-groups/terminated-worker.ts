import { graphql } from '../../generated/query-node/gql.ts'
import { exitEvent } from './exit.ts'

export const terminatedWorker = exitEvent(
  'TerminatedWorker',
  'was removed from',
  graphql(`fragment TerminatedWorker on TerminatedWorkerEvent { groupId workerId }`),
)
