import { stageEvent } from './stage.ts'

export const revealingStageStarted = stageEvent('RevealingStageStarted', 'ELECTION_REVEALING_STARTED', {
  title: 'Council election: reveal your vote',
  summary:
    'Voting has ended and the revealing stage has begun. A vote counts only if it is revealed before the stage ends.',
  path: '/#/election',
  action: 'Reveal your vote',
})
