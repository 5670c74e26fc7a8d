import { revealingEnd } from '../deadlines/keys.ts'
import { defineEvent, everyone, members, unless } from '../define.ts'
import { alice, electionEnd } from '../samples.ts'
import { endOf, until } from './stage.ts'

/** Undefined: the query node did not tell, or an earlier version stored the event. `endsAt`: in ISO 8601. */
type Data = { roundId?: string | undefined; endsAt?: string | undefined }
type Facts = Data & { eventId: string; voterIds: string[] }

/** Everyone is told, because votes are by accounts: not every voter can be found as a member. */
export const revealingStageStarted = defineEvent<Record<string, never>, Facts, Data>({
  type: 'RevealingStageStarted',

  async read(_row, chain, meta) {
    const [voters, { revealing }] = await Promise.all([chain.voters(meta.block), chain.stagesFrom(meta.block)])
    const voterIds = [...new Set(voters.flatMap(({ memberIds }) => memberIds))]
    return { eventId: meta.id, voterIds, roundId: revealing?.roundId, endsAt: endOf(revealing, meta) }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ voterIds }) => [
    members('ELECTION_REVEALING_VOTER', voterIds),
    unless('onlyVotersOfRevealing', everyone('ELECTION_REVEALING_STARTED')),
  ],
  fact: () => ({ key: 'ELECTION_REVEALING_STARTED', rank: 2 }),

  data: ({ roundId, endsAt }) => ({ roundId, endsAt }),
  words({ endsAt }, kind, addressee) {
    const isVoter = kind === 'ELECTION_REVEALING_VOTER'
    return {
      title: until(endsAt, addressee, {
        known: ({ time }) =>
          isVoter
            ? `Reveal your vote by ${time}, or it does not count`
            : `If you voted: reveal by ${time}, or your vote does not count`,
        unknown: isVoter
          ? 'Reveal your vote for the council, or it does not count'
          : 'If you voted: reveal your vote, or it does not count',
      }),
      summary: 'Voting for the council has ended. Only the account that cast a vote can reveal it.',
      path: '/#/election',
      action: 'Reveal your vote',
    }
  },
  deadline: ({ roundId }) => (roundId === undefined ? undefined : revealingEnd(roundId)),

  sample: () => ({ eventId: 'OLYMPIA-1234-5', voterIds: [alice.id], roundId: '00000005', endsAt: electionEnd }),
})
