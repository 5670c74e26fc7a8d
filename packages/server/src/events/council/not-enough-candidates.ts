import { stageEvent } from './stage.ts'

export const notEnoughCandidates = stageEvent('NotEnoughCandidates', 'ELECTION_ANNOUNCING_STARTED', {
  title: 'Too few candidates: the council election begins again',
  summary: 'Too few members stood for the council, so the announcing period has begun again. Candidates can stand now.',
  path: '/#/election',
  action: 'See the election',
})
