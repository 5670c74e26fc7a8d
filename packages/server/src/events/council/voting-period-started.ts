import { isYou } from '../addressee.ts'
import { facts, MOST_LISTED, MOST_PEOPLE, memberFact } from '../facts.ts'
import { alice, bob, carol } from '../samples.ts'
import { countOf, endOf, stageEvent, until } from './stage.ts'

// ReferendumStarted, in the same block, adds no information and has no event file.
export const votingPeriodStarted = stageEvent({
  type: 'VotingPeriodStarted',
  kind: 'ELECTION_VOTING_STARTED',

  data({ voting }, meta) {
    const standing = new Map(voting?.candidates.map((candidate) => [candidate.id, candidate]))
    const candidates = [...standing.values()].sort((a, b) => Number(a.id) - Number(b.id)).slice(0, MOST_PEOPLE)
    return {
      endsAt: endOf(voting, meta),
      seats: countOf(voting?.seats),
      candidateIds: candidates.map(({ id }) => id),
      candidates: candidates.slice(0, MOST_LISTED).map(({ handle }) => handle),
    }
  },

  words({ endsAt, seats, candidateIds, candidates }, addressee) {
    const count = candidateIds?.length === 1 ? '1 candidate' : `${candidateIds?.length} candidates`
    const places = seats && (seats === '1' ? ' for 1 seat' : ` for ${seats} seats`)
    return {
      title: until(endsAt, addressee, {
        known: ({ time }) => `Vote for the council by ${time}`,
        unknown: 'Vote for the council: voting has begun',
      }),
      summary: [
        ...(candidateIds?.some((id) => isYou(id, addressee)) ? ['You are a candidate.'] : []),
        'A vote counts only if you reveal it in the stage that follows.',
      ].join(' '),
      facts: facts(memberFact(`${count}${places ?? ''}`, candidateIds, candidates)),
      action: 'Vote now',
    }
  },

  sample: { voting: { endsAt: 1234 + 4 * 14_400, seats: '3', candidates: [alice, bob, carol] } },
})
