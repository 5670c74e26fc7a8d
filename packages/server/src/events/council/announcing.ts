import { timeIfAny } from '../addressee.ts'
import { announcingEnd } from '../deadlines/keys.ts'
import { type AnyEventDefinition, defineEvent, everyone } from '../define.ts'
import { fact, facts } from '../facts.ts'
import { countOf, endOf, until } from './stage.ts'

/** The runtime's constant: 10,000 "dollars" of 166,666,666,666 base units. */
const LEAST_STAKE = 'at least 166,666.67 JOY'

/** Undefined: the query node did not tell, or an earlier version stored the event. `endsAt`: in ISO 8601. */
type Data = { endsAt?: string | undefined; candidates?: string | undefined }

/** An event that lets candidates stand. @param texts.known takes the day after which they can stand no longer */
export const announcingEvent = (
  type: string,
  texts: { summary: string; known: (day: string) => string; unknown: string },
): AnyEventDefinition =>
  defineEvent<Record<string, never>, Data & { eventId: string }, Data>({
    type,

    async read(_row, chain, meta) {
      const { announcing } = await chain.stagesFrom(meta.block)
      return { eventId: meta.id, endsAt: endOf(announcing, meta), candidates: countOf(announcing?.candidates) }
    },

    entity: ({ eventId }) => eventId,
    rules: () => [everyone('ELECTION_ANNOUNCING_STARTED')],
    // A failed election restarts the announcing period. If one block reports both, only the failure is sent.
    fact: () => ({ key: 'ELECTION_ANNOUNCING_STARTED', rank: type === 'AnnouncingPeriodStarted' ? 1 : 2 }),

    data: ({ endsAt, candidates }) => ({ endsAt, candidates }),
    words: ({ endsAt, candidates }, _kind, addressee) => ({
      title: until(endsAt, addressee, { known: ({ day }) => texts.known(day()), unknown: texts.unknown }),
      summary: texts.summary,
      facts: () =>
        facts(
          fact('Stand until', timeIfAny(endsAt, addressee)),
          fact('Stake needed', LEAST_STAKE),
          fact('Candidates so far', candidates === '0' ? 'none' : candidates),
        ),
      path: '/#/election',
      action: 'See the election',
    }),
    deadline: (_, { block }) => announcingEnd(block),

    sample: () => ({ eventId: 'OLYMPIA-1234-5', endsAt: '2026-11-30T14:00:00.000Z', candidates: '0' }),
  })
