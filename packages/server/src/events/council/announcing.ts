import { timeIfAny } from '../addressee.ts'
import type { AnyEventDefinition } from '../define.ts'
import { fact, facts } from '../facts.ts'
import type { GeneralKindName } from '../kinds.ts'
import { countOf, endOf, stageEvent, until } from './stage.ts'

const KIND: GeneralKindName = 'ELECTION_ANNOUNCING_STARTED'
/** The runtime's constant: 10,000 "dollars" of 166,666,666,666 base units. */
const LEAST_STAKE = 'at least 166,666.67 JOY'

/** An event that lets candidates stand. @param day when they can stand no longer */
export const announcingEvent = (
  type: string,
  texts: { summary: string; known: (day: string) => string; unknown: string },
): AnyEventDefinition =>
  stageEvent({
    type,
    kind: KIND,
    data: ({ announcing }, meta) => ({
      endsAt: endOf(announcing, meta),
      candidates: countOf(announcing?.candidates),
    }),
    words: ({ endsAt, candidates }, addressee) => ({
      title: until(endsAt, addressee, { known: ({ day }) => texts.known(day), unknown: texts.unknown }),
      summary: texts.summary,
      facts: facts(
        fact('Stand until', timeIfAny(endsAt, addressee)),
        fact('Stake needed', LEAST_STAKE),
        fact('Candidates so far', candidates === '0' ? 'none' : candidates),
      ),
      action: 'See the election',
    }),
    sample: { announcing: { endsAt: 1234 + 6 * 14_400, candidates: '0' } },
  })
