import { announcingEvent } from './announcing.ts'

export const newCouncilNotElected = announcingEvent('NewCouncilNotElected', {
  known: (day) => `No council was elected: stand by ${day}`,
  unknown: 'No council was elected: candidates can stand again',
  summary: 'The votes did not fill every seat, so the announcing period has begun again.',
})
