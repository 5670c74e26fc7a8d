import { timeFor } from '../addressee.ts'
import { candidateData } from '../council/candidates.ts'
import { votersOf } from '../council/votes.ts'
import { everyoneBut } from '../define.ts'
import { facts, memberFact } from '../facts.ts'
import { alice, bob, carol, electionEnd } from '../samples.ts'
import { defineDeadline, ESTIMATE } from './define.ts'
import { votingEnd } from './keys.ts'

export const electionVotingEnding = defineDeadline({
  type: 'ElectionVotingEnding',
  calendar: { everybody: ['ELECTION_VOTING_LAST_DAY', 'ELECTION_VOTING_STARTED'] },

  ahead: ({ round }) =>
    round?.voting
      ? [
          {
            key: votingEnd(round.id).key,
            title: 'Voting for the council',
            path: '/#/election',
            about: { roundId: round.id },
            span: round.voting,
          },
        ]
      : [],

  async read({ endsAt }, chain, { id }) {
    const [candidates, votes] = await Promise.all([chain.candidates(), chain.voters()])
    return { eventId: id, endsAt, candidates, voters: votersOf(votes) }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ voters }) => [everyoneBut('ELECTION_VOTING_LAST_DAY', voters)],

  data: ({ endsAt, candidates }) => ({ endsAt, ...candidateData(candidates) }),
  words: ({ endsAt, candidateIds, candidates }, _kind, addressee) => ({
    title: `Last day to vote for the council: until ${timeFor(endsAt, addressee)}`,
    summary: `No account of yours has voted in this election. ${ESTIMATE}`,
    facts: () => facts(memberFact('Candidates', candidateIds, candidates)),
    path: '/#/election',
    action: 'Vote now',
  }),

  sample: () => ({
    eventId: 'ElectionVotingEnding-round-00000005',
    endsAt: electionEnd,
    candidates: [alice, bob, carol],
    voters: [alice.id],
  }),
})
