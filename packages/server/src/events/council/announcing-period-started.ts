import { announcingEvent } from './announcing.ts'

export const announcingPeriodStarted = announcingEvent('AnnouncingPeriodStarted', {
  known: (day) => `Stand for the council by ${day}`,
  unknown: 'Stand for the council',
  summary: 'The announcing period of a new election has begun: members can announce their candidacy.',
})
