import { timeFor } from '../addressee.ts'
import { candidateData } from '../council/candidates.ts'
import { everyoneBut } from '../define.ts'
import { facts, memberFact } from '../facts.ts'
import { alice, bob, electionEnd } from '../samples.ts'
import { defineDeadline, ESTIMATE } from './define.ts'
import { announcingEnd } from './keys.ts'

export const electionAnnouncingEnding = defineDeadline({
  type: 'ElectionAnnouncingEnding',
  calendar: { everybody: ['ELECTION_ANNOUNCING_LAST_DAY', 'ELECTION_ANNOUNCING_STARTED'] },

  ahead: ({ council }) =>
    council?.stage === 'announcing'
      ? [
          {
            key: announcingEnd(council.fromBlock).key,
            title: 'Standing for the council',
            path: '/#/election',
            about: { fromBlock: council.fromBlock },
            span: council,
          },
        ]
      : [],

  read: async ({ endsAt }, chain, { id }) => ({ eventId: id, endsAt, candidates: await chain.candidates() }),

  entity: ({ eventId }) => eventId,
  rules: ({ candidates }) => [
    everyoneBut(
      'ELECTION_ANNOUNCING_LAST_DAY',
      candidates.map(({ id }) => id),
    ),
  ],

  data: ({ endsAt, candidates }) => ({ endsAt, ...candidateData(candidates) }),
  words: ({ endsAt, candidateIds, candidates }, _kind, addressee) => ({
    title: `Last day to stand for the council: until ${timeFor(endsAt, addressee)}`,
    summary: ESTIMATE,
    facts: () => facts(memberFact('Candidates so far', candidateIds, candidates)),
    path: '/#/election',
    action: 'Stand for the council',
  }),

  sample: () => ({ eventId: 'ElectionAnnouncingEnding-from-1234', endsAt: electionEnd, candidates: [alice, bob] }),
})
