import type { CalendarDeadline } from '../../src/calendar/deadline.ts'

export const sampleDeadline = (deadline: Partial<CalendarDeadline> = {}): CalendarDeadline => ({
  type: 'ElectionVotingEnding',
  key: 'round-00000005',
  title: 'Voting for the council',
  path: '/#/election',
  endsAt: new Date('2026-12-01T12:00:00.900Z'),
  isEstimated: false,
  sequence: 0,
  isCancelled: false,
  changedAt: new Date('2026-11-27T08:00:00.100Z'),
  ...deadline,
})
