import { timeFor } from '../addressee.ts'
import { votersOf, votesData, yourVotes } from '../council/votes.ts'
import { members } from '../define.ts'
import { facts } from '../facts.ts'
import { coldVote, electionEnd } from '../samples.ts'
import { defineDeadline, ESTIMATE } from './define.ts'
import { revealingEnd } from './keys.ts'

export const electionRevealingEnding = defineDeadline({
  type: 'ElectionRevealingEnding',
  calendar: { everybody: ['ELECTION_REVEALING_LAST_DAY', 'ELECTION_REVEALING_VOTER', 'ELECTION_REVEALING_STARTED'] },

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
    return { eventId: id, endsAt, hidden }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ hidden }) => [members('ELECTION_REVEALING_LAST_DAY', votersOf(hidden))],

  data: ({ endsAt, hidden }) => ({ endsAt, ...votesData(hidden) }),
  words({ endsAt }, _kind, addressee) {
    const { votes, count, areSeveral, accounts } = yourVotes(addressee)
    return {
      title: `Reveal ${votes} by ${timeFor(endsAt, addressee)}, or ${count}`,
      summary: `${
        areSeveral
          ? 'Accounts of yours have voted for the council, and the votes are still hidden.'
          : 'An account of yours has voted for the council, and the vote is still hidden.'
      } ${ESTIMATE}`,
      facts: () => facts(accounts),
      path: '/#/election',
      action: 'Reveal your vote',
    }
  },

  sample: () => ({ eventId: 'ElectionRevealingEnding-round-00000005', endsAt: electionEnd, hidden: [coldVote] }),
})
