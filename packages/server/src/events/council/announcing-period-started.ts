import { stageEvent } from './stage.ts'

export const announcingPeriodStarted = stageEvent('AnnouncingPeriodStarted', 'ELECTION_ANNOUNCING_STARTED', {
  title: 'A council election has begun: candidates can stand',
  summary: 'The announcing period of a new council election has begun. Members can now announce their candidacy.',
  path: '/#/election',
  action: 'See the election',
})
