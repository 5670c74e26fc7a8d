import { stageEvent } from './stage.ts'

// ReferendumStarted comes with it in the same block and says nothing more.
export const votingPeriodStarted = stageEvent('VotingPeriodStarted', 'ELECTION_VOTING_STARTED', {
  title: 'Council election: voting has begun',
  summary: 'The candidates are known and voting has begun. Cast your vote before the voting period ends.',
  path: '/#/election',
  action: 'Vote now',
})
