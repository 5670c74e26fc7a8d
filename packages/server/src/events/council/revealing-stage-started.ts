import { revealingEnd } from '../deadlines/keys.ts'
import { defineEvent, everyone, members, unless } from '../define.ts'
import { facts } from '../facts.ts'
import { alice, electionEnd } from '../samples.ts'
import { endOf, until } from './stage.ts'
import { type VotesData, votersOf, votesData, yourVotes } from './votes.ts'

/** Undefined: the query node did not tell, or an earlier version stored the event. `endsAt`: in ISO 8601. */
type Data = { roundId?: string | undefined; endsAt?: string | undefined } & VotesData
type Facts = Data & { eventId: string; voterIds: string[] }

/** Everyone is told, because votes are by accounts: not every voter can be found as a member. */
export const revealingStageStarted = defineEvent<Record<string, never>, Facts, Data>({
  type: 'RevealingStageStarted',

  async read(_row, chain, meta) {
    const [voters, { revealing }] = await Promise.all([chain.voters(meta.block), chain.stagesFrom(meta.block)])
    const stage = { roundId: revealing?.roundId, endsAt: endOf(revealing, meta) }
    return { eventId: meta.id, voterIds: votersOf(voters), ...stage, ...votesData(voters) }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ voterIds }) => [
    members('ELECTION_REVEALING_VOTER', voterIds),
    unless('onlyVotersOfRevealing', everyone('ELECTION_REVEALING_STARTED')),
  ],
  fact: () => ({ key: 'ELECTION_REVEALING_STARTED', rank: 2 }),

  data: ({ eventId: _id, voterIds: _ids, ...data }) => data,
  words({ endsAt }, kind, addressee) {
    const isVoter = kind === 'ELECTION_REVEALING_VOTER'
    const { votes, count, accounts } = yourVotes(addressee)
    return {
      title: until(endsAt, addressee, {
        known: ({ time }) =>
          isVoter
            ? `Reveal ${votes} by ${time()}, or ${count}`
            : `If you voted: reveal by ${time()}, or your vote does not count`,
        unknown: isVoter
          ? `Reveal ${votes} for the council, or ${count}`
          : 'If you voted: reveal your vote, or it does not count',
      }),
      summary: 'Voting for the council has ended. Only the account that cast a vote can reveal it.',
      facts: () => facts(isVoter ? accounts : undefined),
      path: '/#/election',
      action: 'Reveal your vote',
    }
  },
  deadline: ({ roundId }) => (roundId === undefined ? undefined : revealingEnd(roundId)),

  sample: () => ({
    eventId: 'OLYMPIA-1234-5',
    voterIds: [alice.id],
    roundId: '00000005',
    endsAt: electionEnd,
    ...votesData([]),
  }),
})
