import { isYou } from '../addressee.ts'
import { votingEnd } from '../deadlines/keys.ts'
import { defineEvent, everyone } from '../define.ts'
import { fact, facts, memberFact } from '../facts.ts'
import { proposalLengths } from '../proposals/lengths.ts'
import { alice, bob, carol, electionEnd, proposal } from '../samples.ts'
import type { OpenProposal } from '../stages.ts'
import { candidateData } from './candidates.ts'
import { countOf, endOf, until } from './stage.ts'

/** Of proposals that the next council decides on. */
const MOST_TITLES = 10

type Facts = Data & { eventId: string }
type Data = {
  /** Undefined, like what follows: the query node did not tell, or an earlier version stored the event. */
  roundId?: string | undefined
  /** In ISO 8601. */
  endsAt?: string | undefined
  seats?: string | undefined
  candidateIds?: string[]
  candidates?: string[]
  /** Titles of proposals that need another council. */
  constitutional?: string[]
}

// ReferendumStarted, in the same block, adds no information and has no event file.
export const votingPeriodStarted = defineEvent<Record<string, never>, Facts, Data>({
  type: 'VotingPeriodStarted',

  async read(_row, chain, meta) {
    const [{ voting }, proposals] = await Promise.all([chain.stagesFrom(meta.block), chain.openProposals()])
    const standing = new Map(voting?.candidates.map((candidate) => [candidate.id, candidate]))
    const candidates = [...standing.values()].sort((a, b) => Number(a.id) - Number(b.id))
    return {
      eventId: meta.id,
      roundId: voting?.roundId,
      endsAt: endOf(voting, meta),
      seats: countOf(voting?.seats),
      ...candidateData(candidates),
      constitutional: proposals.filter(needsAnotherCouncil).map(({ title }) => title),
    }
  },

  entity: ({ eventId }) => eventId,
  rules: ({ constitutional }) => [
    ...(constitutional?.length ? [everyone('ELECTION_CONSTITUTIONAL_VOTE')] : []),
    everyone('ELECTION_VOTING_STARTED'),
  ],
  fact: () => ({ key: 'ELECTION_VOTING_STARTED', rank: 2 }),

  data: ({ eventId: _, constitutional = [], ...data }) => ({
    ...data,
    constitutional: constitutional.slice(0, MOST_TITLES),
  }),
  words({ endsAt, seats, candidateIds, candidates, constitutional }, _kind, addressee) {
    const count = candidateIds?.length === 1 ? '1 candidate' : `${candidateIds?.length} candidates`
    const places = seats && (seats === '1' ? ' for 1 seat' : ` for ${seats} seats`)
    return {
      title: until(endsAt, addressee, {
        known: ({ time }) => `Vote for the council by ${time()}`,
        unknown: 'Vote for the council: voting has begun',
      }),
      summary: [
        ...(candidateIds?.some((id) => isYou(id, addressee)) ? ['You are a candidate.'] : []),
        'A vote counts only if you reveal it in the stage that follows.',
      ].join(' '),
      facts: () =>
        facts(
          memberFact(`${count}${places ?? ''}`, candidateIds, candidates),
          fact('The next council also decides on', constitutional?.map((title) => `“${title}”`).join(', ')),
        ),
      path: '/#/election',
      action: 'Vote now',
    }
  },
  deadline: ({ roundId }) => (roundId === undefined ? undefined : votingEnd(roundId)),

  sample: () => ({
    eventId: 'OLYMPIA-1234-5',
    roundId: '00000005',
    endsAt: electionEnd,
    seats: '3',
    candidateIds: [alice.id, bob.id, carol.id],
    candidates: [alice.handle, bob.handle, carol.handle],
    constitutional: [proposal.title],
  }),
})

/** Dormant proposals wait for one. Others of such a type will, if this council approves them. */
const needsAnotherCouncil = ({ status, type }: OpenProposal): boolean =>
  status === 'Dormant' || (status === 'Deciding' && (proposalLengths[type]?.councils ?? 1) > 1)
