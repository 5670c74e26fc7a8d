import { announcingEvent } from './announcing.ts'

export const notEnoughCandidates = announcingEvent('NotEnoughCandidates', {
  known: (day) => `Too few candidates: stand for the council by ${day}`,
  unknown: 'Too few candidates: stand for the council',
  summary: 'There were fewer candidates than seats, so the announcing period has begun again.',
})
