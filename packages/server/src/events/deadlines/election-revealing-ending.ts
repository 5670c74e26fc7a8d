import { timeFor } from '../addressee.ts'
import { members } from '../define.ts'
import { bob, electionEnd } from '../samples.ts'
import { defineDeadline } from './define.ts'
import { revealingEnd } from './keys.ts'

export const electionRevealingEnding = defineDeadline({
  type: 'ElectionRevealingEnding',
  kinds: ['ELECTION_REVEALING_LAST_DAY', 'ELECTION_REVEALING_VOTER', 'ELECTION_REVEALING_STARTED'],

  ahead: ({ round }) =>
    round?.revealing
      ? [
          {
            key: revealingEnd(round.id).key,
            title: 'Revealing votes for the council',
            path: '/#/election',
            about: { roundId: round.id },
            span: round.revealing,
          },
        ]
      : [],

  async read({ endsAt }, chain, { id }) {
    const votes = await chain.voters()
    const hidden = votes.filter(({ isRevealed }) => !isRevealed)
    return { eventId: id, endsAt, waitedFor: [...new Set(hidden.flatMap(({ memberIds }) => memberIds))] }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ waitedFor }) => [members('ELECTION_REVEALING_LAST_DAY', waitedFor)],

  data: ({ endsAt }) => ({ endsAt }),
  words: ({ endsAt }, _kind, addressee) => ({
    title: `Reveal your vote by ${timeFor(endsAt, addressee)}, or it does not count`,
    summary: 'An account of yours has voted for the council, and the vote is still hidden.',
    path: '/#/election',
    action: 'Reveal your vote',
  }),

  sample: () => ({ eventId: 'ElectionRevealingEnding-round-00000005', endsAt: electionEnd, waitedFor: [bob.id] }),
})
