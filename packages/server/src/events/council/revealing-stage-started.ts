import { endOf, stageEvent, until } from './stage.ts'

export const revealingStageStarted = stageEvent({
  type: 'RevealingStageStarted',
  kind: 'ELECTION_REVEALING_STARTED',
  data: ({ revealing }, meta) => ({ endsAt: endOf(revealing, meta) }),
  words: ({ endsAt }, addressee) => ({
    title: until(endsAt, addressee, {
      known: ({ time }) => `If you voted: reveal by ${time}, or your vote does not count`,
      unknown: 'If you voted: reveal your vote, or it does not count',
    }),
    summary: 'Voting for the council has ended. Only the account that cast a vote can reveal it.',
    action: 'Reveal your vote',
  }),
  sample: { revealing: { endsAt: 1234 + 4 * 14_400 } },
})
