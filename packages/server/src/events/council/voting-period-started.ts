import { stageEvent } from './stage.ts'

// ReferendumStarted, in the same block, adds no information and has no event file.
export const votingPeriodStarted = stageEvent('VotingPeriodStarted', 'ELECTION_VOTING_STARTED', {
  title: 'Council election: voting has begun',
  summary: 'The candidates are known and voting has begun. Cast your vote before the voting period ends.',
  path: '/#/election',
  action: 'Vote now',
})
