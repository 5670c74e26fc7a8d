import { stageEvent } from './stage.ts'

export const newCouncilNotElected = stageEvent('NewCouncilNotElected', 'ELECTION_ANNOUNCING_STARTED', {
  title: 'No council was elected: the election begins again',
  summary: 'The votes did not elect a council, so the announcing period has begun again. Candidates can stand now.',
  path: '/#/election',
  action: 'See the election',
})
