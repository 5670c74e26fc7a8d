import { graphql } from '../../generated/query-node/gql.ts'
import { exitEvent } from './exit.ts'

export const workerExited = exitEvent(
  'WorkerExited',
  'left',
  graphql(`fragment WorkerExited on WorkerExitedEvent { groupId workerId }`),
)
